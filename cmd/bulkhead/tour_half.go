package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// halfTime bounds each half: a demonstration ends by itself.
const halfTime = 15 * time.Second

// spec is the Spec that the half's command line makes, as run makes it.
func (s *stage) spec(h half) (spec.Spec, error) {
	run, _ := s.call.Program.Find([]string{"run"})
	line, err := cli.Parse(s.call.Program, run, append(append(s.fill(h.flags), "--"), s.fill(h.command)...))
	if err != nil {
		return spec.Spec{}, err
	}
	from, err := here()
	if err != nil {
		return spec.Spec{}, err
	}
	made, _, err := parseRun(&cli.Call{Program: s.call.Program, Command: run, Line: line, Stdio: s.call.Stdio}, from)
	return made, err
}

// refused reports whether this host cannot meet the half's Spec.
func (s *stage) refused(h half) bool {
	made, err := s.spec(h)
	if err == nil {
		_, err = sandbox.PlanOf(s.ctx, &made)
	}
	return err != nil
}

func (s *stage) runInto(ctx context.Context, h half, w *os.File) (spec.Result, error) {
	made, err := s.spec(h)
	if err != nil {
		return spec.Result{}, err
	}
	return sandbox.Run(ctx, &made, sandbox.IO{Stdout: w, Stderr: w})
}

// run runs a half and returns what it printed, on both streams in their order.
func (s *stage) run(h half) (string, error) {
	ctx, stop := context.WithTimeout(s.ctx, halfTime)
	defer stop()
	if h.outside {
		words := s.fill(h.command)
		out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput()
		return string(out), err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	var out bytes.Buffer
	read := make(chan error, 1)
	go func() { _, err := out.ReadFrom(r); read <- err }()
	_, err = s.runInto(ctx, h, w)
	w.Close()
	if failed := <-read; err == nil {
		err = failed
	}
	return out.String(), err
}

// wall looks the demonstration's calls up in the plan of the half that has the wall.
func (s *stage) wall(d *demonstration) ([]string, error) {
	made, err := s.spec(d.with)
	if err != nil {
		return nil, err
	}
	p, err := sandbox.PlanOf(s.ctx, &made)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, part := range s.fill(d.calls) {
		if line := firstCall(p, part); line != "" && !slices.Contains(found, line) {
			found = append(found, line)
		}
	}
	return found, nil
}

func firstCall(p *sandbox.Plan, part string) string {
	for _, step := range p.Steps() {
		for _, c := range step.Calls {
			if strings.Contains(c, part) {
				return strconv.Itoa(step.Number) + " " + step.Actor + ": " + c
			}
		}
	}
	return ""
}

// typed is the half as a person would type it.
func typed(h half, s *stage) string {
	words := s.fill(h.command)
	if !h.outside {
		words = append(append(append([]string{"bulkhead", "run"}, s.fill(h.flags)...), "--"), words...)
	}
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return strings.Join(words, " ")
}
