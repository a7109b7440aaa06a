package sandbox

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// notification is struct seccomp_notif, response struct seccomp_notif_resp; linux/seccomp.h.
type notification struct {
	id            uint64
	pid, flags    uint32
	number, audit uint32
	_             uint64 // the instruction pointer
	arguments     [6]uint64
}

type response struct {
	id     uint64
	result int64
	errno  int32
	flags  uint32
}

// respondContinue lets the call go on; since Linux 5.5.
const respondContinue = 1

// The requests; linux/seccomp.h, the same on all our machines.
const (
	requestReceive = 0xc0502100
	requestSend    = 0xc0182101
	requestValid   = 0x40082102
)

func (n *Notice) receive() error {
	var raw notification
	if err := request(n.listener, requestReceive, unsafe.Pointer(&raw)); err != nil {
		return err
	}
	n.id, n.PID, n.Number, n.Audit, n.Arguments = raw.id, int(raw.pid), raw.number, raw.audit, raw.arguments
	return nil
}

func (n *Notice) send(r *response) error {
	return request(n.listener, requestSend, unsafe.Pointer(r))
}

func (n *Notice) valid() error { return request(n.listener, requestValid, unsafe.Pointer(&n.id)) }

// request is an ioctl that keeps the listener open meanwhile.
func request(listener *os.File, what uintptr, argument unsafe.Pointer) error {
	conn, err := listener.SyscallConn()
	if err != nil {
		return err
	}
	var errno syscall.Errno
	err = conn.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, what, uintptr(argument))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}
