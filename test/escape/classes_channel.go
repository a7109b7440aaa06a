package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

var channelClasses = []class{
	{n: 26, name: "abstract sockets of the host", wall: "a network namespace of its own", act: "dial", stage: withListener("unix", abstract)},
	{n: 27, name: "sockets in the file system, such as docker.sock", wall: "no such directory is in view (one that you bind is granted)", act: "dial", stage: withListener("unix", inHidden)},
	{n: 28, name: "the session's and the system's bus", wall: "an environment of its own, and no /run", act: "bus", stage: withBus},
	{n: 29, name: "System V memory and message queues", wall: "an IPC namespace of its own", act: "sysv", stage: withSysV},
	{n: 30, name: "/dev/shm of others", wall: "a tmpfs of its own", act: "readany", stage: withShm},
	{n: 31, name: "keyrings of the user", wall: "the filter refuses keyrings; they belong to a user namespace", act: "keyring", stage: withKey,
		absent: map[string]string{"ENOSYS": "this kernel has no keyrings"}},
	{n: 33, name: "locks on a file that both can read", act: "lock", stage: withLock, wall: "none",
		gaps: map[string]string{everywhere: "a lock on a file that you show is seen on both sides: a covert channel between those who want one, as time and load are"}},
	{n: 34, name: "another's process and files, of the same user", wall: "a pid namespace and a view of its own", act: "victim", stage: withVictim},
	{n: 58, name: "past the proxy: TCP, UDP, IPv6 to the host", wall: "a network namespace with a loopback and nothing else", act: "dial", stage: withNetwork},
}

func abstract(s *scene) string { return "@" + s.token }
func inHidden(s *scene) string { return filepath.Join(s.hidden, "socket") }

func withListener(network string, where func(*scene) string) func(*scene) error {
	return func(s *scene) error {
		return s.listen(network, where(s))
	}
}

// listen answers whoever connects, and tells the act where.
func (s *scene) listen(network, address string) error {
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	s.atEnd(func() { l.Close() })
	s.args = append(s.args, network+"/"+l.Addr().String())
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go echo(c)
		}
	}()
	return nil
}

func echo(c net.Conn) {
	defer c.Close()
	letter := make([]byte, 1)
	if _, err := c.Read(letter); err == nil {
		c.Write(letter)
	}
}

func withBus(s *scene) error {
	if err := s.listen("unix", inHidden(s)); err != nil {
		return err
	}
	s.args, s.env = nil, []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=" + inHidden(s)}
	return nil
}

func withNetwork(s *scene) error {
	if err := s.listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	_ = s.listen("tcp", "[::1]:0") // a machine without IPv6 has the others
	p, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.atEnd(func() { p.Close() })
	s.args = append(s.args, "udp/"+p.LocalAddr().String())
	go func() {
		for {
			_, from, err := p.ReadFrom(make([]byte, 16))
			if err != nil {
				return
			}
			p.WriteTo([]byte("x"), from)
		}
	}()
	return nil
}

func withSysV(s *scene) error {
	key := 1 + rand.IntN(1<<30)
	id, err := unix.SysvShmGet(key, 4096, unix.IPC_CREAT|0o666)
	if err != nil {
		return err
	}
	s.atEnd(func() { unix.SysvShmCtl(id, unix.IPC_RMID, nil) })
	if fd, err := openQueue(s.token, unix.O_CREAT|unix.O_RDWR); err == nil {
		unix.Close(fd)
		s.atEnd(func() { unlinkQueue(s.token) })
	}
	s.args = []string{strconv.Itoa(key), s.token}
	return nil
}

func withShm(s *scene) error {
	path, err := s.file("/dev/shm", s.token, secret, 0o644)
	s.atEnd(func() { os.Remove(path) })
	s.args = []string{path}
	return err
}

func withKey(s *scene) error {
	id, err := unix.AddKey("user", s.token, []byte(secret), unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return lacking{"this machine gives no keyring: " + answer(err)}
	}
	s.args = []string{s.token}
	s.atEnd(func() { unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0) })
	return nil
}

func withLock(s *scene) error {
	path, err := s.file(s.shared, "file", secret, 0o644)
	if err != nil {
		return err
	}
	f, err := s.open(path)
	if err != nil {
		return err
	}
	s.args, s.binds = []string{path}, []bind{{src: s.shared}}
	return unix.Flock(int(f.Fd()), unix.LOCK_EX)
}

func withVictim(s *scene) error {
	pid, err := s.neighbour()
	s.args = []string{fmt.Sprint(pid), strings.TrimSpace(s.token)}
	return err
}
