package launch

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

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

// mapIDs prepares an errand: the id maps of a waiting builder are written by the
// helpers of shadow, which may give a user its sub-ids.
func (w *wires) mapIDs(p *plan.Plan, cells []uintptr) error {
	return w.errand(cells, plan.CellSync, plan.CellGo, func() error {
		if err := writeMap("newuidmap", int(w.pid), p.Maps.UID); err != nil {
			return err
		}
		return writeMap("newgidmap", int(w.pid), p.Maps.GID)
	})
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
