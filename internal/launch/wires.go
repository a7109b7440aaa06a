package launch

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// wires are the descriptors between the launcher and the sandbox. The inner
// ends are numbered from 64 up, out of the way of the low numbers that the
// builder and the program rearrange.
type wires struct {
	status, terminal *os.File
	inner            []int
	outer            []*os.File
	socket           int
	maps             *mapWriter
}

const innermost = 64

// high moves a descriptor out of the way.
func high(fd int) (int, error) {
	moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, innermost)
	unix.Close(fd)
	if err != nil {
		return -1, &FDError{"duplicate descriptor", err}
	}
	return moved, nil
}

// life is the pipe that tells a builder whether we still live: only we hold its write end.
var life = sync.OnceValues(func() ([2]int, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return p, &FDError{"pipe2", err}
	}
	for i := range p {
		moved, err := high(p[i])
		if err != nil {
			return p, err
		}
		p[i] = moved
	}
	return p, nil
})

// newWires makes what the plan needs and fills the cells.
func newWires(p *plan.Plan, cells []uintptr) (*wires, error) {
	w := &wires{socket: -1}
	lifeline, err := life()
	if err != nil {
		return nil, err
	}
	store(cells[plan.CellLife], int32(lifeline[0]))
	store(cells[plan.CellLifeWrite], int32(lifeline[1]))
	if p.Init {
		if err := w.statusPipe(cells); err != nil {
			return nil, err
		}
	}
	if p.Terminal {
		if err := w.terminalSocket(cells); err != nil {
			w.closeInner()
			w.closeOuter()
			return nil, err
		}
	}
	if p.Maps != nil {
		if err := w.mapPipes(p, cells); err != nil {
			w.closeInner()
			w.closeOuter()
			return nil, err
		}
	}
	return w, nil
}

func (w *wires) statusPipe(cells []uintptr) error {
	fd, err := initFD()
	if err != nil {
		return err
	}
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return &FDError{"pipe2", err}
	}
	in, err := high(p[1])
	if err != nil {
		unix.Close(p[0])
		return err
	}
	w.inner = append(w.inner, in)
	w.status = os.NewFile(uintptr(p[0]), "status")
	w.outer = append(w.outer, w.status)
	store(cells[plan.CellInit], int32(fd))
	store(cells[plan.CellStatus], int32(in))
	return nil
}

func (w *wires) terminalSocket(cells []uintptr) error {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return &FDError{"socketpair", err}
	}
	in, err := high(p[1])
	if err != nil {
		unix.Close(p[0])
		return err
	}
	w.inner = append(w.inner, in, p[0])
	w.socket = p[0]
	store(cells[plan.CellTerminal], int32(in))
	return nil
}

// receive takes the terminal's master, which the builder has sent by now.
func (w *wires) receive(proc *Process) error {
	if w.socket < 0 {
		return nil
	}
	control := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(w.socket, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
	if err != nil {
		return &FDError{"receive the terminal", err}
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) == 0 {
		return &FDError{"receive the terminal", unix.EBADMSG}
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return &FDError{"receive the terminal", unix.EBADMSG}
	}
	proc.Terminal = os.NewFile(uintptr(fds[0]), "terminal")
	return nil
}

// closeInner closes the sandbox's ends, which it has copies of.
func (w *wires) closeInner() {
	for _, fd := range w.inner {
		unix.Close(fd)
	}
}

// closeOuter closes our ends after a failed start.
func (w *wires) closeOuter() {
	for _, f := range w.outer {
		f.Close()
	}
}
