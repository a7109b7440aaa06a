package sandbox_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func withMemory(s spec.Size) change { return limited(func(l *spec.Limits) { l.Memory = s }) }

// bombs are the ways to fill memory that a process's own resident size does not show.
func TestMemoryBombs(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	for _, bomb := range []struct {
		name  string
		words []string
	}{
		{"allocation", []string{"memory", "10240"}},
		{"memfd", []string{"memfd", "10240"}},
		{"System V shared memory", []string{"shm", "10240"}},
		{"tmpfs", []string{"fill", "/tmp", "10240"}},
		{"dev shm", []string{"fill", "/dev/shm", "10240"}},
	} {
		t.Run(bomb.name, func(t *testing.T) {
			const most = 64 * spec.MiB
			unlimitedTmp := limited(func(l *spec.Limits) { l.Tmp = spec.Unlimited })
			e := run(t, strictly, withMemory(most), unlimitedTmp, attack(bomb.words...))
			hits(t, e, spec.LimitMemory)
			if e.OOMKills == 0 || e.MemoryPeakBytes < int64(most)*9/10 || e.MemoryPeakBytes > int64(most+64*spec.KiB) { // the kernel may round up by some pages
				t.Errorf("peak of %d bytes and %d kills with a limit of %d", e.MemoryPeakBytes, e.OOMKills, most)
			}
		})
	}
}

// What fits does not end: the control of TestMemoryBombs.
func TestMemoryThatFits(t *testing.T) {
	for _, words := range [][]string{{"memory", "32"}, {"memfd", "32"}, {"shm", "32"}, {"fill", "/tmp", "32"}} {
		works(t, withMemory(256*spec.MiB), attack(words...))
	}
}

// An ordinary SIGKILL is no memory limit.
func TestKillIsNotTakenForMemory(t *testing.T) {
	e := run(t, withMemory(64*spec.MiB), shell("kill -KILL $$"))
	if e.Status != spec.Signaled || e.Signal != "SIGKILL" || e.ExitCode != 137 {
		t.Errorf("got %v", e)
	}
}

func TestTmpfsBytesAreCapped(t *testing.T) {
	small := limited(func(l *spec.Limits) { l.Tmp = 8 * spec.MiB })
	for _, dir := range []string{"/tmp", "/dev/shm", "/home/user"} {
		e := run(t, small, attack("fill", dir, "64"))
		hits(t, e, spec.LimitDisk)
		if !strings.Contains(e.out, "stopped after 8 MiB") && !strings.Contains(e.out, "stopped after 7 MiB") {
			t.Errorf("%s with a cap of 8 MiB: %s", dir, e.out)
		}
	}
}

func TestTmpfsInodesAreCapped(t *testing.T) {
	e := run(t, attack("inodes", "/tmp", "300000"))
	hits(t, e, spec.LimitDisk)
	if !strings.Contains(e.out, "no space left on device") {
		t.Errorf("got %v", e)
	}
	works(t, attack("inodes", "/tmp", "1000"))
}

// A mount of the Spec's own has its own cap.
func TestTmpfsMountIsCapped(t *testing.T) {
	scratch := mounted(spec.Mount{Type: spec.MountTmpfs, Target: "/scratch", Size: 4 * spec.MiB, Inodes: 100})
	hits(t, run(t, scratch, attack("fill", "/scratch", "64")), spec.LimitDisk)
	hits(t, run(t, scratch, attack("inodes", "/scratch", "1000")), spec.LimitDisk)
	works(t, scratch, attack("fill", "/scratch", "3"))
}

func TestFileSizeLimit(t *testing.T) {
	small := limited(func(l *spec.Limits) { l.FileSize = 1 * spec.MiB })
	hits(t, run(t, small, shell("exec dd if=/dev/zero of=/tmp/f bs=65536 count=64 2>/dev/null")), spec.LimitDisk)
	works(t, small, shell("dd if=/dev/zero of=/tmp/f bs=65536 count=8"))
}

func TestOutputLimit(t *testing.T) {
	capped := limited(func(l *spec.Limits) { l.Output = 1 * spec.MiB })
	e := run(t, capped, attack("yes"))
	hits(t, e, spec.LimitOutput)
	if len(e.out) != 1<<20 {
		t.Errorf("%d bytes were delivered, want exactly the cap", len(e.out))
	}
	fits := works(t, capped, attack("yes", "512"))
	if len(fits.out) != 512<<10 || fits.OutputBytes != 512<<10 {
		t.Errorf("%d bytes were delivered and %d counted, want 512 KiB", len(fits.out), fits.OutputBytes)
	}
}

// Both streams count together, also when they are files.
func TestOutputLimitOnFiles(t *testing.T) {
	f, err := os.CreateTemp("", boxtest.TempPrefix())
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	s := box(t, limited(func(l *spec.Limits) { l.Output = 64 * spec.KiB }), shell(hostile+" yes >&2"))
	r, err := sandbox.Run(t.Context(), s, sandbox.IO{Stdout: f, Stderr: f})
	hits(t, ended{Result: r, fault: err}, spec.LimitOutput)
	if info, err := f.Stat(); err != nil || info.Size() != 64<<10 {
		t.Errorf("the file has %d bytes (%v), want exactly the cap", info.Size(), err)
	}
}

// The cap is exact: one byte more than the limit is over it, the limit itself is not.
func TestOutputLimitIsExact(t *testing.T) {
	capped := limited(func(l *spec.Limits) { l.Output = 10 })
	if e := works(t, capped, shell("printf 1234567890")); e.out != "1234567890" || e.OutputBytes != 10 {
		t.Errorf("got %v", e)
	}
	if e := run(t, capped, shell("printf 12345678901; sleep 10")); e.out != "1234567890" || e.Limit != spec.LimitOutput {
		t.Errorf("got %v", e)
	}
}

// A program that is faster than its end is not spared: the verdict waits for the last byte, on a pipe and on a terminal.
func TestOutputLimitOfProgramThatEnds(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		s := box(t, limited(func(l *spec.Limits) { l.Output = 10 }), shell("printf 12345678901"), func(s *sandbox.Spec) { s.Terminal = terminal })
		for range 20 {
			w, read := drain(t)
			streams := sandbox.IO{Stdout: w, Stderr: w}
			streams.Started = func(b *sandbox.Sandbox) {
				if _, err := b.Attach(nil, w, nil); (err == nil) != terminal {
					t.Errorf("attach: %v", err)
				}
			}
			r, err := sandbox.Run(t.Context(), s, streams)
			w.Close()
			if out := read(); err != nil || r.Limit != spec.LimitOutput || r.Status != spec.LimitHit || r.OutputBytes != 11 || out != "1234567890" {
				t.Fatalf("terminal %v: %+v, %q: %v", terminal, r, out, err)
			}
		}
	}
}
