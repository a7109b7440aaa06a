package main

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
	"github.com/bulkhead/bulkhead/spec"
)

// Root is not sent to root.
func TestStrangerHint(t *testing.T) {
	for uid, want := range map[int]string{0: "SYS_PTRACE", 1000: "ask root"} {
		if hint := strangerHint(uid); !strings.Contains(hint, want) {
			t.Errorf("uid %d: %q does not say %q", uid, hint, want)
		}
	}
}

func TestCapabilityList(t *testing.T) {
	if got := capabilityList(0x401); !slices.Equal(got, []string{"CHOWN", "NET_BIND_SERVICE"}) {
		t.Errorf("got %q", got)
	}
	if got := capabilityList(0); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// spaces are the eight namespaces with numbers from so many on.
func spaces(from string) map[string]string {
	m := map[string]string{}
	for _, kind := range proc.Kinds {
		m[kind] = kind + ":[" + from + "]"
	}
	return m
}

// seen is a process in namespaces of its own with all walls, beside this one, process 1 and a neighbour.
func seen(changes ...func(*sight)) *sight {
	s := &sight{
		Process: &proc.Process{
			PID: 50, Status: &proc.Status{Name: "app", Parent: 1, UIDs: []string{"1000", "1000", "1000", "1000"}, NoNewPrivs: true, Seccomp: 2, Filters: 1},
			Words: []string{"/srv/app", "it's"}, Namespaces: spaces("2"), Exe: "/srv/app", Root: "/", Dir: "/", Dumpable: true, Devices: []string{"lo"},
			Rlimits: map[string]string{"Max open files": "4096"},
			Groups:  proc.Groups{},
		},
		all: []proc.Entry{
			{PID: 1, UID: "0", Namespaces: spaces("1")}, {PID: 7, UID: "1000", Namespaces: spaces("1")},
			{PID: 50, UID: "1000", Namespaces: spaces("2")}, {PID: 51, UID: "1000", Namespaces: spaces("2")},
		},
		self: 7, scope: -1, above: func(int, string) []string { return nil },
		mounts: []proc.Mount{{Device: "8:1", Root: "/", Target: "/", Type: "ext4"}},
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

func compared(s *sight, profile string) *walls {
	want, _ := spec.Profile(profile)
	full := want.WithDefaults()
	w := &walls{sight: s, spaces: s.namespaces(), want: &full}
	w.compare()
	return w
}

func TestWalls(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*sight)
		missing string // begins one of them; empty: none is missing
	}{
		"all":        {func(*sight) {}, ""},
		"yours":      {func(s *sight) { s.Process.Namespaces["net"] = "net:[1]" }, "no net namespace of its own: it is yours and that of process 1"},
		"privileges": {func(s *sight) { s.NoNewPrivs = false }, "no_new_privs is off"},
		"filter":     {func(s *sight) { s.Seccomp, s.Filters = 0, 0 }, "no system-call filter"},
		"root":       {func(s *sight) { s.UIDs[1] = "0" }, "user: it runs as root"},
		"capability": {func(s *sight) { s.Effective = 1 << 21 }, "capabilities: they count in the user namespace user:[2] and beneath: SYS_ADMIN"},
		"bounding":   {func(s *sight) { s.Bounding = 3 }, "capability bounding set: 2 capabilities"},
		"device":     {func(s *sight) { s.Devices = []string{"eth0", "lo"} }, "network devices besides loopback: they lead out: eth0"},
		"traced":     {func(s *sight) { s.Tracer = 9 }, "traced: process 9"},
		"open files": {func(s *sight) { s.Rlimits["Max open files"] = "1048576" }, "limit on open files: it is 1048576, the profile's 4096"},
		"no limit":   {func(s *sight) { s.Rlimits["Max open files"] = "unlimited" }, "no limit on open files"},
		"host's root": {func(s *sight) {
			s.Mounts = []proc.Mount{{ID: "1", Device: "8:1", Root: "/", Target: "/old", Type: "ext4", Options: []string{"ro"}}}
		}, "the host's whole root shows: with its keys and configuration, at /old"},
		"writable": {func(s *sight) {
			s.Mounts = []proc.Mount{{ID: "1", Device: "8:1", Root: "/x", Target: "/m", Type: "ext4"}}
		}, "files of the host are writable: what it changes stays: /m"},
		"descriptor": {func(s *sight) {
			s.Mounts = []proc.Mount{{ID: "1", Device: "0:9", Target: "/", Type: "tmpfs"}}
			s.Files = []proc.File{{FD: 5, Name: "/etc", Directory: true, Mount: "77"}}
		}, "open files from outside of its tree: no mount keeps it from these: 5 /etc"},
	} {
		w := compared(seen(c.change), "default")
		found := slices.ContainsFunc(w.missing, func(l gap) bool { return strings.HasPrefix(l.String(), c.missing) })
		if c.missing == "" && len(w.missing) > 0 || c.missing != "" && (!found || len(w.missing) != 1) {
			t.Errorf("%s: got %v, want %q alone", name, w.missing, c.missing)
		}
	}
}

// What cannot be read is neither there nor missing.
func TestWallsUnknown(t *testing.T) {
	s := seen(func(s *sight) {
		delete(s.Process.Namespaces, "mnt")
		s.Unread = []string{"mnt namespace", "mounts", "open files"}
	})
	w := compared(s, "default")
	all := strings.Join(w.unknown, "\n")
	for _, want := range []string{"no mnt namespace of its own: ", "read-only view of files: ", "no open files but 0 to 2: ", "limit on memory: "} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not among\n%s", want, all)
		}
	}
	if len(w.missing) > 0 {
		t.Errorf("missing: %v", w.missing)
	}
}

func TestSignals(t *testing.T) {
	if got := seen().signals(); got.Processes != 1 || got.With[0] != 51 || got.Unknown != 0 {
		t.Errorf("in a pid namespace of its own: %+v", got)
	}
	shared := seen(func(s *sight) { s.Process.Namespaces["pid"] = "pid:[1]" })
	if got := shared.signals(); !slices.Equal(got.With, []int{7, 51}) {
		t.Errorf("in ours: %+v", got)
	}
	around := seen(func(s *sight) {
		s.all[3].Namespaces = spaces("3")
		s.above = func(pid int, kind string) []string {
			return map[int][]string{51: {kind + ":[2]", kind + ":[1]"}}[pid]
		}
	})
	if got := around.signals(); !slices.Equal(got.With, []int{51}) {
		t.Errorf("around another: %+v", got)
	}
	blind := seen(func(s *sight) { s.all[3].Namespaces = nil })
	if got := blind.signals(); got.Processes != 0 || got.Unknown != 1 {
		t.Errorf("a namespace that cannot be read: %+v", got)
	}
}

func TestRemedy(t *testing.T) {
	disk := func(path string) (exists, directory bool) {
		return !strings.HasPrefix(path, "/gone"), !strings.Contains(path, ".") && !strings.HasPrefix(path, "/home/me/lib")
	}
	here := func(s *sight) {
		s.Process.Namespaces = spaces("1")
		s.Exe, s.Words = "/usr/bin/python3", []string{"python3", "/home/me/app.py"}
	}
	for _, c := range []struct {
		change  func(*sight)
		profile string
		want    string
	}{
		{func(*sight) {}, "default", "bulkhead run --bind /home/me/app.py -w / -- python3 /home/me/app.py"},
		{func(s *sight) { s.Dir = "/home/me" }, "strict", "bulkhead run --profile strict --bind /home/me -w /home/me -- python3 /home/me/app.py"},
		{func(s *sight) {
			s.Dir = "/home/me"
			s.Files = []proc.File{{FD: 3, Name: "/home/me/data.db", Write: true}, {FD: 4, Name: "/home/me/in.txt"}, {FD: 5, Name: "/gone"}, {FD: 6, Name: "socket:[77]"}, {FD: 7, Name: "/dev/null", Write: true}}
		}, "default", "bulkhead run --bind /home/me --bind /home/me/data.db:rw -w /home/me -- python3 /home/me/app.py"},
		{func(s *sight) {
			s.Listeners = []proc.Listener{{Protocol: "tcp", Port: 80, Own: true}, {Protocol: "tcp", Port: 22}}
		}, "default",
			"bulkhead run --bind /home/me/app.py -w / --net host -- python3 /home/me/app.py"},
		{func(s *sight) { s.Words = []string{"sh", "-c", "it's\x1b[2J"} }, "default", `bulkhead run -w / -- sh -c $'it\'s\033[2J'`},
		{func(s *sight) { s.Dir, s.Words = "/a:b", []string{"echo", ""} }, "default", `bulkhead run --bind '/a\:b' -w /a:b -- echo ''`},
		{func(s *sight) {
			s.Exe, s.Words, s.Mapped = "/root/py/3/bin/python", []string{"python"}, []string{"/root/py/3/lib/x.so", "/home/me/y.so", "/usr/lib/z.so"}
		}, "default", "bulkhead run --bind /home/me/y.so --bind /root/py/3 -w / -- python"},
		{func(s *sight) { s.Exe, s.Words = "/home/me/bin/it.x", []string{"/home/me/bin/it.x"} }, "default", "bulkhead run --bind /home/me/bin/it.x -w / -- /home/me/bin/it.x"},
	} {
		r := seen(here, c.change).remedy(c.profile, disk)
		if r.Line != c.want {
			t.Errorf("got  %s\nwant %s", r.Line, c.want)
		}
	}
}

func TestNoRemedy(t *testing.T) {
	for want, change := range map[string]func(*sight){
		"thread of the kernel": func(s *sight) { s.Kernel = true },
		"it has ended":         func(s *sight) { s.State = "Z" },
		"tree of files":        func(*sight) {},
		"not be looked at":     func(s *sight) { delete(s.Process.Namespaces, "mnt") },
		"its root is /jail":    func(s *sight) { s.Process.Namespaces = spaces("1"); s.Root = "/jail" },
	} {
		r := seen(change).remedy("default", onDisk)
		if r.Line != "" || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], want) {
			t.Errorf("%s: got %+v", want, r)
		}
	}
}

func TestConfinementOfThisProcess(t *testing.T) {
	c, err := confinementOf(os.Getpid(), "default")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range c.Namespaces {
		if !n.Yours || n.Inode == 0 || slices.Contains(n.With, os.Getpid()) {
			t.Errorf("got %+v", n)
		}
	}
	if len(c.Namespaces) < 7 || len(c.Missing) < 7 || len(c.UIDs) != 4 || c.Kind != "process" || c.Reach == nil || c.Reach.Executable == "" {
		t.Errorf("got %+v", c)
	}
	if _, err := confinementOf(1<<30, "default"); err == nil {
		t.Error("a process of an impossible number was found")
	}
}

// A process that has ended and is not reaped has no program.
func TestConfinementOfAZombie(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	pid := cmd.Process.Pid
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if s, err := proc.Host.Status(pid); err == nil && s.Zombie() {
			break
		}
	}
	c, err := confinementOf(pid, "default")
	if err != nil || c.Kind != "zombie" || c.Run.Line != "" || c.Reach != nil {
		t.Errorf("got %+v, %v", c, err)
	}
}

// A huge command line, with what would command a terminal, is cut for people and whole in the line to run.
func TestConfinementOfAHostileName(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	cmd.Args[0] = "\x1b[2Jsleep" + strings.Repeat("x", 100_000)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	report, err := inspect(strconv.Itoa(cmd.Process.Pid), "default")
	if err != nil {
		t.Fatal(err)
	}
	text := report.text()
	if strings.Contains(text, "\x1b") || !strings.Contains(text, "bytes)") || len(report.Process.Run.Line) < 100_000 {
		t.Errorf("got %d bytes of text, %d of line:\n%.900s", len(text), len(report.Process.Run.Line), text)
	}
}
