package host

import (
	"context"
	"strings"
)

// Probe is one question about this machine and this caller. It is answered by
// trying wherever that leaves nothing behind.
type Probe struct {
	// Name is short and unique; Area groups what belongs together.
	Name, Area string
	// What says what the thing asked for is needed for.
	What string
	// Since is the first kernel that has it, and Config the option it is built
	// with; both are empty where the kernel does not matter.
	Since, Config string
	// Needed says that a sandbox with the default settings cannot do without.
	Needed bool
	// Inside says that the question can only be asked in a user namespace, unless the caller is root.
	Inside bool
	// Ask finds the answer.
	Ask func(*System) Answer
	// Blame finds causes of a refusal that only this probe can have, before the
	// general ones are looked for. It may be nil.
	Blame func(*System, *Refusal) (why, fix string)
}

// Outcome is what trying has shown.
type Outcome uint8

// The outcomes of a Probe.
const (
	// Unclear: it could not be told.
	Unclear Outcome = iota
	// Yes: it works, though less well than it could if the Answer says why.
	Yes
	// No: it is not supported.
	No
)

// Answer is what a Probe found out.
type Answer struct {
	Outcome Outcome
	// Found is the fact, with numbers and paths.
	Found string
	// Why is the cause of what is amiss, and Fix the command or edit that mends it.
	Why, Fix string
	// Refused is the system call that failed, if that is what Found is about.
	Refused *Refusal
}

// The values of Finding.Status, which sums an Answer up.
const (
	// StatusOK: it works.
	StatusOK = "ok"
	// StatusLimited: a sandbox with default settings works, but something that
	// can be asked for does not, or works less well.
	StatusLimited = "limited"
	// StatusMissing: a sandbox with default settings cannot do without, and it is not there.
	StatusMissing = "missing"
	// StatusUnknown: it could not be told.
	StatusUnknown = "unknown"
)

// Finding is a Probe with its Answer, ready to be shown.
type Finding struct {
	Name, Area, Status, What, Found, Why, Fix, Since string
}

// Explained reports whether Why is a cause, and not that none is known.
func (f Finding) Explained() bool { return f.Why != "" && !strings.HasPrefix(f.Why, unexplained) }

// Examine asks all the probes, in order. Those that are not reached before ctx ends are unknown.
func Examine(ctx context.Context, probes []Probe) []Finding {
	return examine(ctx, Here(), probes)
}

func examine(ctx context.Context, s *System, probes []Probe) []Finding {
	list := make([]Finding, len(probes))
	for i := range probes {
		p := &probes[i]
		a := Answer{Found: "not asked", Why: "there was no time left"}
		if ctx.Err() == nil {
			a = s.ask(p)
		}
		list[i] = p.finding(s, a)
	}
	return list
}

// userns is the probe that all those with Inside set depend on.
const userns = "userns"

func (s *System) ask(p *Probe) Answer {
	if p.Inside && !s.Root && s.noUserns {
		return Answer{Found: "not tried", Why: "a user needs a user namespace for it, see " + userns}
	}
	a := p.Ask(s)
	if p.Name == userns {
		s.noUserns = a.Outcome != Yes
	}
	return a
}

func (p *Probe) finding(s *System, a Answer) Finding {
	if a.Outcome == No && a.Why == "" {
		a.Why, a.Fix = p.cause(s, a.Refused)
	}
	return Finding{p.Name, p.Area, p.status(a), p.What, a.Found, a.Why, a.Fix, p.Since}
}

func (p *Probe) status(a Answer) string {
	switch {
	case a.Outcome == Unclear:
		return StatusUnknown
	case a.Outcome == No && p.Needed:
		return StatusMissing
	case a.Outcome == No, a.Why != "":
		return StatusLimited
	}
	return StatusOK
}

// Probes are the questions about the kernel and the caller's place on this machine.
func Probes() []Probe {
	var all []Probe
	for _, area := range [...][]Probe{kernelProbes(), namespaceProbes(), mountProbes(), identityProbes(), placeProbes()} {
		all = append(all, area...)
	}
	return all
}

// yes is the answer that all is well.
func yes(found ...string) Answer { return Answer{Outcome: Yes, Found: strings.Join(found, "")} }

// partly is the answer that something works less well than it could.
func partly(found, why, fix string) Answer {
	return Answer{Outcome: Yes, Found: found, Why: why, Fix: fix}
}

// no is the answer that something is missing for a known reason.
func no(found, why, fix string) Answer { return Answer{Outcome: No, Found: found, Why: why, Fix: fix} }

// unclear is the answer that the question could not be asked.
func unclear(found string) Answer { return Answer{Found: found} }
