package terminal

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Relay joins the caller's terminal to the pseudo-terminal of a program.
//
// While it runs the caller's terminal is in raw mode (if it is one, and we are
// in its foreground): Ctrl-C, Ctrl-Z and Ctrl-\ are bytes to us, and the line
// discipline of the program's own terminal makes signals of them. The caller's
// settings come back when the relay ends in any way, on a fatal signal, while we
// are stopped by SIGTSTP, and on a panic in the goroutine that deferred Close.
// Only SIGKILL, SIGSTOP and a panic elsewhere escape us; Restore helps there.
type Relay struct {
	master *os.File
	modes  modes
	front  Foreground
	// sizes are the files whose terminal we follow the size of.
	sizes   []*os.File
	input   *input
	output  *output
	signals *signals

	done chan struct{}
	err  error // valid when done is closed
	end  sync.Once
}

// Option changes how a Relay works.
type Option func(*Relay)

// OnSignal has the relay call handle when the launcher gets SIGHUP, SIGINT,
// SIGQUIT, SIGTERM or SIGABRT. It must not block, nor call Wait, Drain or Close;
// the relay goes on, and what the program still writes is shown. Without it the
// relay restores the terminal and lets the signal end the launcher. A launcher
// that handles these signals in any way must use OnSignal.
func OnSignal(handle func(os.Signal)) Option {
	return func(r *Relay) { r.signals.handle = handle }
}

// Cap delivers at most limit bytes of the program's output, echo included. When
// there is more, onLimit is called once, as in Sinks, and the rest is dropped.
func Cap(limit int64, onLimit func()) Option {
	return func(r *Relay) { r.output.budget.limit, r.output.budget.onLimit = limit, onLimit }
}

// Start begins copying between master, the launcher's side of the program's
// pseudo-terminal, and the caller's stdin and stdout, which may be anything:
// terminals, pipes, files, /dev/null. It has set the program's terminal size
// when it returns, so call it (or Prepare) before the program starts. The
// pseudo-terminal must be the controlling one of the program.
//
// The relay owns master from here on, also on failure: it makes it non-blocking, and closes it
// at its end, which the program feels as SIGHUP. The caller keeps stdin and stdout open. A nil stdin is one that never says
// anything; an stdin that ends reaches the program as end of file, at each of its reads.
//
// Bytes of a piped stdin go through the program's line discipline as if typed:
// its echo, its interrupt characters, its limit of 4095 bytes a line
// (termios(3)) hold until the program switches them off.
func Start(master, stdin, stdout *os.File, options ...Option) (*Relay, error) {
	r := &Relay{
		master: master,
		modes:  modes{fd: -1},
		front:  HoldForeground(stdin),
		sizes:  []*os.File{stdin, stdout},
		done:   make(chan struct{}),
	}
	if IsTerminal(stdin) {
		r.modes.fd = descriptor(stdin)
	}
	if err := r.start(stdin, stdout, options); err != nil {
		r.discard()
		return nil, err
	}
	return r, nil
}

func (r *Relay) start(stdin, stdout *os.File, options []Option) (err error) {
	fd := descriptor(r.master)
	if err := unix.SetNonblock(fd, true); err != nil {
		return fmt.Errorf("prepare pseudo-terminal %s: %w", r.master.Name(), err)
	}
	if r.input, err = newInput(fd, stdin, &r.modes); err != nil {
		return err
	}
	if r.output, err = newOutput(fd, stdout); err != nil {
		return err
	}
	// A size of the program's own is not undone by our not knowing any.
	size, known := SizeOf(r.sizes...)
	if _, has := SizeOf(r.master); known || !has {
		if err := Resize(r.master, size); err != nil {
			return err
		}
	}
	r.signals = newSignals(r)
	for _, option := range options {
		option(r)
	}
	r.run()
	return nil
}

// run starts the goroutines. Signals first: from the moment the terminal is
// raw, something must be there to restore it.
func (r *Relay) run() {
	r.signals.start()
	r.resize() // it may have changed since start looked
	// Not being able to set raw mode shows again, with its reason, as soon as
	// the input is read.
	_ = r.modes.claim()
	inputDone := make(chan error, 1)
	go r.guard(func() { inputDone <- r.input.run() })
	go r.guard(func() {
		err := r.output.run()
		r.input.stop()
		r.finish(errors.Join(err, <-inputDone))
	})
}

// guard runs do and restores the terminal if that panics. The panic goes on, its stack untouched.
func (r *Relay) guard(do func()) {
	orderly := false
	defer func() {
		if !orderly {
			r.Restore()
		}
	}()
	do()
	orderly = true
}

// finish is the one orderly end.
func (r *Relay) finish(err error) {
	r.err = err
	r.Restore()
	r.signals.stop()
	r.discard()
	close(r.done)
}

// discard gives back what Start has taken so far.
func (r *Relay) discard() {
	if r.input != nil {
		r.input.wake.close()
	}
	if r.output != nil {
		r.output.wake.close()
	}
	_ = r.master.Close()
}

// Wait returns when nobody holds the program's side of the terminal any more,
// everything written there has reached stdout, and the caller's terminal is
// restored. The error tells of a stdin that cannot be read or a stdout that
// cannot be written; the latter also hangs the program's terminal up.
func (r *Relay) Wait() error {
	<-r.done
	return r.err
}

// Drain is Wait for when the program has ended: what it wrote still reaches
// stdout, but processes it left behind are not waited for.
func (r *Relay) Drain() error {
	r.output.drain()
	return r.Wait()
}

// Written is how many bytes the program's terminal has shown so far, delivered or not.
func (r *Relay) Written() int64 { return r.output.budget.written.Load() }

// Close ends the relay now: bytes on their way are dropped, the terminal is
// restored, the program's terminal hung up. After Wait or Drain it does nothing
// but return the same error; it is meant to be deferred.
func (r *Relay) Close() error {
	r.end.Do(func() {
		select {
		case <-r.done:
		default:
			r.Restore()
			r.output.stop()
		}
	})
	return r.Wait()
}

// Restore gives the caller's terminal back, and stays away from it: for use
// before the process ends in another way than by Wait or Close.
func (r *Relay) Restore() {
	r.modes.end()
	r.front.Restore()
}
