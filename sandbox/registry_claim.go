package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// claimPrefix begins the names of directories that do not have their own yet; no sandbox has one like it.
const claimPrefix = ".claim-"

// claim takes a name, so that no other running sandbox has it. Until a record
// says whose it is, the lock on its directory does, which the kernel takes from
// a launcher that dies. So that none is ever there without its lock, the directory gets the name when it is locked.
func claim(name string) (dir string, lock *os.File, err error) {
	base, err := Dir()
	if err != nil {
		return "", nil, err
	}
	temp := filepath.Join(base, claimPrefix+newID())
	if err := os.Mkdir(temp, 0o700); err != nil {
		return "", nil, &Error{Kind: HostLacks, Op: "make", Object: temp, Err: plain(err)}
	}
	if lock, err = lockDir(temp, unix.LOCK_EX); err == nil {
		dir = filepath.Join(base, name)
		if err = moveTo(temp, dir); err == nil {
			return dir, lock, nil
		}
		unlock(lock)
	}
	_ = os.Remove(temp)
	if errors.Is(err, unix.EEXIST) {
		return "", nil, &Error{Kind: Mistake, Op: "name a sandbox", Object: name, Err: errors.New("one of that name is running"),
			Hint: "choose another name, or end it first: bulkhead stop " + name}
	}
	return "", nil, &Error{Kind: HostLacks, Op: "make", Object: filepath.Join(base, name), Err: plain(err)}
}

// moveTo gives a directory its name, also in the place of one that is left over.
func moveTo(temp, dir string) error {
	err := unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, dir, unix.RENAME_NOREPLACE)
	if err != unix.EEXIST {
		return err
	}
	if removed, err := removeStale(dir); err != nil {
		return err
	} else if !removed {
		return unix.EEXIST
	}
	return unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, dir, unix.RENAME_NOREPLACE)
}

// lockDir opens and locks a directory; it does not wait. Between the two it may
// have been removed and its name have got another owner: the lock is then on what is gone.
func lockDir(dir string, how int) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), how|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	mine, err := f.Stat()
	if err == nil {
		var named os.FileInfo
		if named, err = os.Lstat(dir); err == nil && !os.SameFile(mine, named) {
			err = unix.ESTALE
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// unlock gives a lock up.
//
// FACT — always (flock(2)) — a lock lasts until it is given up or the last copy
// of its descriptor is closed — children of ours that have not got to their exec have such copies.
func unlock(f *os.File) {
	if f != nil {
		_ = unix.Flock(int(f.Fd()), unix.LOCK_UN) // it cannot fail for a descriptor that is open
		f.Close()
	}
}

// patience is how long somebody who only looks may hold a lock up.
const patience = 50 * time.Millisecond

// lockSoon is lockDir, alone and with some patience.
func lockSoon(dir string) (*os.File, error) {
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		f, err := lockDir(dir, unix.LOCK_EX)
		if err != unix.EWOULDBLOCK || time.Since(began) >= patience {
			return f, err
		}
	}
}

// stale tells whether a directory is left over from a sandbox that has ended.
func stale(dir string) bool {
	lock, err := lockDir(dir, unix.LOCK_SH)
	if err != nil {
		return false // somebody is making it, or removing it
	}
	defer unlock(lock)
	return leftOver(dir)
}

// removeStale removes a directory that is left over. Nobody can take the name meanwhile, nor remove what he puts there.
func removeStale(dir string) (removed bool, err error) {
	lock, err := lockSoon(dir)
	if err != nil {
		return false, nil
	}
	defer unlock(lock)
	if !leftOver(dir) {
		return false, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return false, &Error{Kind: HostLacks, Op: "remove", Object: dir, Err: plain(err)}
	}
	return true, nil
}

// fresh is how long a directory without a name may be waiting for its lock.
const fresh = 10 * time.Second

// leftOver tells it of a directory that nobody else has locked: one without a record is nobody's.
func leftOver(dir string) bool {
	if supervised(dir) {
		return false
	}
	r, err := readRecord(dir)
	if err == nil {
		return r.PIDNamespace == pidNamespace() && !r.alive()
	}
	if !strings.HasPrefix(filepath.Base(dir), claimPrefix) {
		return true
	}
	info, err := os.Stat(dir)
	return err == nil && time.Since(info.ModTime()).Abs() > fresh // in the future if the clock was set back
}
