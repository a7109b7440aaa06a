package terminal

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Prepare makes a new pseudo-terminal like the caller's: its size, its special
// characters (which key erases, interrupts ...) and whether it edits UTF-8. Call
// it before the program starts, since a program may have its own idea later.
// Without a terminal among stdin and stdout it gets 80 columns and 24 rows.
func Prepare(master, stdin, stdout *os.File) error {
	size, _ := SizeOf(stdin, stdout)
	if err := Resize(master, size); err != nil {
		return err
	}
	like := stdin
	if !IsTerminal(like) {
		like = stdout
	}
	if !IsTerminal(like) {
		return nil
	}
	return copyCharacters(descriptor(master), descriptor(like))
}

// copyCharacters leaves VMIN and VTIME, which are no characters, and all other
// settings as the kernel made them: the caller's may be raw, or without echo.
func copyCharacters(to, from int) error {
	theirs, err := unix.IoctlGetTermios(from, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the settings of the caller's terminal: %w", err)
	}
	// FACT — since 2.6.12 (ioctl_tty(2), drivers/tty/tty_ioctl.c tty_mode_ioctl) — termios
	// calls on a pty master act on the program's side — no need to open that — all kernels.
	ours, err := unix.IoctlGetTermios(to, unix.TCGETS)
	if err != nil {
		return fmt.Errorf("read the settings of the new pseudo-terminal: %w", err)
	}
	minimum, time := ours.Cc[unix.VMIN], ours.Cc[unix.VTIME]
	ours.Cc = theirs.Cc
	ours.Cc[unix.VMIN], ours.Cc[unix.VTIME] = minimum, time
	ours.Iflag = ours.Iflag&^unix.IUTF8 | theirs.Iflag&unix.IUTF8
	if err := unix.IoctlSetTermios(to, unix.TCSETS, ours); err != nil {
		return fmt.Errorf("set the settings of the new pseudo-terminal: %w", err)
	}
	return nil
}
