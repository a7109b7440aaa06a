package cgroup

import (
	"net"
	"path/filepath"
	"testing"
	"time"
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

// talker opens a socket that says something first, and then the same again and again.
func talker(t *testing.T, first, again []byte) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return // the test is over
		}
		defer c.Close()
		for _, err = c.Write(first); err == nil; _, err = c.Write(again) {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return socket
}
