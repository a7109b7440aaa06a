package launch

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// table is where the processes of a start leave what we read: results, and what failed.
type table struct {
	cells  []uintptr
	report *report
	room   []int64
	shared []byte
}

// newTable makes room for a plan's cells: on the heap, which the builder shares,
// or for one with memory of its own in pages that it shares nevertheless.
func newTable(p *plan.Plan) (*table, error) {
	const head = int(unsafe.Sizeof(report{}))
	t := &table{cells: make([]uintptr, p.Cells+1)}
	size := head + 4*len(t.cells)
	var base unsafe.Pointer
	if p.OwnMemory {
		var err error
		if t.shared, err = unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS); err != nil {
			return nil, &FDError{"mmap", err}
		}
		base = unsafe.Pointer(unsafe.SliceData(t.shared))
	} else {
		t.room = make([]int64, (size+7)/8)
		base = unsafe.Pointer(unsafe.SliceData(t.room))
	}
	t.report = (*report)(base)
	for i := range t.cells {
		t.cells[i] = uintptr(base) + uintptr(head+4*i)
	}
	return t, nil
}

// free gives the room back, which lives until then.
func (t *table) free() {
	if t.shared != nil {
		_ = unix.Munmap(t.shared) // it is ours, and mapped
	}
	t.room = nil
}
