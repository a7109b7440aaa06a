package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// watching is a running stats --json.
type watching struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func watch(t *testing.T, names ...string) *watching {
	t.Helper()
	cmd := bulkhead(append([]string{"stats", "--json"}, names...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return &watching{t, cmd, bufio.NewScanner(out)}
}

// until reads up to the first line about a sandbox.
func (w *watching) until(name string) reading {
	w.t.Helper()
	for w.lines.Scan() {
		var r reading
		if err := json.Unmarshal(w.lines.Bytes(), &r); err != nil {
			w.t.Fatalf("%s: %v", w.lines.Bytes(), err)
		}
		if r.Name == name {
			return r
		}
	}
	w.t.Fatalf("it has ended without a word about %s", name)
	return reading{}
}

// descriptors counts those of the watch, without the two that Go's poller makes for itself at some time.
func (w *watching) descriptors() (count int) {
	dir := "/proc/" + strconv.Itoa(w.cmd.Process.Pid) + "/fd/"
	entries, err := os.ReadDir(dir)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if to, err := os.Readlink(dir + e.Name()); err == nil && !strings.HasPrefix(to, "anon_inode:[event") {
			count++
		}
	}
	return count
}

// sleeper starts a sandbox that has a cgroup, and returns how to end it.
func sleeper(t *testing.T, name string) (end func()) {
	t.Helper()
	cmd := start(t, "run", "-q", "--name", name, "sh", "-c", "echo ready; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 61")
	untilListed(t, name)
	if code, _, errs := run(t, bulkhead("stats", "--no-stream", name)); strings.Contains(errs, "it has no cgroup") {
		lack(t, "cgroup", errs)
	} else if code != 0 {
		t.Fatal(errs)
	}
	return func() {
		if code, _, errs := run(t, bulkhead("kill", name)); code != 0 {
			t.Error(errs)
		}
		cmd.Wait()
	}
}

// The end of one sandbox does not end the watch over another; that of the last one does.
func TestStatsGoesOnUntilTheLastHasEnded(t *testing.T) {
	needSandbox(t)
	a, b := "watch-a-"+strconv.Itoa(os.Getpid()), "watch-b-"+strconv.Itoa(os.Getpid())
	endA, endB := sleeper(t, a), sleeper(t, b)
	w := watch(t, a, b)
	w.until(a)
	endA()
	w.until(b)
	w.until(b)
	endB()
	for w.lines.Scan() {
	}
	if err := w.cmd.Wait(); err != nil {
		t.Errorf("the watch ended with %v", err)
	}
}

// A watch that lasts does not keep what has ended, nor mistake a sandbox for the one before of its name.
func TestStatsForgetsTheEnded(t *testing.T) {
	needSandbox(t)
	name := "again-" + strconv.Itoa(os.Getpid())
	end := sleeper(t, name)
	w := watch(t)
	w.until(name)
	before := w.descriptors()
	for range 2 {
		end()
		end = sleeper(t, name)
		if r := w.until(name); r.CPUPercent < 0 {
			t.Errorf("%.1f%% of a processor", r.CPUPercent)
		}
	}
	for i := range 2 {
		end()
		other := name + "-" + strconv.Itoa(i)
		end = sleeper(t, other)
		w.until(other)
	}
	if after := w.descriptors(); after > before {
		t.Errorf("%d descriptors have become %d", before, after)
	}
	end()
}
