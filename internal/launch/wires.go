package launch

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// wires are the descriptors between the launcher and the sandbox. The inner
// ends are numbered from 64 up, out of the way of the low numbers that the
// builder and the program rearrange.
type wires struct {
	status *os.File
	inner  []int
	outer  []*os.File
	// errands are what other threads do for the builder, whose number is pid.
	errands  []*errand
	pid      int32
	guardian *guardian
	spawner  *Spawner
	// terminal and notify are the sockets over which these descriptors come, -1 for none.
	terminal, notify int
}

const innermost = 64

// high moves a descriptor out of the way.
func high(fd int) (int, error) {
	moved, err := highCopy(fd)
	unix.Close(fd)
	return moved, err
}

// highCopy is a copy that is out of the way.
func highCopy(fd int) (int, error) {
	moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, innermost)
	if err == unix.EINVAL {
		err = unix.EMFILE // fcntl(2): that number is beyond the limit
	}
	if err != nil {
		return -1, &FDError{"duplicate descriptor", err}
	}
	return moved, nil
}

// life is the pipe that tells a builder whether we still live: only we hold its write end.
var life = kept(func() ([2]int, error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return p, &FDError{"pipe2", err}
	}
	for i := range p {
		moved, err := high(p[i])
		if err != nil {
			unix.Close(p[1-i])
			return p, err
		}
		p[i] = moved
	}
	return p, nil
})

// newWires makes what the plan needs and fills the cells.
func newWires(p *plan.Plan, cells []uintptr) (*wires, error) {
	w := &wires{terminal: -1, notify: -1}
	lifeline, err := life()
	if err != nil {
		return nil, err
	}
	store(cells[plan.CellLife], int32(lifeline[0]))
	store(cells[plan.CellLifeWrite], int32(lifeline[1]))
	if err := w.make(p, cells); err != nil {
		w.closeInner()
		w.closeOuter()
		return nil, err
	}
	return w, nil
}

func (w *wires) make(p *plan.Plan, cells []uintptr) (err error) {
	if p.Init {
		err = w.statusPipe(cells)
	}
	if p.Each != nil {
		err = w.spawn(p, cells)
	}
	if p.Terminal && err == nil {
		w.terminal, err = w.socket(cells, plan.CellTerminal)
	}
	if p.Notify && err == nil {
		w.notify, err = w.socket(cells, plan.CellNotify)
	}
	if p.Maps != nil && err == nil {
		err = w.mapIDs(p, cells)
	}
	if p.Watched && err == nil {
		err = w.guard(cells)
	}
	return err
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

// socket makes a pair over which the sandbox sends a descriptor.
func (w *wires) socket(cells []uintptr, c plan.Cell) (int, error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, &FDError{"socketpair", err}
	}
	in, err := high(p[1])
	if err != nil {
		unix.Close(p[0])
		return -1, err
	}
	w.inner = append(w.inner, in, p[0])
	store(cells[c], int32(in))
	return p[0], nil
}

// receive takes the descriptors that the sandbox has sent by now.
func (w *wires) receive(proc *Process) (err error) {
	if w.terminal >= 0 {
		proc.Terminal, err = receiveFD(w.terminal, "terminal")
	}
	if w.notify >= 0 && err == nil {
		proc.Listener, err = receiveFD(w.notify, "seccomp listener")
	}
	return err
}

// receiveFD takes one descriptor; unix(7), SCM_RIGHTS.
func receiveFD(socket int, name string) (*os.File, error) {
	control := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, make([]byte, 1), control, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
	if err != nil {
		return nil, &FDError{"receive the " + name, err}
	}
	fd, err := rights(control[:n])
	if err != nil {
		return nil, &FDError{"receive the " + name, err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// rights is the first descriptor of a control message.
func rights(control []byte) (int, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) == 0 {
		return -1, unix.EBADMSG
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) == 0 {
		return -1, unix.EBADMSG
	}
	return fds[0], nil
}

// closeInner closes the sandbox's ends, which it has copies of.
func (w *wires) closeInner() {
	closeAll(w.inner)
	w.closeTold()
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// closeOuter closes our ends after a failed start.
func (w *wires) closeOuter() {
	for _, f := range w.outer {
		f.Close()
	}
	w.spawner.Close()
}
