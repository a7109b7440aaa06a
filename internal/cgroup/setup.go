package cgroup

import (
	"errors"
	"path"
	"strings"

	"github.com/bulkhead/bulkhead/spec"
)

// Setup is what makes one group: first the directories, then the values, in
// the order given, all by the launcher; then the child is put inside.
type Setup struct {
	// Shared are directories used by all groups, made first; one that exists is fine.
	Shared []string `json:"shared,omitempty"`
	// Dirs are the group's own directories. One that exists is an error: it would bring its old limits and counts along.
	Dirs []string `json:"dirs,omitempty"`
	// Writes are the values to write, before anything runs inside.
	Writes []Write `json:"writes,omitempty"`
	// Procs are the v1 cgroup.procs files to which the child writes "0" to enter.
	Procs []string `json:"procs,omitempty"`
	// Into is the v2 directory to open for CLONE_INTO_CGROUP, "" for none.
	Into string `json:"into,omitempty"`
	// After are the values to write once the program runs.
	After []Write `json:"after,omitempty"`
	// Prepares says that the first of Writes change what is there for all groups: Probe finds another Layout afterwards.
	Prepares bool `json:"prepares,omitempty"`
	// Unmet are the limits that this host cannot enforce.
	Unmet []Unmet `json:"unmet,omitempty"`
}

// Write is one value for one file of the cgroup tree.
type Write struct {
	Path  string `json:"path"`
	Value string `json:"value"`
	// What says what the value does: "limit memory to 64M".
	What string `json:"what"`
	// Optional allows the file to be missing: then there is nothing to limit.
	Optional bool `json:"optional,omitempty"`
}

// Unmet is a limit that cannot be enforced.
type Unmet struct {
	// Limit is the name of the field in spec.Limits, as in its JSON form: "memory", "cpus".
	Limit  string `json:"limit"`
	Reason string `json:"reason"`
	Hint   string `json:"hint,omitempty"`
}

// Needs is the controllers that these limits need, for [ProbeFor].
func Needs(lim spec.Limits) Controllers {
	need := core
	if wantsQuota(lim) || wantsWeight(lim) {
		need |= CPU
	}
	if lim.Cpuset != "" {
		need |= Cpuset
	}
	if len(lim.IO) > 0 {
		need |= IO
	}
	return need
}

// setup collects a Setup while it is computed.
type setup struct {
	Setup
	l    Layout
	name string
	used Controllers
}

// Setup computes how the group name is made with these limits. Zero values of
// lim mean the defaults documented there. The devices in lim.IO must be
// MAJOR:MINOR already; see [Device].
//
// Every group has memory and pids, and counts processor time, since every
// Result reports them. Further controllers are used only when a limit needs
// them: each v1 hierarchy costs about 100 us a run.
//
// own is how many processes of ours live in the group beside the program's: init, and the spawner of a sandbox that is kept.
//
// It is an error when name is no file name or a device is not resolved: both
// are mistakes of the caller. What the host cannot do is in Unmet instead.
func (l Layout) Setup(name string, lim spec.Limits, own int64) (Setup, error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\n\x00") {
		return Setup{}, errors.New("make cgroup " + quote(name) + ": a group's name must be a plain file name")
	}
	s := &setup{l: l, name: name}
	s.account(lim)
	s.memory(lim)
	s.pids(lim, own)
	s.cpu(lim)
	s.cpuset(lim)
	s.hide()
	if err := s.io(lim); err != nil {
		return Setup{}, err
	}
	shared := s.handDown()
	s.Prepares = len(shared) > 0
	s.Writes = append(shared, s.Writes...)
	return s.Setup, nil
}

// account uses what every group needs for its Result.
func (s *setup) account(lim spec.Limits) {
	if s.l.V2 != "" {
		// FACT — since 4.15 (cgroup-v2.rst, "CPU Interface Files") every v2 group has cpu.stat with usage_usec, also without the cpu controller —
		// no v1 cpuacct where a v2 tree is — always there on 5.15.
		s.Into = path.Join(s.l.V2, s.name)
		s.Dirs = append(s.Dirs, s.Into)
	} else if s.use(CPUAcct) == "" {
		s.unmetWhen(lim.CPUTime > 0, "cpu_time", CPUAcct)
		s.unmetWhen(lim.Idle > 0, "idle", CPUAcct)
	}
	s.use(Memory)
	s.use(Pids)
}

// use makes the group part of a controller and returns its directory there, "" where the controller is missing.
func (s *setup) use(c Controllers) string {
	dir := s.l.dir(c, s.name)
	if dir != "" && !s.used.Has(c) {
		s.used |= c
		if !s.l.onV2(c) {
			s.Dirs = appendNew(s.Dirs, dir)
			s.Procs = appendNew(s.Procs, path.Join(s.inner(dir), "cgroup.procs"))
		}
	}
	return dir
}

// handDown is the writes that give V2's groups the controllers in use.
func (s *setup) handDown() []Write {
	var writes []Write
	need := s.used & s.l.Controllers
	if s.l.Top != "" {
		s.Shared = append(s.Shared, s.l.V2)
		if s.l.Leaf != "" {
			s.Shared = append(s.Shared, s.l.Leaf)
			writes = append(writes, Write{
				Path:  path.Join(s.l.Leaf, "cgroup.procs"),
				Value: "0",
				What:  "move the launcher to " + s.l.Leaf + ", so that " + s.l.Top + " can hand down controllers",
			})
		}
		writes = append(writes, enable(s.l.Top, need&^s.l.TopEnabled)...)
	}
	if s.l.V2 != "" {
		writes = append(writes, enable(s.l.V2, need&^s.l.Enabled)...)
	}
	return writes
}

// enable is the write that hands controllers down from dir, none when there are none.
func enable(dir string, controllers Controllers) []Write {
	if controllers == 0 {
		return nil
	}
	return []Write{{
		Path:  path.Join(dir, "cgroup.subtree_control"),
		Value: controllers.joined("+"),
		What:  "hand controllers " + controllers.String() + " down from " + dir,
	}}
}

func (s *setup) write(dir, file, value, what string) {
	s.Writes = append(s.Writes, Write{Path: path.Join(dir, file), Value: value, What: what})
}

// unmet records a limit whose controller is missing.
func (s *setup) unmet(limit string, c Controllers) {
	reason, hint := s.l.missing(c)
	s.Unmet = append(s.Unmet, Unmet{Limit: limit, Reason: reason, Hint: hint})
}

func (s *setup) unmetWhen(wanted bool, limit string, c Controllers) {
	if wanted {
		s.unmet(limit, c)
	}
}
