package main

import (
	"os"
	"slices"

	"github.com/bulkhead/bulkhead/internal/cli"

	"github.com/bulkhead/bulkhead/spec"
)

// request is what a command line of run asks for.
type request struct {
	from    caller
	spec    spec.Spec
	options runOptions
	// musts are the protections whose limits were asked for by a flag or a Spec file: the
	// profile may no longer give them up.
	musts []spec.Protection
	// drops are those that flags give up, whatever else they say.
	drops []spec.Protection
}

// on makes a flag's Set from a method of request.
type on = cli.On[request]

// runOptions is what concerns the command line and not the sandbox.
type runOptions struct {
	// TerminalSet is set when a flag decided about the terminal. Otherwise the
	// program gets one if the caller's three streams are one.
	TerminalSet bool
	// Interactive hands standard input on to a detached program, too.
	Interactive bool
	Detach      bool
	Remove      bool
	// Stdin, Stdout and Stderr are files to use instead of the caller's streams.
	Stdin, Stdout, Stderr string
	// JSONFile and JSONFD say where the Result goes, as JSON.
	JSONFile string
	result   *os.File // JSONFile, opened before the program ran
	JSONFD   *int
	// MountsBefore is how many mounts of the Spec come from a profile or a file, and not from flags.
	MountsBefore int

	Explain bool
	Verbose bool
	Quiet   bool
	limits  *spec.Limits // as they were asked for, without the defaults
	// PlanJSON and PrintSpec say what plan prints instead of the steps.
	PlanJSON, PrintSpec bool
	// PlanTime has plan carry the steps out and measure them.
	PlanTime bool
	// Enforce, BaseNothing and PolicyFile are of seccomp trace.
	Enforce, BaseNothing bool
	PolicyFile           string
}

func (r *request) must(p spec.Protection) { r.musts = append(r.musts, p) }

// allowDrop is what may still be given up. "cgroup" stands for several limits;
// if one of them is a must, the others are listed by name.
func (r *request) allowDrop() []spec.Protection {
	if !slices.ContainsFunc(r.musts, r.spec.MayDrop) {
		return r.addDrops(r.spec.AllowDrop)
	}
	var kept []spec.Protection
	for _, p := range spec.Protections() {
		if p != spec.ProtectionCgroup && r.spec.MayDrop(p) && !slices.Contains(r.musts, p) {
			kept = append(kept, p)
		}
	}
	return r.addDrops(kept)
}

func (r *request) addDrops(kept []spec.Protection) []spec.Protection {
	for _, p := range r.drops {
		if !slices.Contains(kept, p) {
			kept = append(kept, p)
		}
	}
	return kept
}
