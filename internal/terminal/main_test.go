package terminal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// The test binary plays the launcher when this variable names a role.
const roleVariable = "BULKHEAD_TERMINAL_ROLE"

var roles = map[string]func(args []string) int{
	"launcher":         launcher,
	"silent":           silentLauncher,
	"handler":          handlingLauncher,
	"panic":            panickingLauncher,
	"panic-elsewhere":  panickingHandler,
	"share-foreground": func(args []string) int { return sharer(args, true) },
	"lose-foreground":  func(args []string) int { return sharer(args, false) },
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(roles[role](os.Args[1:]))
	}
	os.Exit(m.Run())
}

// play starts args on a terminal of their own and relays it, as `bulkhead run -t` does.
func play(args []string, stdin *os.File, finish func(*Relay, *exec.Cmd) int, options ...Option) int {
	master, program := openPTY()
	if model := Model(stdin, os.Stdout); model != nil {
		if err := Prepare(master, model); err != nil {
			return complain(err)
		}
	}
	relay, err := Start(master, stdin, os.Stdout, options...)
	if err != nil {
		return complain(err)
	}
	defer relay.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), roleVariable+"=", "PS1=inner> ", "TERM=dumb")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		return complain(err)
	}
	program.Close()
	return finish(relay, cmd)
}

func complain(err error) int {
	fmt.Fprintf(os.Stderr, "launcher: %v\r\n", err)
	return 125
}

// ended waits for the program, then for its output.
func ended(relay *Relay, cmd *exec.Cmd) int {
	outputEnded := make(chan error, 1)
	go func() { outputEnded <- relay.Wait() }()
	err := cmd.Wait()
	if relayErr := relay.Drain(); relayErr != nil {
		complain(relayErr)
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode()
	case errors.As(err, &exit):
		return 128 + int(exit.Sys().(syscall.WaitStatus).Signal())
	}
	return complain(err)
}

func launcher(args []string) int { return play(args, os.Stdin, ended) }

func silentLauncher(args []string) int { return play(args, nil, ended) }

// handlingLauncher passes signals on to the program, and stays.
func handlingLauncher(args []string) int {
	var cmd *exec.Cmd
	started := make(chan struct{})
	return play(args, os.Stdin, func(r *Relay, c *exec.Cmd) int {
		cmd = c
		close(started)
		return ended(r, c)
	}, OnSignal(func(sig os.Signal) {
		<-started
		_ = cmd.Process.Signal(sig)
	}))
}

// panickingLauncher panics where Close is deferred.
func panickingLauncher(args []string) int {
	return play(args, os.Stdin, func(_ *Relay, c *exec.Cmd) int {
		_ = c.Wait()
		panic("on purpose")
	})
}

// panickingHandler panics in a goroutine of the relay.
func panickingHandler(args []string) int {
	return play(args, os.Stdin, ended, OnSignal(func(os.Signal) { panic("on purpose") }))
}

// sharer runs a program on the caller's own terminal, as `bulkhead run` without -t does.
func sharer(args []string, restore bool) int {
	front := HoldForeground(os.Stdin)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), roleVariable+"=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if restore {
		front.Restore()
	}
	if err != nil {
		return complain(err)
	}
	return 0
}
