package sandbox

import (
	"fmt"

	"github.com/bulkhead/bulkhead/spec"
)

// joinNeighbours finds the namespaces that the Spec wants from other running sandboxes.
func (p *prepared) joinNeighbours() error {
	n := &p.spec.Namespaces
	for _, kind := range [...]struct {
		from *spec.Namespace
		file string
	}{{&n.Net, "net"}, {&n.IPC, "ipc"}, {&n.UTS, "uts"}, {&n.Cgroup, "cgroup"}, {&n.Mount, "mnt"}, {&n.PID, "pid"}, {&n.Time, "time"}} {
		if how, name := kind.from.Kind(); how == "sandbox" {
			path, err := neighbour(name, kind.file)
			if err != nil {
				return err
			}
			*kind.from = spec.Namespace(path)
		}
	}
	return nil
}

// neighbour is the path of a namespace of another running sandbox.
func neighbour(name, file string) (string, error) {
	b, err := Open(name)
	if err != nil {
		return "", err
	}
	defer b.Close()
	pid, err := b.programPID()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("/proc/%d/ns/%s", pid, file), nil
}
