package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
)

// user is the id of the unprivileged launchers.
const user = 12345

// site is where it all happens.
type site struct {
	o      options
	batchN uint64
	before boxtest.Scene
	// home is the unprivileged user's directory; empty if none takes part.
	home string
}

func newSite(o options) (*site, error) {
	s := &site{o: o}
	if o.user && boxtest.Root() {
		home, err := os.MkdirTemp("/tmp", "bulkhead-soak-")
		if err != nil {
			return nil, err
		}
		s.home = home
		if err := errors.Join(os.Chown(home, user, user), os.Chmod(home, 0o700)); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// warm starts one of each mode, which makes what a process keeps, and then looks at what there is.
func (s *site) warm() error {
	random := rand.New(rand.NewPCG(s.o.seed, 0))
	for _, m := range modes {
		if _, err := m.run(s, random); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	s.before = boxtest.Look()
	return nil
}

func (s *site) close() {
	if s.home != "" {
		_ = os.RemoveAll(s.home) // what is in it has been reported
	}
}

// batch starts sandboxes in all workers until there have been so many, and waits for their end.
func (s *site) batch(r *report, until int) {
	s.batchN++
	var all sync.WaitGroup
	for i := range s.o.workers {
		random := rand.New(rand.NewPCG(s.o.seed, s.batchN<<16+uint64(i)))
		all.Go(func() {
			for r.more(until) {
				m := draw(modes, random)
				n, err := m.run(s, random)
				r.count(m.name, n, err)
			}
		})
	}
	all.Wait()
}

func collect() error {
	_, err := sandbox.Collect(false)
	return err
}

// claims is how long Collect leaves a name alone that somebody may be about to use.
const claims = 12 * time.Second

// left is what is there and was not before, once all has been collected that may be.
func (s *site) left() []string {
	var found []string
	for deadline := time.Now().Add(claims); ; time.Sleep(500 * time.Millisecond) {
		found = s.collected()
		if len(found) == 0 || time.Now().After(deadline) {
			return found
		}
	}
}

func (s *site) collected() []string {
	var found []string
	if err := collect(); err != nil {
		found = append(found, fmt.Sprintf("what cannot be collected: %v", err))
	}
	if s.home == "" {
		return append(found, s.before.Left()...)
	}
	if err := s.role("collector", true).Run(); err != nil {
		found = append(found, fmt.Sprintf("what the user cannot collect: %v", err))
	}
	records, _ := filepath.Glob(filepath.Join(s.home, "bulkhead", "*"))
	for _, r := range records {
		found = append(found, "the user's record "+filepath.Base(r))
	}
	return append(found, s.before.Left()...)
}
