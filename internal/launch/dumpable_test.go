package launch

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A builder that changes the mark of the memory it shares with us, as a change of id does, leaves it as it was.
func TestDumpableIsRestored(t *testing.T) {
	before := getDumpable()
	defer restoreDumpable(before)
	for _, mark := range []int{0, 1} {
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, uintptr(mark), 0, 0, 0); err != nil {
			t.Fatal(err)
		}
		other := did("mark", made("prctl", count(t, unix.PR_SET_DUMPABLE), count(t, 1-mark)))
		for _, last := range []string{"/bin/true", "/no/such/program"} {
			if proc, err := Start(byHand(other, runs(t, last))); err == nil {
				proc.Reap()
			}
			if got := getDumpable(); got != mark {
				t.Errorf("dumpable was %d, and is %d after the start of %s", mark, got, last)
			}
		}
	}
}
