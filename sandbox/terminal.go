package sandbox

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/terminal"
	"github.com/bulkhead/bulkhead/spec"
)

// Attachment joins a program's own terminal to the caller's.
type Attachment struct{ relay *terminal.Relay }

// Attach joins the program's terminal (Spec.Terminal) to stdin and stdout,
// which may be terminals, pipes, files or nil. A terminal on stdin is in raw
// mode from here until the end of the Attachment: Ctrl-C, Ctrl-Z and Ctrl-D are the program's.
//
// Attach at once, in IO.Started, with the IO.Stdin and IO.Stdout that the program was
// started with: its terminal is made like the caller's before it runs. With other files
// that is done now, when the program may have set it otherwise. The Attachment follows later changes of the size.
//
// onSignal gets SIGHUP, SIGINT, SIGQUIT, SIGTERM and SIGABRT when they are sent to
// the calling process; [Sandbox.Signal] hands them on. If it is nil they restore
// the terminal and end the calling process. SIGTSTP stops it, with the terminal restored meanwhile.
func (b *Sandbox) Attach(stdin, stdout *os.File, onSignal func(os.Signal)) (*Attachment, error) {
	var options []terminal.Option
	if cap := int64(b.spec.Limits.Output); cap > 0 {
		options = append(options, terminal.Cap(cap, func() { b.hit(spec.LimitOutput) }))
	}
	a, err := attach(b.name, b.proc, b.model, stdin, stdout, onSignal, options...)
	if err == nil && options != nil {
		b.relay.Store(a.relay)
	}
	return a, err
}

// Attach is [Sandbox.Attach] for a program that was added (ExecSpec.Terminal).
func (p *Process) Attach(stdin, stdout *os.File, onSignal func(os.Signal)) (*Attachment, error) {
	return attach(p.box.name, p.proc, p.model, stdin, stdout, onSignal)
}

func attach(name string, proc *launch.Process, model, stdin, stdout *os.File, onSignal func(os.Signal), options ...terminal.Option) (*Attachment, error) {
	if proc.Terminal == nil {
		return nil, &Error{Kind: Mistake, Op: "attach to", Object: name, Err: errors.New("its program has no terminal of its own, or another process holds it")}
	}
	if now := terminal.Model(stdin, stdout); now != nil && now != model {
		if err := terminal.Prepare(proc.Terminal, now); err != nil {
			return nil, terminalError(name, err)
		}
	}
	if onSignal != nil {
		options = append(options, terminal.OnSignal(onSignal))
	}
	relay, err := terminal.Start(proc.Terminal, stdin, stdout, options...)
	if err != nil {
		return nil, terminalError(name, err)
	}
	return &Attachment{relay}, nil
}

// Finish is called when the program has ended: it shows what the program still
// wrote, and gives the caller's terminal back. The error tells of a stdin that could not be
// read or a stdout that could not be written; a reader that left (EPIPE) is none.
func (a *Attachment) Finish() error {
	if err := a.relay.Drain(); err != nil && !errors.Is(err, unix.EPIPE) {
		return &Error{Kind: HostLacks, Op: "relay the terminal", Err: err, Hint: "the stream that it names failed: give the program another, with --stdin or --stdout"}
	}
	return nil
}

// Close ends the joining now, which the program feels as SIGHUP. It may follow Finish.
func (a *Attachment) Close() { _ = a.relay.Close() } // what went wrong, Finish has told

// likeCallers makes the program's terminal like the caller's, before there is a program that could want it otherwise.
func (p *prepared) likeCallers(io IO) (err error) {
	if !p.spec.Terminal {
		return nil
	}
	if io.Rows == 0 || io.Columns == 0 {
		p.run.Rows, p.run.Columns = TerminalSize(io.Stdin, io.Stdout) // programs divide by it
	}
	if p.model = terminal.Model(io.Stdin, io.Stdout); p.model == nil {
		return nil
	}
	if p.run.Termios, err = terminal.Settings(p.model); err != nil {
		return terminalError(p.spec.Name, err)
	}
	return nil
}

func terminalError(name string, err error) error {
	return &Error{Kind: HostLacks, Op: "join the terminal of", Object: name, Err: err, Hint: descriptorHint(err)}
}

// TerminalSize is the size of the first of files that is a terminal, for IO: 24 rows of 80 columns if none is.
func TerminalSize(files ...*os.File) (rows, columns uint16) {
	size, _ := terminal.SizeOf(files...)
	return size.Rows, size.Columns
}

// IsTerminal tells whether a file is a terminal; nil is none.
func IsTerminal(f *os.File) bool { return terminal.IsTerminal(f) }

// Sanitized is a writer in front of w, which is a terminal, for text that a
// program chose: what could command the terminal is shown as escapes. Line feeds
// and tabs stay. Close it at the end, which leaves w open.
func Sanitized(w io.Writer) io.WriteCloser { return terminal.NewSanitizer(w) }
