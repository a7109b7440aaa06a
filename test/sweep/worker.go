package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// patient is how many milliseconds a call may take before it counts as blocked; a second try gets more.
const (
	patient     = 20
	morePatient = 2000
)

// worker is the hostile program in a sandbox, making calls on request.
type worker struct {
	box     *sandbox.Sandbox
	in, out *os.File
	answers *bufio.Scanner
}

// boxOf is the sandbox of a profile, with time enough, and with another policy if one is named.
func boxOf(program, profile, policy string) (*sandbox.Spec, error) {
	s, ok := spec.Profile(profile)
	if !ok {
		return nil, fmt.Errorf("no profile %q: there are %s", profile, strings.Join(spec.Profiles(), ", "))
	}
	const inside = "/hostile"
	s.Mounts = append(s.Mounts, spec.Mount{Type: spec.MountBind, Source: filepath.Dir(program), Target: inside})
	s.Command = []string{filepath.Join(inside, filepath.Base(program)), "sweep"}
	s.Terminal, s.Workdir = false, "/"
	s.Limits.CPUTime, s.Limits.Wall, s.Limits.Output = spec.Seconds(300), spec.Seconds(600), 0
	if policy != "" {
		s.Seccomp.Policy = policy
	}
	return &s, nil
}

func newWorker(s *sandbox.Spec) (*worker, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	box, err := sandbox.Start(context.Background(), s, sandbox.IO{Stdin: inR, Stdout: outW, Stderr: outW})
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, err
	}
	return &worker{box, inW, outR, bufio.NewScanner(outR)}, nil
}

// ask makes the calls and returns their outcomes, as many as there were before the worker's end.
func (w *worker) ask(calls []call, milliseconds int) ([]outcome, error) {
	go func() {
		requests := bufio.NewWriter(w.in)
		for _, c := range calls {
			if _, err := requests.WriteString(c.request(milliseconds)); err != nil {
				return // the worker has ended, which its answers show
			}
		}
		_ = requests.Flush()
	}()
	outcomes := make([]outcome, 0, len(calls))
	for _, c := range calls {
		if !w.answers.Scan() {
			return outcomes, fmt.Errorf("the sandbox did not live on after %s", c)
		}
		outcomes = append(outcomes, outcome(w.answers.Text()))
	}
	return outcomes, nil
}

// close ends the worker by the end of its input. It has to end well.
func (w *worker) close() error {
	w.in.Close()
	r, err := w.box.Wait()
	w.out.Close()
	if err == nil && (r.Status != spec.Exited || r.ExitCode != 0) {
		err = fmt.Errorf("the sandbox ended with %s, code %d, signal %s, limit %s", r.Status, r.ExitCode, r.Signal, r.Limit)
	}
	return err
}

// outcomes makes the calls in a sandbox of their own.
func outcomes(s *sandbox.Spec, calls []call, milliseconds int) ([]outcome, error) {
	w, err := newWorker(s)
	if err != nil {
		return nil, err
	}
	found, err := w.ask(calls, milliseconds)
	if end := w.close(); err == nil {
		err = end
	}
	return found, err
}
