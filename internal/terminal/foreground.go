package terminal

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Foreground remembers that our process group was the one that may read a
// terminal, so that it can take that right back from a dead one.
type Foreground struct {
	file *os.File // nil: nothing to restore
	fd   int
	pgrp int
}

// HoldForeground notes whether we are in the foreground of f now. A nil f, one
// that is no terminal or not our controlling one, is fine: there is nothing to
// restore. The caller keeps f open.
func HoldForeground(f *os.File) Foreground {
	if f == nil {
		return Foreground{}
	}
	fd := descriptor(f)
	pgrp, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil || pgrp != unix.Getpgrp() {
		return Foreground{}
	}
	return Foreground{f, fd, pgrp}
}

// Restore gives the terminal back to our process group when the group that has
// it now is dead: a job-control shell that shared our terminal and has ended
// leaves it so, and the script around us would be stopped by SIGTTIN at its next
// read. A living group keeps it: a shell that put us into the background.
func (h Foreground) Restore() {
	if h.file == nil {
		return
	}
	now, err := unix.IoctlGetInt(h.fd, unix.TIOCGPGRP)
	if err != nil || now == h.pgrp || unix.Kill(-now, 0) != unix.ESRCH {
		return
	}
	withSignalBlocked(unix.SIGTTOU, func() {
		// A failure leaves the terminal as it was, and there is nobody to tell.
		_ = unix.IoctlSetPointerInt(h.fd, unix.TIOCSPGRP, h.pgrp)
	})
}

// inForeground reports whether job control lets us read and set fd now. A
// terminal that is not our controlling one knows no job control for us.
func inForeground(fd int) bool {
	pgrp, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err != nil || pgrp == unix.Getpgrp()
}

// withSignalBlocked runs do on a thread that does not get sig.
//
// FACT — since 2.6.12 (drivers/tty/tty_jobctrl.c, __tty_check_change) — a thread that
// blocks SIGTTOU may set a terminal from the background, and one that blocks SIGTTIN
// gets EIO from a read there: no process of our group is stopped — nothing older is supported.
func withSignalBlocked(sig syscall.Signal, do func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old unix.Sigset_t
	set := signalSet(sig)
	// It fails for a wrong first argument only.
	_ = unix.PthreadSigmask(unix.SIG_BLOCK, &set, &old)
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil) }()
	do()
}

func signalSet(sig syscall.Signal) unix.Sigset_t {
	var set unix.Sigset_t
	set.Val[0] = 1 << (uint(sig) - 1)
	return set
}
