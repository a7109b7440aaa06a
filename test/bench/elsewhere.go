package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// elsewhereArg makes this program one that takes orders; the next argument is its place.
const elsewhereArg = "elsewhere"

// place is what is special where another process of this program starts things: how
// much memory it holds, and how its own mount namespace differs from the host's.
type place struct {
	Heap   int64    `json:"heap,omitempty"`
	Mounts int      `json:"mounts,omitempty"`
	Cover  []string `json:"cover,omitempty"`
	// Scratch is a directory for the mounts.
	Scratch string `json:"scratch,omitempty"`
}

// order is one thing to start there and wait for: a command, or the program by the library or in a Pool.
type order struct {
	Argv    []string `json:"argv,omitempty"`
	Library bool     `json:"library,omitempty"`
	Pool    bool     `json:"pool,omitempty"`
}

// answer is how long that took.
type answer struct {
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

// elsewhere returns a way to give orders to a process in such a place, which is made at the first order.
func (b *bench) elsewhere(p place) func(order) (float64, error) {
	p.Scratch = b.dir
	open := sync.OnceValues(func() (*worker, error) { return b.employ(p) })
	return func(o order) (float64, error) {
		w, err := open()
		if err != nil {
			return 0, err
		}
		return w.do(o)
	}
}

type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func (b *bench) employ(p place) (*worker, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe", elsewhereArg, string(text))
	cmd.Stderr, cmd.SysProcAttr = os.Stderr, ownMounts(p)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("a process with its own mount namespace: %w", err)
	}
	w := &worker{cmd, in, json.NewDecoder(out)}
	b.atEnd(w.dismiss)
	_, err = w.answer()
	return w, err
}

// ownMounts is a mount namespace, and for who is not root the user namespace that permits it.
func ownMounts(p place) *syscall.SysProcAttr {
	if p.Mounts == 0 && p.Cover == nil {
		return nil
	}
	attr := &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if !root() {
		attr.Cloneflags = syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

func (w *worker) do(o order) (float64, error) {
	if err := json.NewEncoder(w.in).Encode(o); err != nil {
		return 0, err
	}
	return w.answer()
}

func (w *worker) answer() (float64, error) {
	var a answer
	if err := w.out.Decode(&a); err != nil {
		return 0, fmt.Errorf("the process elsewhere has ended: %w", err)
	}
	if a.Error != "" {
		return 0, errors.New(a.Error)
	}
	return a.Seconds, nil
}

func (w *worker) dismiss() {
	w.in.Close()
	_ = w.cmd.Wait() // what it did wrong it has said
}

// serveOrders is the process elsewhere: it makes its place, says so, and answers orders until there are no more.
func serveOrders(text string, in io.Reader, out io.Writer) error {
	var p place
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	keep, err := p.make()
	defer keep()
	if err := answers.Encode(answerOf(0, err)); err != nil {
		return err
	}
	for orders := json.NewDecoder(in); ; {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		begin := time.Now()
		err := o.obey()
		if err := answers.Encode(answerOf(time.Since(begin), err)); err != nil {
			return err
		}
	}
}

func answerOf(took time.Duration, err error) answer {
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Seconds: took.Seconds()}
}

func (o order) obey() error {
	switch {
	case o.Library:
		return library(everything)()
	case o.Pool:
		return runPooled(poolElsewhere)
	}
	return spawn(o.Argv...)()
}
