package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

func TestMain(m *testing.M) {
	if role := roles[os.Getenv(roleVar)]; role != nil {
		os.Exit(role())
	}
	os.Exit(m.Run())
}

// A few hundred starts are enough for what is lost each time to show in what is left.
func TestShortSoak(t *testing.T) {
	boxtest.RequireUserns(t)
	n := "200"
	if testing.Short() {
		n = "60"
	}
	if code := warden([]string{"-n", n, "-samples", "10"}); code != 0 {
		t.Errorf("the soak ended with %d", code)
	}
}

// samplesOf makes samples of 1000 starts each with these descriptors and heaps.
func samplesOf(fds, heaps []int) []sample {
	var all []sample
	for i := range fds {
		all = append(all, sample{Starts: (i + 1) * 1000, FDs: fds[i], Heap: heaps[i]})
	}
	return all
}

func flat(v int) []int { return []int{v, v, v, v, v, v, v, v, v, v} }

func TestJudge(t *testing.T) {
	rising := func(by int) []int {
		list := flat(1 << 20)
		for i := range list {
			list[i] += i * by
		}
		return list
	}
	for _, c := range []struct {
		name       string
		fds, heaps []int
		want       string
	}{
		{"flat", flat(12), flat(1 << 20), ""},
		{"warm-up", append([]int{7, 9}, flat(12)[2:]...), flat(1 << 20), ""},
		{"a descriptor each thousand", []int{12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, flat(1 << 20), "fds"},
		{"one descriptor at the end", append(flat(12)[1:], 13), flat(1 << 20), "fds"},
		{"64 bytes a start", flat(12), rising(64_000), "heap"},
		{"1 byte a start", flat(12), rising(1000), ""},
	} {
		r := &report{Samples: samplesOf(c.fds, c.heaps)}
		r.judge()
		got := strings.Join(r.Failures, "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A soak that starts nothing, or whose failures go unseen, proves nothing.
func TestFailuresAreCounted(t *testing.T) {
	r := &report{Modes: map[string]int{}}
	for range 2 * mostFailures {
		r.count("x", 1, errors.New("broken"))
	}
	if len(r.Failures) != mostFailures || r.Starts != 2*mostFailures || r.more(1000) {
		t.Errorf("%d failures, %d starts, more %v", len(r.Failures), r.Starts, r.more(1000))
	}
	if told("...!init: broken") == nil || told("....") != nil {
		t.Error("what a launcher says of a failure is not understood")
	}
}

// Each mode is drawn as often as its share says.
func TestDraw(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]int{}
	for range 10_000 {
		seen[draw(modes, r).name]++
	}
	for _, m := range modes {
		if m.share == 0 || seen[m.name] < 50*m.share {
			t.Errorf("%s, share %d, was drawn %d times of 10000", m.name, m.share, seen[m.name])
		}
	}
}
