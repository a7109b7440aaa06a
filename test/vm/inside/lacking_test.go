package inside

import (
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// On a kernel older than the oldest that is promised, doctor says so by name, and a start does not fail without a reason.
func TestTooOldAKernel(t *testing.T) {
	only(t, "debian-5.10")
	f := doctor(t, "kernel")
	if f.Status != "missing" {
		t.Errorf("doctor calls it %s", f.Status)
	}
	says(t, f.Found+f.Why+f.Fix, "Linux 5.10.", "older than 5.15", "5.15 or newer")
	refuses(t, "Linux 5.10.", "5.15")
}

// Without Landlock everything else stands: the sandbox starts, and says that this wall is not there.
func TestWithoutLandlock(t *testing.T) {
	only(t, "no-landlock")
	f := doctor(t, "landlock")
	if f.Status != "limited" {
		t.Errorf("doctor calls it %s", f.Status)
	}
	says(t, f.Why+f.Fix, "lsm=")
	works(t)
}

// Where nobody may make user namespaces, bulkhead names the setting and its
// remedy, also to root, whose program would be in one. Root can do without that wall; a user cannot build without one.
func TestNoUserNamespaces(t *testing.T) {
	only(t, "no-userns")
	remedy := "sysctl -w user.max_user_namespaces="
	f := doctor(t, "userns")
	if f.Status != "missing" {
		t.Errorf("doctor calls it %s", f.Status)
	}
	says(t, f.Why+f.Fix, "user.max_user_namespaces is 0", remedy)
	refuses(t, "user.max_user_namespaces is 0", remedy)
	if boxtest.Root() {
		works(t, "--share", "user")
		return
	}
	landlockAlone(t)
}

// Where only root may, a user is refused by name, and root's sandboxes work.
func TestOnlyRootHasUserNamespaces(t *testing.T) {
	only(t, "root-userns")
	f := doctor(t, "userns")
	if boxtest.Root() {
		if f.Status != "ok" {
			t.Errorf("doctor calls it %s for root", f.Status)
		}
		works(t)
		return
	}
	remedy := "sysctl -w kernel.unprivileged_userns_clone=1"
	if f.Status != "missing" {
		t.Errorf("doctor calls it %s", f.Status)
	}
	says(t, f.Why+f.Fix, "kernel.unprivileged_userns_clone is 0", remedy)
	refuses(t, "kernel.unprivileged_userns_clone is 0", remedy)
	landlockAlone(t)
}

// landlockAlone: a user without user namespaces is told of the one wall that is left, and it works.
func landlockAlone(t *testing.T) {
	t.Helper()
	refuses(t, "--landlock only")
	works(t, "--landlock", "only")
	if a := bulkhead(t, "run", "--landlock", "only", "--", "sh", "-c", "echo x >/tmp/outside").tell(t); a.code == 0 {
		t.Error("a program with Landlock alone could write to /tmp")
	}
}
