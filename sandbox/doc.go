// Package sandbox runs programs in sandboxes.
//
//	s, _ := spec.Profile("default")
//	s.Command = []string{"sh", "-c", "echo hello"}
//	result, err := sandbox.Run(ctx, &s, sandbox.IO{Stdout: os.Stdout, Stderr: os.Stderr})
//
// A Spec says what the program may see, do and use; see package spec. What it
// leaves out has a safe default. Of the host's files a program sees the system's
// programs and libraries, so a script of yours needs a bind in Spec.Mounts.
//
// A protection that this host cannot give is an error. Spec.AllowDrop names those
// that may be missing: profile "default" allows the cgroup, which an ordinary user
// often has none of. Then limits on memory and processes do not hold, and
// Result.Dropped says so. The zero Spec allows nothing to be missing.
//
// # How it ends
//
// [Run] waits for the end, [Start] returns as soon as the program runs, with a
// [Sandbox] to watch and control it. The error is about the start: of a program
// that ran, the [Result] tells all, and the error is nil however it ended (but for
// output that could not be written, see [Sandbox.Wait]):
//
//   - by itself: status "exited" and its exit code;
//   - by a signal: "signaled". So does the end of the context: it kills the
//     program, and the error is nil. Ask ctx.Err() whether that was it. Only a
//     context that has ended before the start is an error;
//   - by a limit: "limit", and Result.Limit names it. Prefer Spec.Limits.Wall to
//     a timeout of the context: then the Result says that time ran out.
//
// # Many programs
//
// A [Pool] runs programs under one Spec in sandboxes that are kept: a start costs hardly more than the program's own.
//
// # In your program
//
// Nothing needs to be set up in main: there is no helper process that
// re-executes the calling program. Start may be called from any goroutine. The
// program dies with the calling process, even when that is killed; one without
// an init (AsPID1, the host's pid namespace) can call that off, and Collect ends it.
// For a program that outlives the caller, call [Supervise] in a process that lives on.
package sandbox
