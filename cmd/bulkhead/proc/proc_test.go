package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

func TestParseStatus(t *testing.T) {
	s := ParseStatus("Name:\ta\\nb\nState:\tZ (zombie)\nPPid:\t7\nTracerPid:\t9\nUid:\t1\t2\t3\t4\nNSpid:\t40\t3\t1\nCapEff:\t0000000000000401\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\nKthread:\t0\n")
	if s.Name != `a\nb` || !s.Zombie() || s.Parent != 7 || s.Tracer != 9 || s.UIDs[1] != "2" || !slices.Equal(s.Numbers, []int{40, 3, 1}) ||
		s.Effective != 0x401 || !s.NoNewPrivs || s.Seccomp != 2 || s.Filters != 3 || s.Kernel {
		t.Errorf("got %+v", s)
	}
	for want, text := range map[int]string{-1: "Seccomp:\t2\n", 0: "Seccomp:\t0\n", 2: "Seccomp:\t2\nSeccomp_filters:\t2\n"} {
		if got := ParseStatus(text).Filters; got != want {
			t.Errorf("%q: %d filters, want %d", text, got, want)
		}
	}
}

func TestParseMounts(t *testing.T) {
	list := ParseMounts("36 35 98:0 /mnt1 /a\\040b rw,noatime master:1 - ext3 /dev/root ro,errors=continue\n" +
		"37 35 0:5 / /t ro,nosuid - tmpfs t rw\nnonsense\n38 35 8:1 / /home rw,relatime - ext4 /dev/sda1 rw\n")
	if len(list) != 3 || list[0].Target != "/a b" || list[0].Writable() || !list[0].SetUID() || list[1].SetUID() || !list[1].InMemory() ||
		!list[2].Writable() || list[2].InMemory() || list[2].Device != "8:1" {
		t.Errorf("got %+v", list)
	}
}

func TestParseListeners(t *testing.T) {
	head := "  sl  local_address rem_address   st\n"
	rest := " 00000000:00000000 00:00000000 00000000     0        0 4242 1\n"
	for _, c := range []struct{ protocol, line, address string }{
		{"tcp", "   0: 0100007F:1F90 00000000:0000 0A", "127.0.0.1"},
		{"tcp6", "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A", "::1"},
		{"udp", "   0: 00000000:1F90 00000000:0000 07", "0.0.0.0"},
		{"tcp", "   0: 0100007F:1F90 0100007F:0050 01", ""},
		{"tcp", "   0: XX:1F90 0100007F:0050 0A", ""},
	} {
		list := ParseListeners(c.protocol, head+c.line+rest)
		if c.address == "" && len(list) > 0 || c.address != "" && (len(list) != 1 || list[0].Address != c.address || list[0].Port != 8080 || list[0].inode != "4242") {
			t.Errorf("%s: got %+v", c.line, list)
		}
	}
}

func TestParseRlimits(t *testing.T) {
	got := ParseRlimits("Limit                     Soft Limit           Hard Limit           Units     \n" +
		"Max file size             unlimited            unlimited            bytes     \nMax open files            1024                 4096                 files     \n")
	if got["Max open files"] != "1024" || got["Max file size"] != "unlimited" || len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

// The limit in force is the smallest from the group up to the top.
func TestGroups(t *testing.T) {
	top := t.TempDir()
	for name, text := range map[string]string{"a/memory.max": "9000\n", "a/b/memory.max": "max\n", "a/b/pids.max": "12\n", "a/pids.max": "44\n"} {
		file := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	v2 := []Mount{{Type: "cgroup2", Root: "/", Target: top}}
	v1 := []Mount{{Type: "cgroup", Root: "/", Target: top, super: []string{"rw", "pids"}}}
	for _, c := range []struct {
		text      string
		mounts    []Mount
		v2, v1    string
		limit     int64
		known     bool
		condition string
	}{
		{"0::/a/b\n", v2, "memory.max", "memory.limit_in_bytes", 9000, true, "from above"},
		{"0::/a/b\n", v2, "pids.max", "pids.max", 12, true, "its own"},
		{"0::/a/b\n", v2, "cpu.max", "cpu.cfs_quota_us", -1, true, "none"},
		{"3:pids:/a/b\n0::/\n", append(v1, v2...), "pids.max", "pids.max", 12, true, "version 1"},
		{"3:pids:/a/b\n0::/\n", v2, "pids.max", "pids.max", -1, false, "a tree that is not mounted"},
		{"0::/../x\n", v2, "pids.max", "pids.max", -1, false, "outside"},
	} {
		g := ParseGroups(c.text, c.mounts)
		if limit, known := g.Limit(c.v2, "pids", c.v1); limit != c.limit || known != c.known {
			t.Errorf("%s: %d, %v", c.condition, limit, known)
		}
	}
}

// TestProcess reads this one, and one that is not there.
func TestProcess(t *testing.T) {
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "open"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p, err := Host.Process(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(p.Files, func(f File) bool { return f.FD == int(file.Fd()) })
	if i < 0 || p.Files[i].Name != file.Name() || !p.Files[i].Write || p.Files[i].Directory || p.Files[i].Mount == "" {
		t.Errorf("the open file is not among %+v", p.Files)
	}
	exe, _ := os.Executable()
	if p.Exe != exe || !slices.Contains(p.Mapped, exe) || len(p.Mounts) == 0 || p.Parent != os.Getppid() || len(p.Namespaces) < 7 || len(p.Unread) > 0 || !p.Dumpable {
		t.Errorf("got %+v", p)
	}
	if _, err := Host.Process(1 << 30); err == nil {
		t.Error("a process of an impossible number was found")
	}
}

// A process that ends while it is read is as one that was never there.
func TestProcessGoneMidway(t *testing.T) {
	root := FS(t.TempDir())
	dir := filepath.Join(string(root), "5")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "stat"), []byte("5 (a) b) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 777 0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if born, err := root.born(5); born != "777" || err != nil {
		t.Errorf("born %q, %v", born, err)
	}
	if p, err := root.Process(5); err == nil {
		t.Errorf("without a status: %+v", p)
	}
	if list := root.List("pid"); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
}

func TestListAmongThousands(t *testing.T) {
	root := t.TempDir()
	for pid := 1; pid <= 3000; pid++ {
		dir := filepath.Join(root, strconv.Itoa(pid))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "status"), []byte("Name:\tx\nPPid:\t1\nNSpid:\t"+strconv.Itoa(pid)+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list := FS(root).List("pid")
	if len(list) != 3000 || list[2999].PID != 3000 || list[41].Numbers[0] != 42 {
		t.Errorf("got %d", len(list))
	}
}
