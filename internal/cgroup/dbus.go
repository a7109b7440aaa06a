package cgroup

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A D-Bus client of a size that suits one call (D-Bus Specification, 0.43). A
// full one costs every program that links it start-up time, and needs package net.

// bus is a connection. All that is done on it must be done by its deadline: a
// peer that answers in drops, or sends other messages for ever, gets no more time than a silent one.
type bus struct {
	fd       int
	serial   uint32
	deadline time.Time
}

func (b *bus) Read(p []byte) (int, error) {
	n, err := b.inTime(syscall.SO_RCVTIMEO, func() (int, error) { return syscall.Read(b.fd, p) })
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return max(n, 0), err
}

func (b *bus) Write(p []byte) (int, error) {
	n, err := b.inTime(syscall.SO_SNDTIMEO, func() (int, error) { return syscall.Write(b.fd, p) })
	return max(n, 0), err
}

// inTime does a call that waits for the peer, in what is left of the time.
func (b *bus) inTime(option int, call func() (int, error)) (int, error) {
	left := time.Until(b.deadline)
	if left <= 0 {
		return 0, errNoAnswer
	}
	tv := syscall.NsecToTimeval(int64(max(left, time.Millisecond))) // 0 would be for ever
	if err := syscall.SetsockoptTimeval(b.fd, syscall.SOL_SOCKET, option, &tv); err != nil {
		return 0, err
	}
	n, err := again(call)
	if err == syscall.EAGAIN {
		err = errNoAnswer
	}
	return n, err
}

var errNoAnswer = errors.New("no answer in time")

func (b *bus) close() { syscall.Close(b.fd) }

// dialBus connects to a bus's or service's socket and says who we are: the
// kernel vouches for the uid.
func dialBus(ctx context.Context, socket string) (*bus, error) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	b := &bus{fd: fd, deadline: time.Now().Add(patience)}
	if deadline, ok := ctx.Deadline(); ok {
		b.deadline = deadline
	}
	if err := b.hello(socket); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *bus) hello(socket string) error {
	// FACT — always (unix(7), SO_SNDTIMEO) — connect waits while the listener's queue is full.
	if _, err := b.inTime(syscall.SO_SNDTIMEO, func() (int, error) {
		return 0, syscall.Connect(b.fd, &syscall.SockaddrUnix{Name: socket})
	}); err != nil {
		return err
	}
	uid := hex.EncodeToString([]byte(strconv.Itoa(syscall.Geteuid())))
	if _, err := b.Write([]byte("\x00AUTH EXTERNAL " + uid + "\r\n")); err != nil {
		return err
	}
	answer, err := b.line()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(answer, "OK ") {
		return errors.New("it does not accept us: " + quote(answer))
	}
	_, err = b.Write([]byte("BEGIN\r\n"))
	return err
}

// line reads a line of the text that precedes the messages, byte by byte: what follows is not text.
func (b *bus) line() (string, error) {
	var text []byte
	for len(text) < 512 {
		var one [1]byte
		if _, err := b.Read(one[:]); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			break
		}
		text = append(text, one[0])
	}
	return strings.TrimSuffix(string(text), "\r"), nil
}

// target is what a call is for.
type target struct{ destination, path, iface, method string }

// call sends a message and waits for its answer; other messages are passed over.
func (b *bus) call(to target, signature string, body []byte) error {
	b.serial++
	if _, err := b.Write(encodeCall(to, b.serial, signature, body)); err != nil {
		return err
	}
	for {
		m, err := readMessage(b)
		if err != nil {
			return err
		}
		if m.replyTo == b.serial {
			return m.err()
		}
	}
}
