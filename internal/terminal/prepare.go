package terminal

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Model is the caller's terminal, whose ways a program's own takes over: the
// first of stdin and stdout that is one, or nil.
func Model(stdin, stdout *os.File) *os.File {
	for _, f := range [...]*os.File{stdin, stdout} {
		if IsTerminal(f) {
			return f
		}
	}
	return nil
}

// Settings are those for a new pseudo-terminal like model: its special
// characters (which key erases, interrupts ...) and whether it edits UTF-8. The
// rest is as the kernel makes it: the caller's may be raw, or without echo.
func Settings(model *os.File) (*unix.Termios, error) {
	// FACT — always (drivers/tty/pty.c unix98_pty_init, include/linux/tty.h INIT_C_CC) — a new
	// pseudo-terminal begins like this — so it can be set up by one call, before a program has it.
	fresh := unix.Termios{
		Iflag: unix.ICRNL | unix.IXON,
		Oflag: unix.OPOST | unix.ONLCR,
		Cflag: unix.B38400 | unix.CS8 | unix.CREAD,
		Lflag: unix.ISIG | unix.ICANON | unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ECHOCTL | unix.ECHOKE | unix.IEXTEN,
	}
	fresh.Cc[unix.VMIN] = 1
	return &fresh, copyCharacters(&fresh, model)
}

// Prepare makes a pseudo-terminal that exists already like model. A program may
// have its own idea by then: where the model is known before, set Settings instead.
func Prepare(master, model *os.File) error {
	// FACT — since 2.6.12 (ioctl_tty(2), drivers/tty/tty_ioctl.c tty_mode_ioctl) — termios
	// calls on a pty master act on the program's side — no need to open that — all kernels.
	fd := descriptor(master)
	ours, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the settings of the new pseudo-terminal: %w", err)
	}
	if err := copyCharacters(ours, model); err != nil {
		return err
	}
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, ours); err != nil {
		return fmt.Errorf("set the settings of the new pseudo-terminal: %w", err)
	}
	return nil
}

// copyCharacters leaves VMIN and VTIME, which are no characters.
func copyCharacters(ours *unix.Termios, model *os.File) error {
	theirs, err := unix.IoctlGetTermios(descriptor(model), unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the settings of the caller's terminal: %w", err)
	}
	minimum, time := ours.Cc[unix.VMIN], ours.Cc[unix.VTIME]
	ours.Cc = theirs.Cc
	ours.Cc[unix.VMIN], ours.Cc[unix.VTIME] = minimum, time
	ours.Iflag = ours.Iflag&^unix.IUTF8 | theirs.Iflag&unix.IUTF8
	return nil
}
