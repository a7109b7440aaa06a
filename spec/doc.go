// Package spec describes what a program may see, do and use.
//
// A [Spec] is a plain value: it knows nothing of the host it will run on, it is
// deterministic, and it means the same to the library, the command line, the
// profiles and every front end. Its zero value, given a Command, is the safe
// default: all namespaces new, no network but loopback, no capability, a
// read-only view of the system's programs, a private /tmp and HOME, and limits.
//
// The package is pure: it parses, checks and prints, and makes no system call.
package spec
