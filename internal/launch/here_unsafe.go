package launch

import (
	"syscall"
	"unsafe"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// run executes one record in this process, and says how many bytes of records
// to skip after it. Steps of the launcher create no processes.
func (r *record) run() (skip uintptr, errno syscall.Errno) {
	args := r.args
	for i := range args {
		if r.refs&(1<<i) != 0 {
			args[i] = uintptr(load(args[i]))
		}
	}
	var result uintptr
	// FACT — always (memory_max_write, signal(7)) — a limit is written while memory is reclaimed, until
	// a signal comes, and Go's runtime sends its threads SIGURG — so it is tried again.
	for errno = syscall.EINTR; errno == syscall.EINTR; {
		result, _, errno = syscall.Syscall6(r.nr, args[0], args[1], args[2], args[3], args[4], args[5])
	}
	if errno != 0 {
		if errno < 64 && r.allow&(1<<errno) != 0 {
			return r.skip, 0
		}
		return 0, errno
	}
	if r.save != 0 {
		store(r.save, int32(result))
	}
	if r.nr == syscall.SYS_CLOSE && r.refs&1 != 0 {
		store(r.args[0], -1) // see opened
	}
	return r.done, 0
}

// opened are the descriptors that our own steps have left open: those that the
// builder was to inherit, and those of a step that failed on its way.
func opened(steps []*plan.Step, cells []uintptr) []int {
	var fds []int
	for _, s := range steps {
		for i := range s.Calls {
			if c := s.Calls[i].Save; c != 0 && load(cells[c]) > 0 {
				fds = append(fds, int(load(cells[c])))
			}
		}
	}
	return fds
}

// index is the position of the record at addr.
func (p *program) index(addr uintptr) int {
	return int((addr - uintptr(unsafe.Pointer(&p.records[0]))) / recordSize)
}

// startTime reads the struct timespec that begins at a cell.
func startTime(cells []uintptr, first plan.Cell) int64 {
	ts := *(*[2]int64)(ptr(cells[first]))
	return ts[0]*1e9 + ts[1]
}

// address is where the kernel finds v, which must be on the heap: stacks move.
func address(v *int32) uint64 { return uint64(uintptr(unsafe.Pointer(v))) }
