package host

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

func TestRootHasPowerOnlyOutside(t *testing.T) {
	if os.Geteuid() != 0 {
		if Facts().Root {
			t.Errorf("uid %d is taken for root", os.Geteuid())
		}
		return
	}
	want := lacking(Here().status("CapEff")) == nil && Here().line("/proc/self/uid_map") == "0          0 4294967295"
	if got := Facts().Root; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRootOfAUserNamespaceHasNoPower(t *testing.T) {
	requireUserns(t)
	got := true
	ask(t, "power", &got, "unshare", "--user", "--map-root-user")
	if got {
		t.Error("root of a user namespace with all capabilities is taken for the machine's")
	}
}

func TestRootWithoutCapabilitiesHasNoPower(t *testing.T) {
	requireRoot(t)
	require(t, "root", Facts().Root, "this root has no power to lose")
	got := true
	ask(t, "weak", &got)
	if got {
		t.Error("root without CAP_SYS_ADMIN is taken for one that can build")
	}
}

func TestLastCap(t *testing.T) {
	text, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSpace(string(text)); strconv.Itoa(lastCap()) != want {
		t.Errorf("got %d, want %s", lastCap(), want)
	}
}

func TestFactsAreOfThisMachine(t *testing.T) {
	f := Facts()
	if f.Arch != runtime.GOARCH || f.UID != uint32(os.Geteuid()) || f.GID != uint32(os.Getegid()) {
		t.Errorf("got %+v", f)
	}
	if !slices.ContainsFunc(f.Entries, func(e plan.Entry) bool { return e.Path == "/usr" && e.Kind == plan.EntryDir }) {
		t.Errorf("no /usr in %+v", f.Entries)
	}
}

func TestEntry(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(at("dir"), 0o755))
	must(os.WriteFile(at("file"), nil, 0o644))
	must(os.Symlink("/usr/lib", at("into view")))
	must(os.Symlink("dir", at("out of view")))
	must(os.Symlink("file", at("to file")))
	must(os.Symlink("nowhere", at("broken")))
	must(unix.Mkfifo(at("fifo"), 0o644))
	for name, want := range map[string]*plan.Entry{
		"dir":         {Kind: plan.EntryDir},
		"file":        {Kind: plan.EntryFile},
		"into view":   {Kind: plan.EntryLink, Link: "/usr/lib"},
		"out of view": {Kind: plan.EntryDir},
		"to file":     {Kind: plan.EntryFile},
		"broken":      nil, "fifo": nil, "missing": nil,
	} {
		got, ok := entry(at(name))
		if ok != (want != nil) {
			t.Errorf("%s: shown %v", name, ok)
		}
		if want == nil {
			continue
		}
		want.Path = at(name)
		if got != *want {
			t.Errorf("%s: got %+v, want %+v", name, got, *want)
		}
	}
}
