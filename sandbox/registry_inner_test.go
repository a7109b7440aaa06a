package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// leftover makes a directory as one that ended long ago left it.
func leftover(t *testing.T, name string) string {
	t.Helper()
	base, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	long := time.Now().Add(-time.Minute)
	if err := os.Chtimes(dir, long, long); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Of several that want the name of one that has ended, one gets it.
func TestOneOfManyGetsAName(t *testing.T) {
	name := boxtest.NamePrefix() + "many"
	for range 50 {
		leftover(t, name)
		var winners atomic.Int32
		var all, losers sync.WaitGroup
		losers.Add(7)
		for range 8 {
			all.Go(func() {
				switch _, lock, err := claim(name); {
				case err == nil:
					defer lock.Close()
					winners.Add(1)
					losers.Wait()
				case !errors.As(err, new(*Error)):
					t.Error(err)
					losers.Done()
				default:
					losers.Done()
				}
			})
		}
		all.Wait()
		if n := winners.Load(); n != 1 {
			t.Fatalf("%d sandboxes have one name", n)
		}
	}
}

// Whoever ends late does not take the name away from its next owner, who has no record yet.
func TestUnregisterLeavesTheNextOwner(t *testing.T) {
	name := boxtest.NamePrefix() + "next"
	leftover(t, name)
	late := &Sandbox{id: "late"}
	dir, lock, err := claim(name)
	if err != nil {
		t.Fatal(err)
	}
	late.reg.dir = dir
	late.unregister()
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("the next owner's entry is gone: %v", err)
	}
	next := &Sandbox{id: "next", reg: registration{dir: dir, lock: lock}}
	next.unregister()
	if _, err := os.Stat(dir); err == nil {
		t.Error("its own entry is left")
	}
}

// A clock that was set back makes no entry last for ever.
func TestClaimFromTheFutureIsStale(t *testing.T) {
	dir := leftover(t, claimPrefix+boxtest.NamePrefix()+"future")
	later := time.Now().Add(24 * time.Hour)
	if err := os.Chtimes(dir, later, later); err != nil {
		t.Fatal(err)
	}
	if !stale(dir) {
		t.Error("it would never be collected")
	}
}

// A file that is no record is none, whatever JSON it holds.
func TestRecordThatIsNone(t *testing.T) {
	dir := leftover(t, boxtest.NamePrefix()+"none")
	for _, text := range []string{"{}", "null", "", "[]", `{"pid":1}`} {
		if err := os.WriteFile(filepath.Join(dir, recordFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ListAll(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if _, err := readRecord(dir); err == nil {
			t.Errorf("%q was taken for a record", text)
		}
	}
}

// A lock that is given up is free, although a child that is on its way to its
// exec has a copy of the descriptor; and who only looks for a moment is waited for.
func TestLocksGoWithTheirOwner(t *testing.T) {
	dir := leftover(t, "locked-"+newID())
	lock, err := lockDir(dir, unix.LOCK_EX)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := unix.FcntlInt(lock.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(copied)
	unlock(lock)
	looks, err := lockDir(dir, unix.LOCK_SH)
	if err != nil {
		t.Fatalf("the copy still locks: %v", err)
	}
	go func() { time.Sleep(5 * time.Millisecond); unlock(looks) }()
	lock, err = lockSoon(dir)
	if err != nil {
		t.Fatalf("not after the one who looked: %v", err)
	}
	unlock(lock)
}
