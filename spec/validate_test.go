package spec

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// validSpec passes Validate; each test spoils it.
func validSpec() Spec {
	return Spec{
		Name: "web-1", Command: []string{"sh", "-c", ""}, Workdir: "/srv", Env: map[string]string{"A": "=", "a b": ""}, KeepEnv: []string{"LC_*", "*", "TERM"},
		Hostname: "box.example.org", Domainname: "(none)", Capabilities: []Capability{"NET_RAW"},
		User:       User{UID: pointer(uint32(0)), Groups: []uint32{0}, Home: "/root", Name: "root"},
		Namespaces: Namespaces{Net: "netns:blue", IPC: "host", User: "new"},
		Root:       Root{Kind: RootDir, Dir: "/srv/root", Writable: true},
		Mounts: []Mount{
			{Type: MountBind, Source: "/a", Target: "/b", Write: true, Dev: true, NoExec: true, Optional: true, Own: pointer(true)},
			{Type: MountBind, Source: "fd:3", Target: "/c"},
			{Type: MountTmpfs, Target: "/t", Size: MiB, Inodes: Unlimited, Mode: Mode(0o1777)},
			{Type: MountOverlay, Source: "/lower", Target: "/o", Upper: "/upper"},
			{Type: MountFile, Target: "/f", Data: "x\x00"}, {Type: MountFile, Target: "/g", DataFD: pointer(4)},
			{Type: MountDir, Target: "/d", Mode: Mode(0o700)}, {Type: MountSymlink, Source: "../x", Target: "/l"},
			{Type: MountMqueue, Target: "/dev/mqueue"}, {Type: MountSysfs, Target: "/sys"},
		},
		Proc:    Proc{HidePID: "invisible", Mask: []string{"/proc/keys", "/sys/firmware"}},
		Seccomp: Seccomp{Policy: "strict", Rules: []string{"deny ptrace"}}, Landlock: Landlock{Mode: "on", BindTCP: []uint16{}},
		Limits: Limits{
			Memory: GiB, MemoryHigh: 512 * MiB, CPUs: 0.5, CPUWeight: 10000, Cpuset: "0-1,4", Wall: Unlimited, CPUTime: Seconds(1), Grace: Seconds(1),
			IO: []IOLimit{{Device: "8:0", ReadBPS: MiB}, {Device: "/dev/sdb", WriteIOPS: 1}}, Rlimits: map[string]Size{"memlock": 0, "nice": 5},
		},
		Scheduling: Scheduling{Nice: 19, Affinity: "0"}, Clock: Clock{Boottime: -5},
		PassFDs: []int{5, 3, 1000}, AsPID1: true, AllowDrop: []Protection{ProtectionCgroup}, Watch: []string{"/w"},
	}
}

func pointer[T any](v T) *T { return &v }

func TestValidSpec(t *testing.T) {
	s := validSpec()
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	full := s.WithDefaults()
	if err := full.Validate(); err != nil {
		t.Errorf("after WithDefaults: %v", err)
	}
}

func TestValidate(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		spoil func(*Spec)
		want  string
	}{
		{func(s *Spec) { s.Command = nil }, `command: missing; name the program to run`},
		{func(s *Spec) { s.Command[0] = "" }, `command[0]: empty; name the program to run`},
		{func(s *Spec) { s.Command[2] = "a\x00b" }, `command[2] "a\x00b": contains a NUL byte; an argument ends at its first NUL; pass such bytes in a file or on standard input`},
		{func(s *Spec) { s.Name = "a_b" }, `name "a_b": holds something other than letters, digits and hyphens; a name is a DNS label, such as web-1`},
		{func(s *Spec) { s.Name = "-a" }, `name "-a": begins or ends with a hyphen; a name is a DNS label, such as web-1`},
		{func(s *Spec) { s.Name = strings.Repeat("a", 64) }, `name "` + strings.Repeat("a", 64) + `": longer than 63 characters; a name is a DNS label, such as web-1`},
		{func(s *Spec) { s.Workdir = "srv" }, `workdir "srv": not an absolute path; write "/srv"`},
		{func(s *Spec) { s.Workdir = "." }, `workdir ".": not resolved yet; call Resolve before Validate`},
		{func(s *Spec) { s.Workdir = "/srv/../x" }, `workdir "/srv/../x": not a clean path; write "/x"`},
		{func(s *Spec) { s.Env["A=B"] = "" }, `env "A=B": a name with an equals sign; write a name such as LANG`},
		{func(s *Spec) { s.Env[""] = "" }, `env: an empty name; write a name such as LANG`},
		{func(s *Spec) { s.Env["A"] = "\x00" }, `env.A "\x00": contains a NUL byte; a value ends at its first NUL`},
		{func(s *Spec) { s.KeepEnv[0] = "L*C" }, `keep_env[0] "L*C": not a variable's name or a prefix ending in *; write LANG or LC_*`},
		{func(s *Spec) { s.Umask = Mode(0o1777) }, `umask "1777": more than the permission bits; the largest umask is 0777`},
		{func(s *Spec) { s.Hostname = "box.a_b" }, `hostname "box.a_b": label "a_b": holds something other than letters, digits and hyphens; write labels of letters, digits and hyphens with dots between, at most 64 characters in all`},
		{func(s *Spec) { s.Hostname = "a..b" }, `hostname "a..b": label "": empty; write labels of letters, digits and hyphens with dots between, at most 64 characters in all`},
		{func(s *Spec) { s.Namespaces.UTS = "host"; s.Domainname = "" }, `hostname "box.example.org": needs a UTS namespace of its own; leave it out, or set namespaces.uts to "new"`},
		{func(s *Spec) { s.User.Name = "a:b" }, `user.name "a:b": not a login name; write at most 32 letters, digits, underscores, dots and hyphens`},
		{func(s *Spec) { s.User.Home = "/a:b" }, `user.home "/a:b": contains a colon; a colon parts the fields of /etc/passwd`},
		{func(s *Spec) { s.User.Home = "/a\nroot" }, `user.home "/a\nroot": contains a line feed; a line of /etc/passwd is one user`},
		{func(s *Spec) { s.User.UID = pointer(uint32(math.MaxUint32)); s.User.Groups = nil }, `user.uid "4294967295": is no id; the largest id is 4294967294`},
		{func(s *Spec) { s.User.Groups = []uint32{7} }, `user.groups[0] "7": is not mapped; add it to user.gid_map`},
		{func(s *Spec) { s.User.UIDMap = []IDMap{{1, 100000, 10}} }, `user.uid "0": not in user.uid_map; add a line that maps it`},
		{func(s *Spec) { s.User.UIDMap = []IDMap{{0, 100000, 10}, {20, 100009, 1}} }, `user.uid_map[1] "20 100009 1": overlaps user.uid_map[0] outside; each id may be mapped once`},
		{func(s *Spec) { s.User.UIDMap = []IDMap{{5, 1, 10}, {0, 100, 6}} }, `user.uid_map[0] "5 1 10": overlaps user.uid_map[1] inside; each id may be mapped once`},
		{func(s *Spec) { s.User.GIDMap = []IDMap{{0, math.MaxUint32, 1}} }, `user.gid_map[0] "0 4294967295 1": runs past the largest id outside; the largest id is 4294967294`},
		{func(s *Spec) { s.User.GIDMap = []IDMap{{0, 5, 1}, {10, 7, 0}} }, `user.gid_map[1].count "0": maps nothing; write how many ids are mapped`},
		{func(s *Spec) { s.Namespaces.User = "host"; s.User.UIDMap = []IDMap{{0, 5, 1}} }, `user: id maps need a user namespace of its own; leave them out, or set namespaces.user to "new"`},
		{func(s *Spec) { s.Namespaces.Net = "hosts" }, `namespaces.net "hosts": unknown; did you mean "host"?`},
		{func(s *Spec) { s.Namespaces.IPC = "netns:x" }, `namespaces.ipc "netns:x": names a network namespace; "netns:NAME" is for namespaces.net`},
		{func(s *Spec) { s.Namespaces.PID = "host"; s.Proc.HidePID = "" }, `as_pid_1 "true": needs a pid namespace of its own; leave it out, or set namespaces.pid to "new"`},
		{func(s *Spec) { s.Namespaces.PID = "host"; s.AsPID1 = false }, `proc: hidepid and pids_only need a pid namespace of its own; leave them out, or set namespaces.pid to "new"`},
		{func(s *Spec) { s.Namespaces.Mount = "host" }, `namespaces.mount "host": root, mounts and proc need a mount namespace of its own; leave them out, or set namespaces.mount to "new"`},
		{func(s *Spec) { s.Namespaces.Time = "host" }, `clock: offsets need a time namespace of its own; leave them out, or set namespaces.time to "new"`},
		{func(s *Spec) { s.Clock.Monotonic = Seconds(5e9) }, `clock.monotonic "1388888h53m20s": more than 146 years, the most that the kernel takes; write a time span such as "5s" or "-5s"`},
		{func(s *Spec) { s.Clock.Boottime = Unlimited }, `clock.boottime "unlimited": is no offset; write a time span such as "5s" or "-5s"`},
		{func(s *Spec) { s.Root = Root{Kind: "hots"} }, `root.kind "hots": unknown; did you mean "host"?`},
		{func(s *Spec) { s.Root.Dir = "" }, `root.dir: missing; kind "dir" needs the directory that becomes /`},
		{func(s *Spec) { s.Root.Kind = "empty" }, `root.dir "/srv/root": given but root.kind is "empty"; set root.kind to "dir"`},
		{func(s *Spec) { s.Root = Root{Writable: true} }, `root.writable "true": would let the program change the host's system; add root.overlay, a layer that takes the changes`},
		{func(s *Spec) { s.Root.Size = MiB }, `root.size "1M": has no effect here; they are for kind "empty"`},
		{func(s *Spec) { s.Root.Overlay = &Overlay{Dir: "/x", Inodes: 5} }, `root.overlay.inodes "5": has no effect here; they cap a layer that is thrown away; a kept one is as large as its disk`},
		{func(s *Spec) { s.Root = Root{Kind: "empty", Overlay: &Overlay{}} }, `root.overlay: kind "empty" is writable without an overlay; leave it out`},
		{func(s *Spec) { s.Mounts[0].Target = "" }, `mounts[0].target: missing; write an absolute path`},
		{func(s *Spec) { s.Mounts[0].Target = "/" }, `mounts[0].target "/": would cover the whole root; choose what / is by the root (--root, --overlay), or mount it elsewhere, as in /host`},
		{func(s *Spec) { s.Mounts[0].Target = "/a\x00" }, `mounts[0].target "/a\x00": contains a NUL byte`},
		{func(s *Spec) { s.Mounts[0].Target = "/" + long }, `mounts[0].target "/` + long[:79] + `"... (301 bytes): has a name longer than 255 bytes`},
		{func(s *Spec) { s.Mounts[0].Target = strings.Repeat("/x", 2048) }, `mounts[0].target "` + strings.Repeat("/x", 40) + `"... (4096 bytes): longer than 4095 bytes`},
		{func(s *Spec) { s.Mounts[0].Source = "" }, `mounts[0].source: missing; it is a host path or "fd:N"`},
		{func(s *Spec) { s.Mounts[0].Source = "./x" }, `mounts[0].source "./x": not resolved yet; call Resolve before Validate`},
		{func(s *Spec) { s.Mounts[1].Source = "fd:1" }, `mounts[1].source "fd:1": not a descriptor from 3 up; write "fd:3"; 0 to 2 are the program's own`},
		{func(s *Spec) { s.Mounts[0].Data = "x" }, `mounts[0].data: has no meaning for type "bind"; leave it out; type bind takes target, source, beneath, write, dev, noexec, optional, own, guard, hide, git`},
		{func(s *Spec) { s.Mounts[0].Git = true }, `mounts[0] "/a": guard, hide and git are not resolved yet; call Resolve before Validate`},
		{func(s *Spec) { s.Mounts[2].Source = "/x" }, `mounts[2].source: has no meaning for type "tmpfs"; leave it out; type tmpfs takes target, noexec, size, inodes, mode`},
		{func(s *Spec) { s.Mounts[3].Size = MiB }, `mounts[3].size "1M": has no effect here; they cap a layer that is thrown away; a kept one is as large as its disk`},
		{func(s *Spec) { s.Mounts[5].Data = "x" }, `mounts[5].data: given together with data_fd; leave one of them out`},
		{func(s *Spec) { s.Mounts[5].DataFD = pointer(-1) }, `mounts[5].data_fd "-1": not a descriptor from 3 up; write "fd:3"; 0 to 2 are the program's own`},
		{func(s *Spec) { s.Mounts[7].Source = "" }, `mounts[7].source: missing; it is the text of the link`},
		{func(s *Spec) { s.Mounts[2].Type = "tmpsf" }, `mounts[2].type "tmpsf": unknown; did you mean "tmpfs"?`},
		{func(s *Spec) { s.Mounts[2].Type = "" }, `mounts[2].type: missing; known: bind, tmpfs, overlay, file, dir, symlink, mqueue, sysfs`},
		{func(s *Spec) { s.Mounts = make([]Mount, 100_001) }, `mounts: 100001 mounts; the kernel takes at most 100000 in one namespace`},
		{func(s *Spec) { s.Proc.HidePID = "2" }, `proc.hidepid "2": unknown; known: off, noaccess, invisible`},
		{func(s *Spec) { s.Proc.Mask[0] = "/etc/shadow" }, `proc.mask[0] "/etc/shadow": not below /proc or /sys; cover other paths by a mount of type "tmpfs" or "file"`},
		{func(s *Spec) { s.Proc.Off = true }, `proc.off "true": contradicts the other settings of proc; leave one of them out`},
		{func(s *Spec) { s.Capabilities[0] = "CAP_NET_RAW" }, `capabilities[0] "CAP_NET_RAW": unknown; did you mean "NET_RAW"?`},
		{func(s *Spec) { s.AllowDrop[0] = "memroy" }, `allow_drop[0] "memroy": unknown; did you mean "memory"?`},
		{func(s *Spec) { s.Seccomp.Policy = "stirct" }, `seccomp.policy "stirct": unknown; did you mean "strict"?`},
		{func(s *Spec) { s.Seccomp.Rules = []string{"a\nb"} }, `seccomp.rules[0] "a\nb": not one line of the policy language; write one rule an entry`},
		{func(s *Spec) { s.Landlock.Mode = "" }, `landlock: ports are listed but the mode is off; set landlock.mode to "on"`},
		{func(s *Spec) { s.Landlock.Mode = "yes" }, `landlock.mode "yes": unknown; known: off, on, only`},
		{func(s *Spec) { s.Limits.Memory = -2 }, `limits.memory "-2": negative; no limit is written "unlimited", in Go spec.Unlimited`},
		{func(s *Spec) { s.Limits.Memory, s.Limits.MemoryHigh = 512, 0 }, `limits.memory "512B": too little for any program to start; no program needs less than 256K; is it a unit too small? 64M is enough for many`},
		{func(s *Spec) { s.Limits.MemoryHigh = 2 * GiB }, `limits.memory_high "2G": more than limits.memory, 1G; throttling must start below the limit`},
		{func(s *Spec) { s.Limits.Pids = -5 }, `limits.pids "-5": negative; no limit is written "unlimited", in Go spec.Unlimited`},
		{func(s *Spec) { s.Limits.Pids = 4194304 }, `limits.pids "4194304": more than any kernel has; the most is 4194303, and no limit is written "unlimited"`},
		{func(s *Spec) { s.Limits.Idle = -5 }, `limits.idle "-5ns": negative; no limit is written "unlimited", in Go spec.Unlimited`},
		{func(s *Spec) { s.Limits.CPUs = math.NaN() }, `limits.cpus "NaN": not a finite number; write how many processors, such as 1.5`},
		{func(s *Spec) { s.Limits.CPUs = math.Inf(1) }, `limits.cpus "+Inf": not a finite number; write how many processors, such as 1.5`},
		{func(s *Spec) { s.Limits.CPUs = -1 }, `limits.cpus "-1": negative; write how many processors, such as 1.5; leave it out for no quota`},
		{func(s *Spec) { s.Limits.CPUs = 0.001 }, `limits.cpus "0.001": less than the kernel can give; the least is 0.01`},
		{func(s *Spec) { s.Limits.CPUs = 1e6 }, `limits.cpus "1e+06": more than any kernel has; the most is 8192`},
		{func(s *Spec) { s.Limits.CPUWeight = 10001 }, `limits.cpu_weight "10001": out of range; weights are 1 to 10000, 100 is the usual share`},
		{func(s *Spec) { s.Limits.Cpuset = "0--1" }, `limits.cpuset "0--1": cannot read "0--1"; write numbers and ranges, such as "0-1,4"`},
		{func(s *Spec) { s.Limits.CPUTime = 0 }, `limits.grace "1s": there is no time limit that it could extend; set limits.wall or limits.cpu_time`},
		{func(s *Spec) { s.Limits.IO[1].Device = "sdb" }, `limits.io[1].device "sdb": not a device; write a path such as /dev/sda, or MAJOR:MINOR`},
		{func(s *Spec) { s.Limits.IO[0].ReadBPS = 0 }, `limits.io[0]: sets no limit; set read_bps, write_bps, read_iops or write_iops`},
		{func(s *Spec) { s.Limits.IO[1].Device = "8:0" }, `limits.io[1].device "8:0": listed twice; put all its limits into one entry`},
		{func(s *Spec) { s.Limits.Rlimits["memlok"] = 1 }, `limits.rlimits "memlok": unknown; did you mean "memlock"?`},
		{func(s *Spec) { s.Limits.Rlimits["nofile"] = 5; s.Limits.OpenFiles = 6 }, `limits.rlimits.nofile "5B": contradicts limits.open_files; set one of them`},
		{func(s *Spec) { s.Scheduling.Nice = -1 }, `scheduling.nice "-1": out of range; nice is 0 to 19; a program cannot be favoured over the host's`},
		{func(s *Spec) { s.Scheduling.Affinity = "x" }, `scheduling.affinity "x": cannot read "x"; write numbers and ranges, such as "0-1,4"`},
		{func(s *Spec) { s.PassFDs = []int{3, 2} }, `pass_fds[1] "2": standard input, output and error are always the program's; descriptors to pass are numbered from 3 up`},
		{func(s *Spec) { s.PassFDs = []int{-1} }, `pass_fds[0] "-1": not a descriptor; descriptors to pass are numbered from 3 up`},
		{func(s *Spec) { s.PassFDs = []int{9, 4, 9} }, `pass_fds[2] "9": listed twice; list each descriptor once`},
		{func(s *Spec) { s.Watch[0] = "~/x" }, `watch[0] "~/x": not resolved yet; call Resolve before Validate`},
	} {
		s := validSpec()
		c.spoil(&s)
		err := s.Validate()
		if err == nil {
			t.Errorf("no error, want %s", c.want)
			continue
		}
		if got := err.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestValidateCollects(t *testing.T) {
	s := Spec{Name: "_", Workdir: "x", Limits: Limits{CPUs: math.NaN()}}
	errs := FieldErrors(s.Validate())
	var paths []string
	for _, e := range errs {
		paths = append(paths, e.Path)
	}
	if got, want := strings.Join(paths, " "), "name workdir command limits.cpus"; got != want {
		t.Errorf("mistakes in %q, want %q", got, want)
	}
}

func TestValidateCountsTheRest(t *testing.T) {
	s := Spec{Command: []string{"ls"}, Mounts: make([]Mount, 1000)}
	errs := FieldErrors(s.Validate())
	if len(errs) != 101 || errs[100].Error() != "900 more mistakes" {
		t.Errorf("%d mistakes, the last %v", len(errs), errs[len(errs)-1])
	}
}

func TestLandlockOnly(t *testing.T) {
	s := Spec{Command: []string{"ls"}, Landlock: Landlock{Mode: "only"}, Mounts: []Mount{
		{Type: MountBind, Source: "/srv", Target: "/srv", Write: true}, {Type: MountBind, Source: "/srv", Target: "/x"}, {Type: MountTmpfs, Target: "/y"},
	}}
	s.Namespaces.Net = "netns:x"
	var paths []string
	for _, e := range FieldErrors(s.Validate()) {
		paths = append(paths, e.Path)
	}
	if got, want := strings.Join(paths, " "), "mounts[1] mounts[2] namespaces.net"; got != want {
		t.Errorf("mistakes in %q, want %q", got, want)
	}
}

func TestValidateLongIDMap(t *testing.T) {
	s := Spec{Command: []string{"ls"}, User: User{UID: pointer(uint32(0))}}
	for i := range uint32(341) {
		s.User.UIDMap = append(s.User.UIDMap, IDMap{2 * i, 100000 + 2*i, 1})
	}
	want := "user.uid_map: 341 lines; the kernel takes at most 340"
	if err := s.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	s.User.UIDMap = s.User.UIDMap[:340]
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidateManyMounts(t *testing.T) {
	s := Spec{Command: []string{"ls"}}
	for i := range 100_000 {
		s.Mounts = append(s.Mounts, Mount{Type: MountBind, Source: "/usr", Target: "/m/" + strconv.Itoa(i)})
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
}
