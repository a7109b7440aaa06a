package terminal

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"
)

// modes keeps the settings of the caller's terminal: what it had, and the raw
// mode that we gave it. All its methods may be called at any time, also twice;
// they do nothing when the input is no terminal (fd < 0).
type modes struct {
	fd int

	mu      sync.Mutex
	saved   unix.Termios // what the caller had
	raw     unix.Termios // what the kernel made of our raw mode
	claimed bool         // raw was set and saved was not put back
	stopped bool         // we are about to stop: no claim until allow
	ended   bool         // no claim any more
}

// claim sets raw mode if we are in the foreground.
func (m *modes) claim() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fd < 0 || m.stopped || m.ended || !inForeground(m.fd) {
		return nil
	}
	now, err := unix.IoctlGetTermios(m.fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the settings of the terminal on stdin: %w", err)
	}
	if m.claimed && *now == m.raw {
		return nil
	}
	// What we find and did not set is the caller's, also after a stop during
	// which a shell used the terminal.
	m.saved = *now
	return m.setRaw()
}

func (m *modes) setRaw() error {
	wanted := makeRaw(m.saved)
	// TCSETS: TCSETSF would throw away what was typed ahead, and TCSETSW could
	// wait for ever on a terminal whose other side does not read.
	if err := unix.IoctlSetTermios(m.fd, unix.TCSETS, &wanted); err != nil {
		return fmt.Errorf("set raw mode on the terminal on stdin: %w", err)
	}
	m.claimed = true
	m.raw = wanted
	if got, err := unix.IoctlGetTermios(m.fd, unix.TCGETS); err == nil {
		m.raw = *got
	}
	return nil
}

// pause puts the caller's settings back and forbids claim until allow.
func (m *modes) pause() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
	m.release()
}

// end puts the caller's settings back for good.
func (m *modes) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ended = true
	m.release()
}

func (m *modes) release() {
	if !m.claimed || !m.ours() {
		return
	}
	withSignalBlocked(unix.SIGTTOU, func() {
		// It fails when the terminal has gone: nothing to restore then.
		_ = unix.IoctlSetTermios(m.fd, unix.TCSETS, &m.saved)
	})
	m.claimed = false
}

// ours reports whether the settings are still for us to change: from the
// background only if nobody has changed them since.
func (m *modes) ours() bool {
	if inForeground(m.fd) {
		return true
	}
	now, err := unix.IoctlGetTermios(m.fd, unix.TCGETS)
	return err == nil && *now == m.raw
}

// allow ends a pause.
func (m *modes) allow() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = false
}

// makeRaw is cfmakeraw(3): all bytes pass, unchanged, at once. IUTF8 stays.
func makeRaw(t unix.Termios) unix.Termios {
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN] = 1
	t.Cc[unix.VTIME] = 0
	return t
}
