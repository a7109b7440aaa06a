package cgroup

import (
	"net"
	"path/filepath"
	"testing"
)

// listen opens a socket that takes connections and never answers.
func listen(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return socket
}
