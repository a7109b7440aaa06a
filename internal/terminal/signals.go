package terminal

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// fatal are the signals that end a Go program which does not ask for them and
// that can be asked for. The others do nothing to a Go program, or cannot be caught.
var fatal = [...]os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGABRT}

// signals is the part of a relay that listens to the kernel: new sizes, job
// control, and the end of the launcher.
type signals struct {
	relay  *Relay
	handle func(os.Signal) // nil: restore the terminal and die
	got    chan os.Signal
	quit   chan struct{}
	ended  chan struct{}
}

func newSignals(r *Relay) *signals {
	return &signals{
		relay: r,
		got:   make(chan os.Signal, 16),
		quit:  make(chan struct{}),
		ended: make(chan struct{}),
	}
}

// start listens. What the launcher was told to ignore (nohup) stays ignored.
func (s *signals) start() {
	signal.Notify(s.got, syscall.SIGWINCH, syscall.SIGCONT)
	for _, sig := range append(fatal[:], syscall.SIGTSTP) {
		if !signal.Ignored(sig) {
			signal.Notify(s.got, sig)
		}
	}
	go s.relay.guard(s.loop)
}

func (s *signals) stop() {
	signal.Stop(s.got)
	close(s.quit)
	<-s.ended
}

func (s *signals) loop() {
	defer close(s.ended)
	for {
		select {
		case sig := <-s.got:
			s.act(sig)
		case <-s.quit:
			return
		}
	}
}

func (s *signals) act(sig os.Signal) {
	switch sig {
	case syscall.SIGWINCH:
		s.relay.resize()
	case syscall.SIGCONT:
		s.relay.resume()
	case syscall.SIGTSTP:
		s.relay.suspend()
	default:
		s.end(sig)
	}
}

func (s *signals) end(sig os.Signal) {
	if s.handle != nil {
		s.handle(sig)
		return
	}
	s.relay.Restore()
	signal.Stop(s.got)
	raise(sig.(syscall.Signal))
}

// resize passes the size of the caller's terminal on.
func (r *Relay) resize() {
	if size, known := SizeOf(r.sizes...); known {
		// It fails when the program's terminal has gone, with which we end anyway.
		_ = Resize(r.master, size)
	}
}

// resume is for when we may be in the foreground again after a stop.
func (r *Relay) resume() {
	r.modes.allow()
	// The input loop meets the same error, and reports it.
	_ = r.modes.claim()
	r.resize()
	r.input.wake.set()
}

// suspend stops the whole launcher, as SIGTSTP would have had the terminal not to
// be restored first, and returns when it is continued. The program runs on, until its
// terminal's buffer is full.
func (r *Relay) suspend() {
	r.modes.pause()
	if !orphaned() {
		raise(syscall.SIGSTOP)
	}
	r.resume()
}

// raise sends sig to this very thread, so that it has acted when raise returns.
func raise(sig syscall.Signal) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// It cannot fail: the thread is there, and it is ours.
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), sig)
}
