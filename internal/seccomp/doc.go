// Package seccomp turns system-call policies into the classic BPF programs that
// seccomp(2) takes.
//
// A policy is text, one rule a line; docs/seccomp.md has the language on one
// page. [Parse] reads it, [Policy.Compile] makes the program for one
// architecture, and [Precompiled] has the built-in policies ready made, so that
// the usual start of a sandbox parses and compiles nothing.
//
// The package is pure: it makes no system call. Installing a [Program] is the
// launcher's work, the last step before exec.
package seccomp

//go:generate go run ./gen tables
//go:generate go run ./gen programs
