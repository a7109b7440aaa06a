// Package sandbox runs programs in sandboxes.
//
//	result, err := sandbox.Run(ctx, &sandbox.Spec{Command: []string{"python3", "x.py"}}, sandbox.IO{Stdout: os.Stdout})
//
// The zero Spec, given a Command, is the safe default; see package spec. Start
// returns as soon as the program runs, with a [Sandbox] to watch and control it.
//
// Nothing needs to be set up in main: there is no helper process that
// re-executes the calling program. Start may be called from any goroutine. The
// program dies with the calling process, even when that is killed; one without
// an init (AsPID1, the host's pid namespace) can call that off, and Collect ends it.
package sandbox
