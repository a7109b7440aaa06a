package launch

import (
	"unsafe"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// arena holds the strings and structures that records point to, which are at
// base for the process that walks the records; 0 is where they are.
type arena struct {
	room []byte
	base uintptr
}

func (a *arena) reserve(n int) { a.room = make([]byte, 0, n) }

// bytes copies b to an address that is a multiple of 8.
func (a *arena) bytes(b string) (place []byte, addr uintptr) {
	start := (len(a.room) + 7) &^ 7
	a.room = append(a.room[:start], b...)
	place = a.room[start:]
	return place, a.at(start)
}

func (a *arena) at(start int) uintptr {
	if a.base != 0 {
		return a.base + uintptr(start)
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(a.room[start:])))
}

// str copies s and adds the terminating NUL.
func (a *arena) str(s string) uintptr {
	start := len(a.room)
	a.room = append(append(a.room, s...), 0)
	return a.at(start)
}

// sizeOf bounds the room that arguments need.
func sizeOf(args []plan.Arg) int {
	total := 0
	for _, a := range args {
		if s, ok := a.Str(); ok {
			total += len(s) + 1
		}
		if _, ok := a.PathOf(); ok {
			total += len(plan.FDDir) + 11 + 1
		}
		if v, ok := a.Vec(); ok {
			total += 8*(len(v)+1) + 8
			for _, s := range v {
				total += len(s) + 1
			}
		}
		if b, fixes, ok := a.Data(); ok {
			total += len(b) + 8
			for _, f := range fixes {
				total += sizeOf([]plan.Arg{f.Arg}) + 8
			}
		}
	}
	return total
}
