package sandbox_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// private is a directory whose files only their owner may read.
func private(t testing.TB) string {
	t.Helper()
	dir := tree(t, map[string]string{"file": "old\n", "dir/x": "x\n"})
	if err := os.Chmod(filepath.Join(dir, "file"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The lower directory's owner is the program's user, and what is kept belongs to the sandbox's id, run after run.
func TestOverlayOwnsTheLowerDirectory(t *testing.T) {
	boxtest.Require(t, "overlay-idmap", !boxtest.Root() || host.Facts().MappedLayers, "layers are id-mapped from Linux 5.19 on")
	lower := private(t)
	unchanged(t, lower)
	m := spec.Mount{Type: spec.MountOverlay, Source: lower, Target: "/m"}
	script := "cat /m/file; echo new >/m/file; echo y >/m/dir/y; stat -c %u /m/file /m/dir /m/dir/x"
	prints(t, "old\n1000\n1000\n1000\n", script, mounted(m))
	m.Upper = boxtest.TempDir(t)
	prints(t, "old\n1000\n1000\n1000\n", script, mounted(m))
	prints(t, "new\n1000\n1000\n1000\n", script, mounted(m))
	kept := owner(t, filepath.Join(m.Upper, "upper"))
	if boxtest.Root() && kept < 0x70000000 {
		t.Errorf("the layer belongs to %d", kept)
	}
	for _, name := range []string{"upper/file", "upper/dir", "upper/dir/y"} {
		if id := owner(t, filepath.Join(m.Upper, name)); id != kept {
			t.Errorf("%s belongs to %d, the layer to %d", name, id, kept)
		}
	}
	var found []string
	if err := sandbox.DiffDir(m.Upper, func(c sandbox.Change) error { found = append(found, c.Path); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(found, []string{"/dir", "/dir/y", "/file"}) {
		t.Errorf("changed: %q", found)
	}
}

func owner(t testing.TB, name string) uint32 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil {
		t.Fatal(err)
	}
	return st.Uid
}

// Without a map of owners, root's files stay root's.
func TestOverlayWithoutOwnership(t *testing.T) {
	boxtest.RequireRoot(t, "for others the owner is the same either way")
	m := spec.Mount{Type: spec.MountOverlay, Source: private(t), Target: "/m", Own: new(false)}
	denied(t, mounted(m), "EACCES", "read", "/m/file")
	denied(t, mounted(m), "EACCES", "write", "/m/dir/x")
}

// Files of the host's system stay root's under a layer: none becomes readable by that.
func TestOverlayOfTheHostKeepsOwners(t *testing.T) {
	boxtest.RequireRoot(t, "for others the owner is the same either way")
	layer := func(s *sandbox.Spec) { s.Root.Overlay, s.Root.Writable = &spec.Overlay{}, true }
	prints(t, "65534\n", "stat -c %u /usr/bin/env", layer)
}
