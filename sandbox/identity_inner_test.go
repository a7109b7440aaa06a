package sandbox

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/spec"
)

// A kept layer gives its id to who uses it again; a link in it gives nobody's.
func TestIDOfAKeptLayer(t *testing.T) {
	boxtest.RequireRoot(t, "directories are given away")
	const id = firstID + 4242
	whole, linked, deep, elsewhere := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{whole + "/upper", elsewhere + "/upper"} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, id, id); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{linked + "/upper": elsewhere + "/upper", deep + "/usr": elsewhere} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	for dir, same := range map[string]bool{whole: true, linked: false, deep: false} {
		s := Spec{Mounts: []spec.Mount{{Type: spec.MountOverlay, Upper: dir}}}
		if got := hostID(&s); got == id != same {
			t.Errorf("%s: id %d, the owner's: %t", filepath.Base(dir), got, same)
		}
	}
}
