package spec

import (
	"reflect"
	"slices"
	"testing"
)

func TestDefaultsOfTheZeroSpec(t *testing.T) {
	got := (&Spec{}).WithDefaults()
	id := uint32(1000)
	want := Spec{
		Workdir: "/home/user", Umask: Mode(0o22), Hostname: "bulkhead", Domainname: "(none)",
		User:       User{UID: &id, GID: &id, Name: "user", Home: "/home/user"},
		Namespaces: Namespaces{"new", "new", "new", "new", "new", "new", "new", "new"},
		Root:       Root{Kind: RootHost}, Proc: Proc{HidePID: "off"}, Seccomp: Seccomp{Policy: "default"}, Landlock: Landlock{Mode: "off"},
		Limits: Limits{Memory: 4 * GiB, Pids: 1024, Wall: Seconds(3600), Tmp: 512 * MiB, TmpInodes: 65536, Stack: 8 * MiB, OpenFiles: 1024},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if again := got.WithDefaults(); !reflect.DeepEqual(again, got) {
		t.Errorf("a second WithDefaults changes\n%+v\ninto\n%+v", got, again)
	}
}

// TestDefaultsLeaveOwnRlimits: a default may not contradict the resource limit that a Spec sets by name.
func TestDefaultsLeaveOwnRlimits(t *testing.T) {
	s := Spec{Command: []string{"ls"}, Limits: Limits{Rlimits: map[string]Size{"nofile": 5000, "stack": GiB, "fsize": MiB}}}
	s = s.WithDefaults()
	if err := s.Validate(); err != nil || s.Limits.OpenFiles != 0 || s.Limits.Stack != 0 {
		t.Errorf("%v, %+v", err, s.Limits)
	}
}

func TestDefaultsKeepWhatIsSet(t *testing.T) {
	s := fullSpec()
	if got := s.WithDefaults(); !reflect.DeepEqual(got, func() Spec { s := fullSpec(); s.Mounts[1].fill(); return s }()) {
		t.Errorf("got\n%+v\nwant\n%+v", got, s)
	}
	if !reflect.DeepEqual(s, fullSpec()) {
		t.Error("WithDefaults changed its receiver")
	}
}

func TestDefaultUser(t *testing.T) {
	for _, c := range []struct {
		user       User
		namespace  Namespace
		uid, gid   int64
		name, home string
	}{
		{User{}, "", 1000, 1000, "user", "/home/user"},
		{User{UID: pointer(uint32(0))}, "", 0, 0, "root", "/root"},
		{User{UID: pointer(uint32(5)), GID: pointer(uint32(6)), Name: "me"}, "", 5, 6, "me", "/home/me"},
		{User{GID: pointer(uint32(6)), Home: "/x"}, "", 1000, 6, "user", "/x"},
		{User{}, NamespaceHost, -1, -1, "user", "/home/user"},
	} {
		s := Spec{User: c.user, Namespaces: Namespaces{User: c.namespace}}
		u := s.WithDefaults().User
		if idOr(u.UID) != c.uid || idOr(u.GID) != c.gid || u.Name != c.name || u.Home != c.home {
			t.Errorf("%+v became uid %d gid %d %q %q, want %+v", c.user, idOr(u.UID), idOr(u.GID), u.Name, u.Home, c)
		}
	}
}

func idOr(id *uint32) int64 {
	if id == nil {
		return -1
	}
	return int64(*id)
}

func TestDefaultWall(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits Limits
		tty    bool
		want   Duration
	}{
		{"nothing said", Limits{}, false, Seconds(3600)},
		{"terminal", Limits{}, true, Unlimited},
		{"set", Limits{Wall: Seconds(5), CPUTime: Seconds(9)}, true, Seconds(5)},
		{"no limit asked for", Limits{Wall: Unlimited, CPUTime: Seconds(1)}, false, Unlimited},
		{"a sleeper must not outlive its CPU limit by an hour", Limits{CPUTime: Seconds(1)}, false, Seconds(13)},
		{"a slow processor needs longer", Limits{CPUTime: Seconds(10), CPUs: 0.5}, false, Seconds(70)},
		{"a long computation gets its time", Limits{CPUTime: Seconds(36000)}, false, Seconds(108010)},
		{"beyond all measure", Limits{CPUTime: 1 << 62, CPUs: 0.01}, false, Unlimited},
	} {
		s := Spec{Limits: c.limits, Terminal: c.tty}
		if got := s.WithDefaults().Limits.Wall; got != c.want {
			t.Errorf("%s: wall is %v, want %v", c.name, got, c.want)
		}
	}
}

func TestDefaultMounts(t *testing.T) {
	s := Spec{Root: Root{Kind: RootEmpty}, Mounts: []Mount{
		{Type: MountBind}, {Type: MountBind, Write: true}, {Type: MountTmpfs}, {Type: MountOverlay}, {Type: MountOverlay, Upper: "/u"},
		{Type: MountDir}, {Type: MountFile}, {Type: MountSymlink},
	}}
	d := s.WithDefaults()
	want := []Mount{
		{Type: MountBind, Own: pointer(false)}, {Type: MountBind, Write: true, Own: pointer(true)},
		{Type: MountTmpfs, Size: 64 * MiB, Inodes: 65536, Mode: Mode(0o755)}, {Type: MountOverlay, Size: 64 * MiB, Inodes: 65536}, {Type: MountOverlay, Upper: "/u"},
		{Type: MountDir, Mode: Mode(0o755)}, {Type: MountFile, Mode: Mode(0o644)}, {Type: MountSymlink},
	}
	if !reflect.DeepEqual(d.Mounts, want) {
		t.Errorf("got\n%+v\nwant\n%+v", d.Mounts, want)
	}
	if d.Root.Size != 64*MiB || d.Root.Inodes != 65536 {
		t.Errorf("root is %+v", d.Root)
	}
	s = Spec{Root: Root{Overlay: &Overlay{}}}
	if o := s.WithDefaults().Root.Overlay; o.Size != 512*MiB || o.Inodes != 262144 {
		t.Errorf("overlay is %+v", o)
	}
}

func TestEnviron(t *testing.T) {
	launcher := []string{"HOME=/root", "LC_ALL=C", "LC_TIME=de", "SECRET=x", "TERM=screen", "PATH=/evil", "=odd", "NOVALUE"}
	s := Spec{Env: map[string]string{"A": "b=c", "LANG": "de", "LC_TIME": ""}, KeepEnv: []string{"LC_*", "NOVALUE"}, Workdir: "/srv"}
	d := s.WithDefaults()
	want := []string{
		"A=b=c", "HOME=/home/user", "LANG=de", "LC_ALL=C", "LC_TIME=", "LOGNAME=user", "NOVALUE=", "PATH=" + Path, "PWD=/srv", "SHELL=/bin/sh", "USER=user",
	}
	if got := d.Environ(launcher); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	d.Terminal = true
	if got := d.Environ(launcher); !slices.Contains(got, "TERM=screen") {
		t.Errorf("with a terminal TERM is not the launcher's: %q", got)
	}
	if got := d.Environ(nil); !slices.Contains(got, "TERM=xterm") {
		t.Errorf("with a terminal of unknown type TERM is missing: %q", got)
	}
	d.KeepEnv = []string{"*"}
	if got := d.Environ(launcher); !slices.Contains(got, "SECRET=x") || !slices.Contains(got, "PATH=/evil") {
		t.Errorf("keeping everything lost something: %q", got)
	}
}
