package terminal

import (
	"time"

	"golang.org/x/sys/unix"
)

// A terminal has no end of file of its own: the line discipline makes one, for
// one read, of the VEOF character. A pipe that has ended gives it to every read.
// So the end of our input is a state: whenever the program has read all there
// is, it gets VEOF again. To a program that reads single characters (a line
// editor, an editor) it is a key, pressed a few times only: once is too little, since
// a key that arrives while the program changes modes becomes a zero byte.
const (
	eofFirstPause = 10 * time.Millisecond
	eofLastPause  = time.Second
	eofKeys       = 3
)

// passEOF returns after stop.
func (in *input) passEOF() {
	keys := eofKeys
	pause := eofFirstPause
	for !in.stopping.Load() {
		if in.giveEOF(&keys) {
			pause = eofFirstPause
		}
		in.pause(pause)
		pause = min(2*pause, eofLastPause)
	}
}

// giveEOF writes VEOF if it is time to, and reports whether it did.
func (in *input) giveEOF(keys *int) bool {
	if !attached(in.master) || !in.consumed() {
		return false
	}
	t, err := unix.IoctlGetTermios(in.master, unix.TCGETS)
	if err != nil {
		return false
	}
	if t.Lflag&unix.ICANON != 0 {
		*keys = eofKeys
	} else if *keys--; *keys < 0 {
		return false
	}
	in.forward(t.Cc[unix.VEOF : unix.VEOF+1])
	return true
}

// consumed reports whether the program's side has nothing to read. A line that
// is not ended does not count: VEOF is what makes it readable.
//
// FACT — since 4.13 (ioctl_tty(2) TIOCGPTPEER) — the program's side can be opened
// through the master, in whatever mount namespace it lives — only that side knows what was
// read — nothing older is supported. Holding it open delays the master's EIO, so it is
// closed at once.
func (in *input) consumed() bool {
	const flags = unix.O_RDWR | unix.O_NOCTTY | unix.O_CLOEXEC | unix.O_NONBLOCK
	fd, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(in.master), unix.TIOCGPTPEER, flags)
	if errno != 0 {
		// EBUSY: the program made it exclusive (TIOCEXCL). Better an EOF too
		// early, after input already in the queue, than none.
		return true
	}
	defer func() { _ = unix.Close(int(fd)) }()
	return !ready(int(fd), unix.POLLIN)
}

// attached reports whether a session has the program's side as its controlling
// terminal: a program is there, even if it has closed all descriptors of it.
//
// FACT — since 2.6.12 (ioctl_tty(2) TIOCGSID) — on a master it names the session of the
// other side, ENOTTY if there is none — all kernels.
func attached(master int) bool {
	_, err := unix.IoctlGetInt(master, unix.TIOCGSID)
	return err == nil
}
