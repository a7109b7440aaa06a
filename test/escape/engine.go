package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// The verdicts.
const (
	contained = "contained"
	escaped   = "ESCAPED"
	// open is an escape from another tool's defaults: it does not have that wall, or not without being asked.
	open   = "open"
	absent = "n.a."
	known  = "known gap"
	// everywhere stands for all modes.
	everywhere = "*"
	// failed is a corpus that proves nothing there: the act did not run, or its control did not succeed.
	failed = "FAILED"
)

// outcome is a verdict and what led to it.
type outcome struct {
	Verdict string `json:"verdict"`
	Detail  string `json:"detail,omitempty"`
}

// row is a class with its outcome in each mode.
type row struct {
	N       int                `json:"class"`
	Name    string             `json:"name"`
	Control outcome            `json:"control"`
	Modes   map[string]outcome `json:"modes"`
}

// engine runs acts below one directory.
type engine struct {
	base, tool, program string
	modes               []*mode
}

// row runs one class in all modes, after its control.
func (e *engine) row(c *class) row {
	r := row{N: c.n, Name: c.name, Modes: map[string]outcome{}}
	if c.elsewhere != "" {
		r.Control = outcome{absent, c.elsewhere}
	} else {
		r.Control = e.control(c)
	}
	for _, m := range e.modes {
		if r.Control.Verdict == absent {
			r.Modes[m.name] = r.Control
			continue
		}
		r.Modes[m.name] = e.judged(c, m)
	}
	return r
}

// control does the act where nothing should stop it.
func (e *engine) control(c *class) outcome {
	m := outside(e.program)
	if c.control != nil {
		m = &mode{name: "wall off", tool: e.tool, program: e.program, argv: c.control}
	}
	o := e.try(c, m)
	reason, lacks := c.absent[o.Detail]
	switch {
	case o.Verdict == escaped:
		return outcome{"reached", strings.TrimSpace(m.name + " " + o.Detail)}
	case o.Verdict == contained && lacks:
		return outcome{absent, reason}
	case o.Verdict == contained:
		return outcome{failed, m.name + " too: " + o.Detail}
	}
	return o
}

// judged is the verdict on a mode: other tools have no escapes, only what they leave open, and some gaps are known.
func (e *engine) judged(c *class, m *mode) outcome {
	if m.rival && c.ours != "" {
		return outcome{absent, c.ours}
	}
	if why := e.unusable(m); why != "" {
		return outcome{absent, why}
	}
	o := e.try(c, m)
	switch {
	case m.rival && o.Verdict == escaped:
		o.Verdict = open
	case m.rival && o.Verdict == failed:
		o.Verdict = absent
	case o.Verdict == escaped && c.gap(m) != "":
		o = outcome{known, c.gap(m)}
	}
	return o
}

// unusable says why another tool starts nothing here, which it is asked once.
func (e *engine) unusable(m *mode) string {
	if !m.rival || m.tried {
		return m.broken
	}
	m.tried = true
	if o := e.try(&class{act: "nothing"}, m); o.Verdict != escaped {
		m.broken = "it starts nothing here: " + o.Detail
	}
	return m.broken
}

// gap is what is known of a mode, or of all of them.
func (c *class) gap(m *mode) string { return cmp.Or(c.gaps[m.name], c.gaps[everywhere]) }

// try does an act in a mode.
func (e *engine) try(c *class, m *mode) outcome {
	s, err := newScene(e.base, m)
	if err != nil {
		return outcome{failed, err.Error()}
	}
	defer s.close()
	if c.stage != nil {
		err = c.stage(s)
	}
	var l lacking
	if errors.As(err, &l) {
		return outcome{absent, l.why}
	}
	if err != nil {
		return outcome{failed, "setting the stage: " + err.Error()}
	}
	if m.lacks != nil {
		if why := m.lacks(c, s); why != "" {
			return outcome{absent, why}
		}
	}
	s.signal = c.stays
	return e.perform(c, s)
}

func (e *engine) perform(c *class, s *scene) outcome {
	if s.mode.before != nil {
		err := s.mode.before(s)
		var r refused
		if errors.As(err, &r) {
			return verdict(c, s, ended{stderr: r.why, code: 125})
		}
		if err != nil {
			return outcome{failed, err.Error()}
		}
	}
	argv := s.mode.argv(s, append([]string{s.mode.program, actArg, c.act}, s.args...))
	if s.wrap != "" {
		argv = append([]string{s.mode.program, wrapArg, s.wrap}, argv...)
	}
	end, err := s.launch(argv)
	if err != nil {
		return outcome{failed, err.Error()}
	}
	return verdict(c, s, end)
}

// verdict weighs what the host sees, what the act says, and how it ended when it says nothing.
func verdict(c *class, s *scene, e ended) outcome {
	said := lastReport(e.reports)
	if c.evidence != nil {
		if suffered := c.evidence(s, e); suffered != "" {
			return outcome{escaped, suffered}
		}
	} else if said == "reached" {
		return outcome{escaped, note(e.reports)}
	}
	switch why, stopped := strings.CutPrefix(said, "stopped "); {
	case stopped:
		return outcome{contained, why}
	case c.evidence != nil && said != "":
		return outcome{contained, "the host is as it was"}
	case !s.mode.rival && e.code == 125 && strings.Contains(e.stderr, "does not belong to uid"):
		return outcome{absent, "nobody gave this user a cgroup, and bulkhead starts nothing without the limits that were asked for"}
	case s.mode.name == "nested" && s.wrap == "" && strings.HasSuffix(lastLine(e.stderr), "function not implemented"):
		return outcome{absent, "bulkhead within --nest cannot make such mounts: the filter has no openat2"}
	case e.code == 128+int(unix.SIGSYS):
		return outcome{contained, "killed by the filter"}
	case c.mayEnd && e.code == 125:
		return outcome{contained, "refused: " + lastLine(e.stderr)}
	case c.mayEnd && e.code >= 128:
		return outcome{contained, "ended by " + unix.SignalName(unix.Signal(e.code-128))}
	case c.mayEnd && s.mode.rival:
		return outcome{contained, "refused: " + lastLine(e.stderr)}
	}
	return outcome{failed, fmt.Sprintf("the act did not run (code %d): %s", e.code, lastLine(e.stderr))}
}

// lastReport is what the act says in the end, or that it has begun.
func lastReport(reports []string) string {
	final := slices.DeleteFunc(slices.Clone(reports), func(r string) bool { return strings.HasPrefix(r, "note ") })
	if len(final) == 0 {
		return ""
	}
	return final[len(final)-1]
}

func note(reports []string) string {
	for _, r := range reports {
		if text, ok := strings.CutPrefix(r, "note "); ok {
			return text
		}
	}
	return ""
}

// lastLine is the tool's own last word that is no hint.
func lastLine(text string) string {
	last := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "hint:") {
			last = line
		}
	}
	return last
}
