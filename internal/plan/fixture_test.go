package plan

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// input is all that a plan is made of.
type input struct {
	spec spec.Spec
	host Host
	run  Run
	join bool
	keep bool
}

// plan fills the Spec in as package sandbox does, and makes the plan.
func (in *input) plan() (*Plan, error) {
	full := in.spec.WithDefaults()
	if err := full.Validate(); err != nil {
		return nil, err
	}
	in.open(&full.Namespaces)
	if in.keep {
		return BuildKept(&full, in.host, in.run)
	}
	if in.join {
		settle(&full.User, in.run.ID)
		return Join(&full, in.host, in.run)
	}
	return Build(&full, in.host, in.run)
}

// open pretends that the launcher has opened what is to be joined. To an ordinary
// user it belongs by way of a sandbox's user namespace.
func (in *input) open(n *spec.Namespaces) {
	in.run.Joined, in.run.Within = map[string]int{}, 0
	for i, from := range []spec.Namespace{n.User, n.PID, n.Mount, n.Net, n.IPC, n.UTS, n.Cgroup, n.Time} {
		if !isJoined(from) {
			continue
		}
		in.run.Joined[[]string{"user", "pid", "mount", "net", "ipc", "uts", "cgroup", "time"}[i]] = 70 + i
		if !in.host.Root {
			in.run.Within = 80
		}
	}
	one := []spec.IDMap{{Inside: 1000, Outside: 0x70000042, Count: 1}}
	in.run.JoinedMaps = Maps{one, one}
}

// settle gives a program in the host's user namespace its ids, as package
// sandbox does before it keeps the Spec of a sandbox that others join.
func settle(u *spec.User, id uint32) {
	if u.UID == nil {
		u.UID = &id
	}
	if u.GID == nil {
		u.GID = &id
	}
}

// mustPlan is for inputs that have a plan.
func (in *input) mustPlan(t *testing.T) *Plan {
	t.Helper()
	p, err := in.plan()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// decode reads a Spec, as JSON, over the one that is there.
func (in *input) decode(t *testing.T, doc string) {
	t.Helper()
	if doc == "" {
		return
	}
	if err := spec.Decode("case.json", []byte(doc), &in.spec); err != nil {
		t.Fatal(err)
	}
}

// asRoot is a plain command started by root, who has cgroups of version 2.
func asRoot() input {
	return input{
		spec: spec.Spec{Command: []string{"cat", "a b"}},
		host: Host{Root: true, Entries: someEntries(), LandlockABI: 7, SharedClocks: true, Arch: "amd64", Permitted: 1<<41 - 1, LastCap: 40},
		run:  someRun(cgroupV2()),
	}
}

// asUser is the same by an ordinary user, to whom nobody gave a cgroup.
func asUser() input {
	in := asRoot()
	in.host.Root, in.host.Permitted = false, 0
	in.host.UID, in.host.GID = 4711, 4712
	in.run = someRun(Cgroup{})
	return in
}

// someEntries has each kind of entry, in and outside /etc.
func someEntries() []Entry {
	return []Entry{
		{Path: "/usr", Kind: EntryDir},
		{Path: "/bin", Kind: EntryLink, Link: "usr/bin"},
		{Path: "/lib64", Kind: EntryLink, Link: "usr/lib64"},
		{Path: "/opt", Kind: EntryDir},
		{Path: "/etc/ld.so.cache", Kind: EntryFile},
		{Path: "/etc/alternatives", Kind: EntryDir},
		{Path: "/etc/ssl/certs", Kind: EntryDir},
	}
}

func someRun(c Cgroup) Run {
	return Run{
		Name: "box", ID: 0x70000001, Stdin: 0, Stdout: 7, Stderr: 2, Rows: 24, Columns: 80,
		Env: []string{"HOME=/home/user", "PATH=/usr/bin:/bin"}, Cgroup: c, Filter: make([]byte, 16),
		HardLimits: map[int64]uint64{unix.RLIMIT_NOFILE: 1 << 20}, Ignored: []int{int(unix.SIGPIPE)},
	}
}

func cgroupV2() Cgroup {
	const dir = "/sys/fs/cgroup/bulkhead-1-box"
	return Cgroup{
		Dirs:   []string{dir},
		Writes: []Write{{Path: dir + "/memory.max", Value: "4294967296", What: "limit memory"}, {Path: dir + "/pids.max", Value: "1025", What: "limit pids"}},
		Into:   dir,
		After:  []Write{{Path: dir + "/memory.oom.group", Value: "1", What: "end all together"}},
	}
}

func cgroupV1() Cgroup {
	memory, pids := "/sys/fs/cgroup/memory/bulkhead-1-box", "/sys/fs/cgroup/pids/bulkhead-1-box"
	return Cgroup{
		Shared: []string{"/sys/fs/cgroup/memory/bulkhead"},
		Dirs:   []string{memory, pids},
		Writes: []Write{
			{Path: memory + "/memory.limit_in_bytes", Value: "4294967296", What: "limit memory"},
			{Path: memory + "/memory.memsw.limit_in_bytes", Value: "4294967296", What: "limit swap", Optional: true},
			{Path: pids + "/pids.max", Value: "1025", What: "limit pids"},
		},
		Procs: []string{memory + "/tasks", pids + "/tasks"},
	}
}

// find returns the steps whose description begins with text.
func find(p *Plan, text string) []*Step {
	var found []*Step
	for i := range p.Steps {
		if s := &p.Steps[i]; strings.HasPrefix(s.Does+" "+s.Object, text) {
			found = append(found, s)
		}
	}
	return found
}

// one is the only such step.
func one(t *testing.T, p *Plan, text string) *Step {
	t.Helper()
	found := find(p, text)
	if len(found) != 1 {
		t.Fatalf("%d steps begin with %q, want one", len(found), text)
	}
	return found[0]
}
