package main

import (
	"context"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// foreground starts a program, waits for it and reports.
func foreground(call *cli.Call, s *spec.Spec, options runOptions) (int, error) {
	if err := options.checkResult(); err != nil {
		return 125, err
	}
	io, err := options.streams(call.Stdio)
	if err != nil {
		return finish(call, options, unstarted(err), err)
	}
	defer io.close()
	s.Terminal = io.wantsTerminal(&options, s.Terminal)
	options.limits = &s.Limits
	io.Lasting = attend
	io.Lacking = func(dropped []spec.Dropped) { options.reportDropped(call, dropped) }
	io.Started = func(box *sandbox.Sandbox) {
		options.say(call, "sandbox "+box.Name()+" runs")
		if s.Terminal {
			io.join(box)
		}
	}
	// Run and not Start: it waits in this goroutine, and so without a thread for another.
	result, err := sandbox.Run(context.Background(), s, io.IO)
	if result.Status == spec.SetupFailed {
		err = habit(call.Line, s.Command[0], options.inFlags(s, err))
		return finish(call, options, unstarted(err), err)
	}
	if err == nil {
		err = io.part()
	}
	return finish(call, options, result, err)
}

// finish reports how it ended, everywhere that was asked for.
func finish(call *cli.Call, options runOptions, result spec.Result, err error) (int, error) {
	if writeErr := options.writeResult(&result); writeErr != nil && err == nil {
		return 125, writeErr
	}
	if err != nil && result.Status != spec.SetupFailed {
		return 125, failure(call, err) // its status alone would say that all went well
	}
	if err != nil {
		return result.ExitCode, failure(call, err)
	}
	options.reportChanged(call, result.Changed)
	if options.explains(&result) {
		call.Err.WriteString(call.Program.Name + ": " + cli.Printable(explain(&result, options.limits)) + "\n")
	}
	if options.Verbose {
		options.say(call, usage(&result))
	}
	return result.ExitCode, nil
}

// explains tells whether a sentence says how the program ended: of one that a
// limit ended, the exit status alone does not tell.
func (o *runOptions) explains(r *spec.Result) bool {
	return o.Explain || o.Verbose || r.Status == spec.LimitHit && !o.Quiet
}

// say is what --verbose adds.
func (o *runOptions) say(call *cli.Call, text string) {
	if o.Verbose && !o.Quiet {
		call.Err.WriteString(call.Program.Name + ": " + cli.Printable(text) + "\n")
	}
}

// reportChanged warns of files that the program made or altered and that
// programs outside obey without asking. --quiet does not hide it: who misses it may be harmed.
func (o *runOptions) reportChanged(call *cli.Call, changed []string) {
	if len(changed) == 0 {
		return
	}
	text := call.Program.Name + ": the program made or changed what other programs obey without asking: " + strings.Join(changed, ", ") + "\n"
	call.Err.WriteString(cli.Printable(text) + "hint: read them before you start an editor, a shell or git there\n")
}
