package launch

import (
	"errors"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

//lint:ignore U1000 it is copied, never called
func spawnText()
func spawnAddress() uintptr

func spawnCode() ([]byte, error) { return codeAt(spawnAddress()) }

// spawnELF is the spawner as a program.
func spawnELF(machine uint16) ([]byte, error) { return programELF(machine, spawnCode) }

var spawnFD = kept(func() (int, error) { return programFD("bulkhead-init", spawnELF) })

// image is the memory that the spawner shares with the launcher: the records
// of a run, and what the two tell each other. The spawner has it at imageAddress; the assembly knows its offsets.
type image struct {
	program uint64 // address of the first record
	lazy    uint64 // the spawner waits for a byte before it makes a process
	report  report
	args    cloneArgs
	// The message with the process's pidfd.
	header  msghdr
	iov     iovec
	control control
	// How a run ended.
	status, full int32
	own, ended   int32
	usage        unix.Rusage
	ready        int32 // the process waits for its job
	_            int32
	// The job, which comes in pieces: here, and its streams over the socket.
	job job
}

type msghdr struct{ name, nameLen, iov, iovLen, control, controlLen, flags uint64 }
type iovec struct{ base, len uint64 }
type control struct {
	len         uint64
	level, kind int32
	fd, _       int32
}

type job struct {
	control        [40]byte
	taken          int32
	guard          int32
	rules          [plan.Streams]rule
	dir, argv, env int32
	paths          [plan.MostPaths]int32
}

// rule is struct landlock_path_beneath_attr.
type rule struct {
	rights uint64
	fd, _  int32
}

const (
	imageAddress = 0x10000000
	imageSize    = 0x800000
	// The records begin at recordsAt, and the strings of a job at stringsAt.
	recordsAt = 4096
	stringsAt = 0x100000
	// endedByte begins the message that all processes of a run have ended.
	endedByte = 'e'
	// endRecord is the number of the record behind the last one.
	endRecord = ^uintptr(0)
)

// imageIn is the image at the beginning of the memory.
func imageIn(memory []byte) *image { return (*image)(unsafe.Pointer(&memory[0])) }

// paint fills an image with the plan of a run, whose cells get their places in it.
func paint(memory []byte, each *plan.Plan) (*program, error) {
	im := imageIn(memory)
	cells := im.place(each.Cells)
	p, err := compileAt(byActor(each).child, cells, imageAddress+recordsAt)
	if err != nil {
		return nil, err
	}
	p.records = append(p.records, record{nr: endRecord})
	size := uintptr(len(p.records)) * recordSize
	arena := p.arena.base - imageAddress
	if int(arena)+len(p.arena.room) > stringsAt || cells[each.Cells]+4 > imageAddress+recordsAt {
		return nil, &FDError{"lay out the steps of a run", unix.E2BIG}
	}
	copy(memory[recordsAt:], unsafe.Slice((*byte)(unsafe.Pointer(&p.records[0])), size))
	copy(memory[arena:], p.arena.room)
	at := func(offset uintptr) uint64 { return uint64(imageAddress + offset) }
	im.program, im.ended = at(recordsAt), endedByte
	im.args = cloneArgs{flags: each.Clone.Flags, exitSignal: uint64(unix.SIGCHLD), pidfd: at(unsafe.Offsetof(im.control) + unsafe.Offsetof(im.control.fd))}
	im.iov = iovec{at(unsafe.Offsetof(im.program)), 1}
	im.control = control{len: 20, level: unix.SOL_SOCKET, kind: unix.SCM_RIGHTS}
	im.header = msghdr{iov: at(unsafe.Offsetof(im.iov)), iovLen: 1, control: at(unsafe.Offsetof(im.control)), controlLen: 24}
	return p, nil
}

// place tells where the cells are: those of a job in the job, the others behind the image.
func (im *image) place(n int) []uintptr {
	cells := make([]uintptr, n+1)
	behind := uintptr(imageAddress) + (unsafe.Sizeof(*im)+7)&^7
	for i := range cells {
		cells[i] = behind + uintptr(4*i)
	}
	j := imageAddress + unsafe.Offsetof(im.job)
	cells[plan.CellReady] = imageAddress + unsafe.Offsetof(im.ready)
	cells[plan.CellJobByte] = j + unsafe.Offsetof(im.job.taken)
	cells[plan.CellJobControl] = j + unsafe.Offsetof(im.job.control)
	cells[plan.CellJobGuard] = j + unsafe.Offsetof(im.job.guard)
	for i := range uintptr(plan.Streams) {
		cells[plan.CellJobRules+plan.Cell(i)] = j + unsafe.Offsetof(im.job.rules) + i*unsafe.Sizeof(rule{})
	}
	cells[plan.CellJobDir] = j + unsafe.Offsetof(im.job.dir)
	cells[plan.CellJobArgv] = j + unsafe.Offsetof(im.job.argv)
	cells[plan.CellJobEnv] = j + unsafe.Offsetof(im.job.env)
	for i := range uintptr(plan.MostPaths) {
		cells[plan.CellJobPaths+plan.Cell(i)] = j + unsafe.Offsetof(im.job.paths) + 4*i
	}
	return cells
}

// look is a view of what the image has at an address.
func look[T any](memory []byte, addr uintptr) *T {
	return (*T)(unsafe.Pointer(&memory[addr-imageAddress]))
}

// write puts a job into the image.
func (im *image) write(memory []byte, j *Job) error {
	s := &stringTable{memory: memory, next: stringsAt}
	im.job.dir = s.str(j.Dir)
	im.job.argv, im.job.env = s.vec(j.Command), s.vec(j.Env)
	for i, p := range j.Paths {
		im.job.paths[i] = s.str(p)
	}
	for i := len(j.Paths); i < plan.MostPaths; i++ {
		im.job.paths[i] = im.job.paths[len(j.Paths)-1] // the last one's errno is what counts
	}
	im.job.guard = j.Guard
	for i, rights := range j.Rights {
		im.job.rules[i] = rule{rights: rights, fd: int32(i)}
	}
	im.status, im.full, im.usage.Maxrss = untold, 0, untold
	if s.full {
		return &FDError{"hand over " + strings.ToValidUTF8(j.Command[0], "?") + ", its arguments and environment", unix.E2BIG}
	}
	return nil
}

// stringTable lays strings out in the image.
type stringTable struct {
	memory []byte
	next   int
	full   bool
}

func (s *stringTable) take(n int) (at int) {
	s.next = (s.next + 7) &^ 7
	if s.next+n > len(s.memory) {
		s.full = true
		return stringsAt
	}
	at = s.next
	s.next += n
	return at
}

func (s *stringTable) str(text string) int32 {
	at := s.take(len(text) + 1)
	if !s.full {
		copy(s.memory[at:], text)
		s.memory[at+len(text)] = 0
	}
	return int32(imageAddress + at)
}

func (s *stringTable) vec(list []string) int32 {
	at := s.take(8 * (len(list) + 1))
	for i := range list {
		addr := s.str(list[i])
		if !s.full {
			*look[uint64](s.memory, imageAddress+uintptr(at+8*i)) = uint64(addr)
		}
	}
	if !s.full {
		*look[uint64](s.memory, imageAddress+uintptr(at+8*len(list))) = 0
	}
	return int32(imageAddress + at)
}

// newImage makes the memory: a descriptor for the spawner, and our view.
func newImage() (fd int, memory []byte, err error) {
	fd, err = unix.MemfdCreate("bulkhead-image", unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // the second flag is of 6.3
		fd, err = unix.MemfdCreate("bulkhead-image", unix.MFD_CLOEXEC)
	}
	if err != nil {
		return -1, nil, &FDError{"memfd_create", err}
	}
	if err = unix.Ftruncate(fd, imageSize); err == nil {
		memory, err = unix.Mmap(fd, 0, imageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		unix.Close(fd)
		return -1, nil, &FDError{"map the image of a sandbox that is kept", err}
	}
	return fd, memory, nil
}
