package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// trace takes hold of another process: as its tracer, or by its memory.
func trace(pids []string) error {
	return first(pids, func(pid string) error {
		var n int
		if _, err := fmt.Sscan(pid, &n); err != nil {
			return err
		}
		if err := unix.PtraceSeize(n); err == nil {
			return nil
		}
		return openWrite([]string{"/proc/" + pid + "/mem"})
	})
}

// victim looks for the process with that number and that word among its arguments, and signals it (with nothing).
func victim(a []string) error {
	var n int
	if _, err := fmt.Sscan(a[0], &n); err != nil {
		return err
	}
	text, err := os.ReadFile("/proc/" + a[0] + "/cmdline")
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), a[1]) {
		return syscall.ESRCH
	}
	return unix.Kill(n, 0)
}

// dial connects to one of the addresses, written NETWORK/ADDRESS, and gets an answer from it.
func dial(a []string) error {
	return first(a, func(one string) error {
		network, address, _ := strings.Cut(one, "/")
		c, err := net.DialTimeout(network, address, time.Second)
		if err != nil {
			return err
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Second))
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		_, err = c.Read(make([]byte, 1))
		return err
	})
}

// bus connects to the buses that desktop and system programs obey.
func bus([]string) error {
	var addresses []string
	if path, ok := strings.CutPrefix(os.Getenv("DBUS_SESSION_BUS_ADDRESS"), "unix:path="); ok {
		addresses = append(addresses, "unix/"+path)
	}
	return dial(append([]string{"unix//run/dbus/system_bus_socket"}, addresses...))
}

// sysv looks for the host's shared memory and message queue.
func sysv(a []string) error {
	var key int
	if _, err := fmt.Sscan(a[0], &key); err != nil {
		return err
	}
	_, err := sharedMemory(key, 4096, 0)
	if err == nil {
		return nil
	}
	if fd, e := openQueue(a[1], unix.O_RDONLY); e == nil {
		return unix.Close(fd)
	}
	return err
}

func keyring(a []string) error { return findKey(a[0]) }

// socket makes one of a family that no namespace holds.
func socket([]string) error {
	fd, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// lock asks whether the host holds a lock on a file that both can read: a bit from one to the other.
func lock(a []string) error {
	f, err := os.Open(a[0])
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return nil
	}
	return errors.New("no lock is seen")
}
