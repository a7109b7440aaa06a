package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
)

const block = 64 << 10

// overPipe sends pieces of a size to a process at the other end of two pipes.
func overPipe(how string, size int) func(string) (once, finish func() error, err error) {
	return func(string) (func() error, func() error, error) {
		there := exec.Command("/proc/self/exe", "peer", how, "-")
		there.Stderr = os.Stderr
		in, err := there.StdinPipe()
		if err != nil {
			return nil, nil, err
		}
		out, err := there.StdoutPipe()
		if err != nil {
			return nil, nil, err
		}
		once, finish := exchange(there, how, size, in, out)
		return once, finish, there.Start()
	}
}

// overTCP does the same over the loopback device.
func overTCP(how string, size int) func(string) (once, finish func() error, err error) {
	return func(string) (func() error, func() error, error) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		defer listener.Close()
		there := exec.Command("/proc/self/exe", "peer", how, listener.Addr().String())
		there.Stderr = os.Stderr
		if err := there.Start(); err != nil {
			return nil, nil, err
		}
		conn, err := listener.Accept()
		if err != nil {
			return nil, nil, err
		}
		once, finish := exchange(there, how, size, conn, conn)
		return once, finish, nil
	}
}

// exchange sends a piece, and if the peer echoes waits for it to come back.
func exchange(there *exec.Cmd, how string, size int, in io.WriteCloser, out io.Reader) (once, finish func() error) {
	piece := make([]byte, size)
	once = func() error {
		if _, err := in.Write(piece); err != nil || how == "drain" {
			return err
		}
		_, err := io.ReadFull(out, piece)
		return err
	}
	finish = func() error {
		if err := in.Close(); err != nil {
			return err
		}
		return there.Wait()
	}
	return once, finish
}

// peer is the process at the other end: it echoes or drains what comes, until it ends.
func peer(how, address string) error {
	in, out := io.Reader(os.Stdin), io.Writer(os.Stdout)
	if address != "-" {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		in, out = conn, conn
	}
	switch how {
	case "drain":
		out = io.Discard
	case "echo":
	default:
		return fmt.Errorf("no peer %q", how)
	}
	_, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, block))
	return err
}
