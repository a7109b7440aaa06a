package launch

import (
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// Spawner is the process 1 of a sandbox that is kept: it makes a process for
// each job, ready to the point where the job is missing. Its methods are for one goroutine at a time.
type Spawner struct {
	socket  int
	memory  []byte
	image   *image
	program *program
	each    *plan.Plan
	lazy    bool
}

// Job is what differs from run to run.
type Job struct {
	Command, Env []string
	Dir          string
	// Paths are the places that the command may be in; see plan.Candidates.
	Paths []string
	// Streams are descriptors of the launcher; Rights what Landlock allows with those that are files, 0 for others.
	Streams [plan.Streams]int
	Rights  [plan.Streams]uint64
	// Guard is Guard() for a program that is restricted by Landlock, else -1.
	Guard int32
}

// spawn makes what the launcher and the spawner have in common.
func (w *wires) spawn(p *plan.Plan, cells []uintptr) error {
	fd, err := spawnFD()
	if err != nil {
		return err
	}
	socket, err := w.socket(cells, plan.CellSocket)
	if err != nil {
		return err
	}
	w.inner = w.inner[:len(w.inner)-1] // ours stays open
	s := &Spawner{socket: socket, each: p.Each, lazy: p.Lazy}
	w.spawner = s
	image, memory, err := newImage()
	if err != nil {
		return err
	}
	s.memory = memory
	if image, err = high(image); err != nil {
		return err
	}
	w.inner = append(w.inner, image)
	store(cells[plan.CellImage], int32(image))
	store(cells[plan.CellInit], int32(fd))
	s.image = imageIn(memory)
	s.program, err = paint(memory, p.Each)
	if p.Lazy {
		s.image.lazy = 1
	}
	return err
}

// Prepare has a process made ready for a job, and waits until it is, unless the
// spawner is lazy: then the process is made while the job is on its way.
func (s *Spawner) Prepare() error {
	if s.lazy {
		if err := unix.Send(s.socket, []byte("g"), unix.MSG_NOSIGNAL); err != nil {
			return s.failure(&FDError{"wake the spawner", err})
		}
		return nil
	}
	return s.Ready()
}

// Ready waits until a process is ready for a job.
func (s *Spawner) Ready() error {
	for deadline := now() + int64(longest); atomic.LoadInt32(&s.image.ready) == 0; time.Sleep(20 * time.Microsecond) {
		if err := s.Failed(); err != nil {
			return err
		}
		if s.alone() {
			return s.failure(&FDError{"make a process ready for a job", unix.ECONNRESET})
		}
		if now() > deadline {
			return &FDError{"make a process ready for a job", unix.ETIMEDOUT}
		}
	}
	return nil
}

// Take returns the process that has the job.
func (s *Spawner) Take() (*Process, error) {
	for {
		one, control := make([]byte, 1), make([]byte, 24)
		n, cn, _, _, err := unix.Recvmsg(s.socket, one, control, unix.MSG_CMSG_CLOEXEC)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, s.failure(&FDError{"hear from the spawner", err})
		case n == 0:
			return nil, s.failure(&FDError{"hear from the spawner", unix.ECONNRESET})
		case cn > 0:
			fd, err := rights(control[:cn])
			return &Process{PidFD: fd, Spawner: s, spawned: true, Started: now()}, err
		}
		// Else it is the word that the processes of the last run have ended.
	}
}

// longest is how long a process may take to get ready, on a machine that is busy.
const longest = 30 * time.Second

// failure is why there is no process: what the steps say, or else err.
func (s *Spawner) failure(err error) error {
	if e := s.Failed(); e != nil {
		return e
	}
	return err
}

// Failed is the step of a run that failed, nil if none did.
func (s *Spawner) Failed() error {
	errno := syscall.Errno(s.image.report.errno)
	if errno == 0 {
		return nil
	}
	if s.image.report.record == 0 {
		return cloneError(s.each, errno)
	}
	o := s.program.origin[(s.image.report.record-imageAddress-recordsAt)/recordSize]
	return &StepError{o.step, o.call, errno}
}

// Guard is the descriptor of the ruleset in the process that waits, -1 if there is none.
func (s *Spawner) Guard() int32 {
	if s.each.Ruleset == 0 {
		return -1
	}
	return *look[int32](s.memory, s.program.cells[s.each.Ruleset])
}

// Run hands a job to the process that waits.
func (s *Spawner) Run(j *Job) error {
	if err := s.image.write(s.memory, j); err != nil {
		return err
	}
	*s.began() = [2]int64{}
	atomic.StoreInt32(&s.image.ready, 0)
	if err := unix.Sendmsg(s.socket, []byte("j"), unix.UnixRights(j.Streams[:]...), nil, unix.MSG_NOSIGNAL); err != nil {
		return s.failure(&FDError{"hand over a job", err})
	}
	return nil
}

// Ended is how the program ended, once its process has: its wait status and whether a
// directory was full. Not told: the process was killed before it could.
func (s *Spawner) Ended() (status unix.WaitStatus, full, told bool) {
	if s.image.status == untold {
		return 0, false, false
	}
	return unix.WaitStatus(s.image.status), s.image.full != 0, true
}

// Began is the CLOCK_MONOTONIC time in nanoseconds at which the program of the last job began, 0 if
// its process was killed before: then the next one may take the job, so nothing may run here any more.
func (s *Spawner) Began() int64 {
	ts := s.began()
	return ts[0]*1e9 + ts[1]
}

func (s *Spawner) began() *[2]int64 { return look[[2]int64](s.memory, s.program.cells[s.each.Started]) }

// untold is no wait status.
const untold = -1

// Usage is what the processes of the last run used, the way to the exec
// included; it waits until the spawner has taken leave of them. Nothing, if the spawner has ended before.
func (s *Spawner) Usage() unix.Rusage {
	for deadline := now() + int64(longest); atomic.LoadInt64(&s.image.usage.Maxrss) == untold; time.Sleep(10 * time.Microsecond) {
		if s.alone() || now() > deadline {
			return unix.Rusage{}
		}
	}
	return s.image.usage
}

// alone tells whether the spawner and all its processes have ended.
func (s *Spawner) alone() bool {
	fds := []unix.PollFd{{Fd: int32(s.socket)}}
	_, err := unix.Poll(fds, 0)
	return err == nil && fds[0].Revents&unix.POLLHUP != 0
}

// Close lets go of the spawner, which ends.
func (s *Spawner) Close() {
	if s == nil {
		return
	}
	unix.Close(s.socket)
	if s.memory != nil {
		_ = unix.Munmap(s.memory) // it is ours, and mapped
		s.memory = nil
	}
}
