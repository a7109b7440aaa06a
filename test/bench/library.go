package main

import (
	"context"
	"fmt"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// library starts the program from this process, with all walls up but those that a change takes away.
func library(change func(*spec.Spec)) func() error {
	s := everythingOn(program)
	change(&s)
	return func() error { return runInside(&s, sandbox.IO{}) }
}

func everythingOn(command ...string) spec.Spec {
	s, _ := spec.Profile("default")
	s.Command = command
	return s
}

func runInside(s *spec.Spec, io sandbox.IO) error {
	result, err := sandbox.Run(context.Background(), s, io)
	if err != nil {
		return err
	}
	if result.Status != spec.Exited || result.ExitCode != 0 {
		return fmt.Errorf("%q ended with %+v", s.Command, result)
	}
	return nil
}

func everything(*spec.Spec) {}
func asPID1(s *spec.Spec)   { s.AsPID1 = true }

// parts are the walls whose cost can be seen by leaving each one out, all others standing.
var parts = []struct {
	name  string
	leave func(*spec.Spec)
}{
	{"network namespace", func(s *spec.Spec) { s.Namespaces.Net = spec.NamespaceHost }},
	{"seccomp", func(s *spec.Spec) { s.Seccomp.Policy = "none" }},
	{"cgroup", func(s *spec.Spec) {
		s.Limits.Memory, s.Limits.Pids, s.Limits.Swap = spec.Unlimited, spec.Unlimited, spec.Unlimited
	}},
	{"time namespace", func(s *spec.Spec) { s.Namespaces.Time = spec.NamespaceHost }},
	{"ipc namespace", func(s *spec.Spec) { s.Namespaces.IPC = spec.NamespaceHost }},
	{"the choice of files (all of / instead)", func(s *spec.Spec) { s.Root, s.Workdir = spec.Root{Kind: spec.RootDir, Dir: "/"}, "/" }},
	{"proc", func(s *spec.Spec) { s.Proc.Off = true }},
	{"init", asPID1},
}

// withoutEach lists the library's start without each of the parts, and without all.
func withoutEach() []subject {
	var found []subject
	for _, p := range parts {
		found = append(found, subject{name: "library, without " + p.name, run: timed(library(p.leave))})
	}
	return append(found, subject{name: "library, without all of these", run: timed(library(func(s *spec.Spec) {
		for _, p := range parts {
			p.leave(s)
		}
	}))})
}
