package host

import (
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestHardLimitsAreThoseThatEnd(t *testing.T) {
	var got map[int64]uint64
	ask(t, "limits", &got, "sh", "-c", `ulimit -n 100 && exec "$0"`)
	if got[unix.RLIMIT_NOFILE] != 100 {
		t.Errorf("open files: got %d, want 100", got[unix.RLIMIT_NOFILE])
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &r); err != nil {
		t.Fatal(err)
	}
	if v, listed := got[unix.RLIMIT_FSIZE]; listed != (r.Max != unix.RLIM_INFINITY) {
		t.Errorf("file size: listed %v with %d, and ours is %d", listed, v, r.Max)
	}
}

// A process started by nohup, or by a daemon that ignores signals, is to know
// it, and what it ignores itself as well. Go's runtime leaves alone what it
// found for these three; for XFSZ it puts a handler, which no program inherits.
func TestIgnoredSignalsAreInheritedAndOwn(t *testing.T) {
	var got []int
	ask(t, "ignored", &got, "sh", "-c", `trap '' HUP INT TTOU XFSZ; exec "$0"`)
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTTOU, syscall.SIGUSR2} {
		if !slices.Contains(got, int(s)) {
			t.Errorf("%v is missing in %v", s, got)
		}
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGXFSZ} {
		if slices.Contains(got, int(s)) {
			t.Errorf("%v is in %v", s, got)
		}
	}
}

// What a process ignores besides is what its parent did.
func TestNothingElseIsIgnored(t *testing.T) {
	want := append(Ignored(), int(syscall.SIGUSR2))
	slices.Sort(want)
	var got []int
	ask(t, "ignored", &got)
	if !slices.Equal(got, slices.Compact(want)) {
		t.Errorf("got %v, want %v", got, want)
	}
}
