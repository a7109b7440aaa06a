package launch

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// mapWriter has the id maps of a waiting builder written by the helpers of
// shadow, which may give a user its sub-ids. Our own thread sleeps meanwhile, in clone.
type mapWriter struct {
	maps   *plan.Maps
	pid    int32 // of the builder, written by the kernel before the builder runs
	waits  int   // read end: the builder waits
	told   int   // write end of that, the builder's; -1 once we have closed our copy
	goOn   int   // write end: the maps are there
	result chan error
}

// MapError is a map that newuidmap or newgidmap did not write.
type MapError struct {
	Tool   string
	Output string
	Err    error
}

func (e *MapError) Error() string {
	if e.Output != "" {
		return e.Output
	}
	return e.Err.Error()
}
func (e *MapError) Unwrap() error { return e.Err }

// mapPipes makes the two pipes and fills their cells.
func (w *wires) mapPipes(p *plan.Plan, cells []uintptr) error {
	var sync, goOn [2]int
	if err := unix.Pipe2(sync[:], unix.O_CLOEXEC); err != nil {
		return &FDError{"pipe2", err}
	}
	if err := unix.Pipe2(goOn[:], unix.O_CLOEXEC); err != nil {
		unix.Close(sync[0])
		unix.Close(sync[1])
		return &FDError{"pipe2", err}
	}
	w.inner = append(w.inner, sync[0], goOn[0], goOn[1])
	store(cells[plan.CellSync], int32(sync[1]))
	store(cells[plan.CellGo], int32(goOn[0]))
	w.maps = &mapWriter{maps: p.Maps, waits: sync[0], told: sync[1], goOn: goOn[1], result: make(chan error, 1)}
	return nil
}

// run waits for the builder, has the maps written, and lets it go on or ends it.
func (m *mapWriter) run() {
	one := []byte{0}
	if n, err := unix.Read(m.waits, one); n != 1 {
		m.result <- err // the builder was not created, or has failed and says so itself
		return
	}
	err := m.write()
	if err != nil {
		_ = unix.Kill(int(m.pid), unix.SIGKILL) // our child, not reaped yet: the number is its
	} else if _, werr := unix.Write(m.goOn, one); werr != nil {
		err = &FDError{"write pipe", werr}
	}
	m.result <- err
}

func (m *mapWriter) write() error {
	if err := writeMap("newuidmap", int(m.pid), m.maps.UID); err != nil {
		return err
	}
	return writeMap("newgidmap", int(m.pid), m.maps.GID)
}

func writeMap(tool string, pid int, maps []spec.IDMap) error {
	path, err := exec.LookPath(tool)
	if err != nil {
		return &MapError{Tool: tool, Err: fmt.Errorf("%s is not installed", tool)}
	}
	args := []string{strconv.Itoa(pid)}
	for _, m := range maps {
		for _, n := range [...]uint32{m.Inside, m.Outside, m.Count} {
			args = append(args, strconv.FormatUint(uint64(n), 10))
		}
	}
	var out bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return &MapError{Tool: tool, Output: strings.TrimSpace(out.String()), Err: err}
	}
	return nil
}

// finish returns what went wrong with the maps, if there were any to write. The
// builder has ended or runs by now: with our copy of its end closed, run cannot wait for it in vain.
func (m *mapWriter) finish() error {
	if m == nil {
		return nil
	}
	m.closeTold()
	return <-m.result
}

func (m *mapWriter) closeTold() {
	if m != nil && m.told >= 0 {
		unix.Close(m.told)
		m.told = -1
	}
}
