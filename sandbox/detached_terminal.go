package sandbox

import (
	"io"
	"os"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/logfile"
)

// recording copies what a program shows on its terminal into a log.
type recording struct {
	attached *Attachment
	pipe     *os.File // where the terminal's output goes in
	copied   chan struct{}
}

func recordTerminal(box *Sandbox, streams IO, log *logfile.Writer) (*recording, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, &Error{Kind: HostLacks, Op: "make", Object: "a pipe for the terminal's output", Err: err, Hint: descriptorHint(err)}
	}
	attached, err := box.Attach(streams.Stdin, in, func(sig os.Signal) { _ = box.Signal(sig.(syscall.Signal)) })
	if err != nil {
		out.Close()
		in.Close()
		return nil, err
	}
	r := &recording{attached: attached, pipe: in, copied: make(chan struct{})}
	go func() {
		defer close(r.copied)
		defer out.Close()
		_, _ = io.Copy(log.Stdout(), out) // the log counts what it cannot keep
	}()
	return r, nil
}

// finish takes what is left.
func (r *recording) finish() {
	_ = r.attached.Finish() // its streams are ours, and the log tells what it lost
	r.pipe.Close()
	<-r.copied
}
