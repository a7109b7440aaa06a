// Package spec describes what a program may see, do and use.
//
// A [Spec] is a plain value: it knows nothing of the host it will run on, it is
// deterministic, and it means the same to the library, the command line, the
// profiles and every front end. Its zero value, given a Command, is the safe
// default: all namespaces new, no network but loopback, no capability, a
// read-only view of the system's programs, a private /tmp and HOME, and limits.
// It allows nothing of that to be missing; [Profile] "default" is the same, but
// lets a program start for a user who has no cgroup for the limits (AllowDrop).
//
// The package is pure: it parses, checks and prints, and makes no system call.
//
// A caller puts a Spec together from a [Profile], a file by [Decode] and its own
// settings, each over the one before, and passes it through [Spec.Resolve],
// [Spec.WithDefaults] and [Spec.Validate]; what comes out is what the planner takes.
package spec

//go:generate go run ./internal/schemagen ../docs
