package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// observed is what the kernel did with a call.
type observed struct {
	errno syscall.Errno // 0: the call happened
	// signal ended the program at the call; asked says that a supervisor was asked.
	signal  string
	asked   bool
	blocked bool
}

// askKernel makes the call under the policy and under none, and compares with the answer.
func (q *policyQuery) askKernel(policy string, answer *seccomp.Answer, one *asked) error {
	switch {
	case q.guard:
		return refuse("--writes-host does not go with --run", "--run makes no directory writable; leave one of them out")
	case answer.ABI.Audit() != seccomp.Native().ABIs()[0].Audit() && answer.ABI != seccomp.ABII386 || q.arch != "" && q.arch != seccomp.Native().String():
		return refuse("--run asks this machine's kernel, which has no "+string(answer.ABI)+" programs", "leave --run out")
	}
	name, err := q.policyName(policy)
	if err != nil {
		return err
	}
	filtered, err := probe(answer, spec.Seccomp{Policy: name, Rules: q.rules}, q.nest)
	if err != nil {
		return err
	}
	alone, err := probe(answer, spec.Seccomp{Policy: seccomp.None}, q.nest)
	if err != nil {
		return err
	}
	one.Kernel, one.Alone = filtered.String(), alone.String()
	if !filtered.fits(answer.Actions[0], alone) && one.Wrong == "" {
		one.Wrong = "the kernel decided otherwise"
	}
	return nil
}

// fits tells whether what the kernel did is what an action means. A call that the filter lets pass must end as without the filter.
func (o observed) fits(a seccomp.Action, alone observed) bool {
	switch {
	case a == seccomp.Notify:
		return o.asked
	case alone.signal == "SIGSEGV" && o == alone:
		return true // int 0x80 on a kernel without 32-bit programs, or the call took the probe's own memory
	case a == seccomp.Kill || a == seccomp.Trap:
		return o.signal == "SIGSYS"
	case a == seccomp.Allow || a == seccomp.Log:
		return o == alone
	}
	return o.signal == "" && o.errno == syscall.Errno(a&0xfff)
}

func (o observed) String() string {
	switch {
	case o.asked:
		return "a supervisor is asked"
	case o.signal != "":
		return o.signal
	case o.blocked:
		return "the call happens, and waits"
	case o.errno != 0:
		return "errno " + seccomp.ErrnoName(uint16(o.errno))
	}
	return "the call happens"
}

// probeWall is how long a call may wait: then it happened.
const probeWall = 2

// probe makes the call in a sandbox of its own.
func probe(answer *seccomp.Answer, policy spec.Seccomp, nest bool) (observed, error) {
	receive, output, err := os.Pipe()
	if err != nil {
		return observed{}, err
	}
	defer receive.Close()
	s, _ := spec.Profile("default")
	s.Command = []string{"/run/probe"}
	s.Mounts = []spec.Mount{{Type: spec.MountFile, Target: "/run/probe", Data: string(seccomp.Probe(answer.ABI, answer.Data)), Mode: new(spec.FileMode(0o555))}}
	s.Seccomp, s.Nest = policy, nest
	s.Limits.Wall = spec.Seconds(probeWall)
	var seen supervision
	result, err := sandbox.Run(context.Background(), &s, sandbox.IO{Stdout: output, Started: func(box *sandbox.Sandbox) {
		seen.answer(box.Listener(), func(n *sandbox.Notice) error {
			if n.Number != answer.Data.Number || n.Audit != answer.Data.Audit || seen.asked {
				return n.Continue()
			}
			seen.asked = true
			return n.Refuse(syscall.ENOSYS)
		})
	}})
	output.Close()
	if err := errors.Join(err, seen.wait()); err != nil {
		return observed{}, err
	}
	printed, err := io.ReadAll(receive)
	return observe(result, printed, seen.asked), err
}

// observe tells what happened from how the probe ended. Of a call that makes a process there are two reports.
func observe(result spec.Result, printed []byte, asked bool) observed {
	o := observed{asked: asked}
	switch {
	case result.Limit == spec.LimitWall:
		o.blocked = true
	case len(printed) >= 8:
		if v := int64(binary.LittleEndian.Uint64(printed)); v < 0 && v >= -4095 {
			o.errno = syscall.Errno(-v)
		}
	case result.Status == spec.Signaled:
		o.signal = result.Signal
	default:
		o.errno = syscall.Errno(result.ExitCode) // it may not write
	}
	return o
}

// supervision answers the calls of a sandbox, on the side.
type supervision struct {
	done  chan error
	asked bool
}

// answer begins to answer, until the program has ended.
func (s *supervision) answer(listener *os.File, judge func(*sandbox.Notice) error) {
	if listener == nil {
		return
	}
	s.done = make(chan error, 1)
	go func() {
		defer listener.Close()
		for {
			n, err := sandbox.ReadNotice(listener)
			if err == nil {
				err = judge(n)
			}
			if err != nil {
				s.done <- err
				return
			}
		}
	}()
}

// wait waits for the last answer.
func (s *supervision) wait() error {
	if s.done == nil {
		return nil
	}
	if err := <-s.done; err != io.EOF {
		return err
	}
	return nil
}
