package sandbox_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// connector is a supervisor that connects a program's TCP sockets, to listed addresses only.
//
// It never lets the program's own connect happen: the kernel would read the address from the
// program's memory again, where another thread may have written a different one by then.
type connector struct {
	allowed []netip.AddrPort
}

// connectorRules leave no other way to a peer. Only TCP sockets can be made, since UDP needs no connect;
// MSG_FASTOPEN connects by sending. (io_uring, which could connect past any filter, policy default refuses.)
var connectorRules = []string{
	"allow socket((domain == AF_INET || domain == AF_INET6) && type & 0xf == SOCK_STREAM && (protocol == 0 || protocol == IPPROTO_TCP))",
	"errno EAFNOSUPPORT socket",
	"deny sendto(flags & MSG_FASTOPEN) sendmsg(flags & MSG_FASTOPEN) sendmmsg(u32(arg3) & MSG_FASTOPEN)",
	"notify connect",
}

// serve answers until the program has ended. Each call gets a goroutine, because a peer may let one wait;
// all are waited for, so that the listener can be closed then.
func (c *connector) serve(listener *os.File) error {
	var answers sync.WaitGroup
	defer answers.Wait()
	for {
		n, err := sandbox.ReadNotice(listener)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		answers.Go(func() { c.answer(n) })
	}
}

func (c *connector) answer(n *sandbox.Notice) {
	if err := c.connect(n); err != nil {
		errno, _ := errors.AsType[syscall.Errno](err)
		_ = n.Refuse(max(errno, 1)) // whoever does not wait any more needs no answer
		return
	}
	_ = n.Return(0)
}

// connect judges a copy of the address, and connects the program's socket to that copy.
func (c *connector) connect(n *sandbox.Notice) error {
	to, err := addressOf(n)
	if err != nil {
		return err
	}
	if !slices.Contains(c.allowed, to) {
		return syscall.EACCES
	}
	socket, err := descriptorOf(n, int(int32(n.Arguments[0])))
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	return unix.Connect(socket, sockaddr(to))
}

// addressOf copies the address out of the program's memory, once. A number may be another process's
// by now: what was read counts only if the thread still waits afterwards.
func addressOf(n *sandbox.Notice) (netip.AddrPort, error) {
	raw := make([]byte, min(n.Arguments[2]&0xffffffff, 28))
	remote := []unix.RemoteIovec{{Base: uintptr(n.Arguments[1]), Len: len(raw)}}
	local := []unix.Iovec{{}}
	if len(raw) < 16 {
		return netip.AddrPort{}, syscall.EINVAL
	}
	local[0].Base = &raw[0]
	local[0].SetLen(len(raw))
	read, err := unix.ProcessVMReadv(n.PID, local, remote, 0)
	switch {
	case !n.Valid():
		return netip.AddrPort{}, syscall.ESRCH
	case err != nil:
		return netip.AddrPort{}, err
	}
	return parseAddress(raw[:read])
}

// parseAddress reads a struct sockaddr_in or sockaddr_in6. No other family: to connect a path
// in the supervisor would be to connect as the supervisor.
func parseAddress(raw []byte) (netip.AddrPort, error) {
	family, port := binary.NativeEndian.Uint16(raw), binary.BigEndian.Uint16(raw[2:])
	switch {
	case family == unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(raw[4:8])), port), nil
	case family == unix.AF_INET6 && len(raw) >= 24:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(raw[8:24])), port), nil
	}
	return netip.AddrPort{}, syscall.EAFNOSUPPORT
}

func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
}

// descriptorOf takes a copy of one of the program's descriptors; since Linux 5.6.
func descriptorOf(n *sandbox.Notice, fd int) (int, error) {
	leader, err := leaderOf(n.PID)
	if err != nil {
		return -1, err
	}
	process, err := unix.PidfdOpen(leader, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(process)
	if !n.Valid() { // or it is a stranger who has this number now
		return -1, syscall.ESRCH
	}
	return unix.PidfdGetfd(process, fd, 0)
}

// leaderOf is the process of a thread: before Linux 6.9 no other thread has a pidfd.
func leaderOf(thread int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	_, rest, _ := strings.Cut(string(text), "\nTgid:")
	number, _, _ := strings.Cut(rest, "\n")
	leader, mistake := strconv.Atoi(strings.TrimSpace(number))
	return leader, errors.Join(err, mistake)
}

// connectingProgram serves on two ports of its loopback, and tries to connect to both, and by other ways.
const connectingProgram = `
import socket
def attempt(name, f):
    try: print(name, f() or "ok", flush=True)
    except OSError as e: print(name, e.strerror, flush=True)
servers = []
for port in 8001, 8002:
    servers.append(socket.create_server(("127.0.0.1", port)))
for port in 8001, 8002:
    attempt(port, lambda: socket.create_connection(("127.0.0.1", port)) and None)
attempt("unused", lambda: socket.create_connection(("127.0.0.1", 8003)) and None)
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM) and None)
import threading
thread = threading.Thread(target=lambda: attempt("thread", lambda: socket.create_connection(("127.0.0.1", 8001)) and None))
thread.start(); thread.join()
attempt("unix", lambda: socket.socket(socket.AF_UNIX) and None)
attempt("path", lambda: socket.socket(socket.AF_INET).connect_ex(("127.0.0.1", 8002)) == 13 and "refused")
attempt("fastopen", lambda: socket.socket().sendto(b"x", 0x20000000, ("127.0.0.1", 8002)) and None)
s = servers[0].accept()[0]
attempt("accepted", lambda: s.getpeername()[0])
`

// TestConnectSupervisor lets a program reach the listed addresses, by the supervisor's hand.
func TestConnectSupervisor(t *testing.T) {
	boxtest.RequireUserns(t)
	boxtest.RequireProgram(t, "python3")
	receive, output, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer receive.Close()
	s, _ := spec.Profile("default")
	s.Command = []string{"python3", "-c", connectingProgram}
	s.Seccomp.Rules = connectorRules
	box, err := sandbox.Start(context.Background(), &s, sandbox.IO{Stdout: output, Stderr: output})
	output.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer box.Listener().Close()
	c := connector{allowed: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8001"), netip.MustParseAddrPort("127.0.0.1:8003")}}
	if err := c.serve(box.Listener()); err != nil {
		t.Error(err)
	}
	text, _ := io.ReadAll(receive)
	if _, err := box.Wait(); err != nil {
		t.Error(err)
	}
	want := []string{"8001 ok", "8002 Permission denied", "unused Connection refused", "udp Address family not supported by protocol",
		"thread ok", "unix Address family not supported by protocol", "path refused", "fastopen Operation not permitted", "accepted 127.0.0.1"}
	if got := strings.Split(string(bytes.TrimSpace(text)), "\n"); !slices.Equal(got, want) {
		t.Errorf("it printed\n%s\nwant\n%s", text, strings.Join(want, "\n"))
	}
}
