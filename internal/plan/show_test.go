package plan

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCallString(t *testing.T) {
	long := strings.Repeat("x", 121)
	for want, c := range map[string]Call{
		"setsid()":                                        call("setsid"),
		"close($2)":                                       closeFD(firstFreeCell + 1),
		"close($launcher)":                                closeFD(CellLife),
		"$1 = openat(AT_FDCWD, \"/\", X, 0)":              open(cwd, "/", 0, "X").into(firstFreeCell),
		"write($1, \"a\\x00\\n\", 3)":                     write(firstFreeCell, "a\x00\n"),
		`chdir("` + long[:120] + `"...)`:                  call("chdir", str(long)),
		`execve("/x", ["a b", ""], [])`:                   call("execve", str("/x"), vec([]string{"a b", ""}), vec(nil)),
		"unshare(CLONE_NEWUSER|CLONE_NEWNS)":              call("unshare", flags(unix.CLONE_NEWUSER|unix.CLONE_NEWNS, asCloneFlags)),
		"unshare(0)":                                      call("unshare", flags(0, asCloneFlags)),
		`mount(NULL, "a", NULL, MS_RDONLY|MS_BIND, NULL)`: mount("", "a", "", unix.MS_BIND|unix.MS_RDONLY, ""),
		"f({2, unlimited})":                               call("f", Arg{kind: argData, str: words(2, unix.RLIM_INFINITY), show: asRlimit}),
		"f({7, 9})":                                       call("f", winsize(7, 9)),
		"f(-5)":                                           call("f", n(-5)),
		"clock_gettime(CLOCK, $start)":                    call("clock_gettime", num(1, "CLOCK"), cellAddress(firstFreeCell, "$start")),
	} {
		if got := c.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestVectorsAreCut(t *testing.T) {
	args := slices.Repeat([]string{"x"}, 9)
	if got := vec(args).String(); strings.Count(got, `"x"`) != 8 || !strings.HasSuffix(got, ", ...]") {
		t.Errorf("%s", got)
	}
}

func TestCellNames(t *testing.T) {
	seen := map[string]Cell{}
	for c := Cell(1); c < firstFreeCell+3; c++ {
		name := c.String()
		if other, twice := seen[name]; twice && name != "$launcher" || len(name) < 2 || name[0] != '$' {
			t.Errorf("cell %d is called %q, as %d is", c, name, other)
		}
		seen[name] = c
	}
}

// Each kind of argument is one kind only, and the zero Arg the number 0.
func TestArgKinds(t *testing.T) {
	for _, test := range []struct {
		name string
		arg  Arg
	}{
		{"number", n(7)}, {"number", Arg{}}, {"cell", cell(3)}, {"string", str("x")}, {"structure", data("xx", "")}, {"vector", vec(nil)}, {"address", cellAddress(3, "")}, {"path", pathOf(3)},
	} {
		var kinds []string
		for name, is := range kindsOf(test.arg) {
			if is {
				kinds = append(kinds, name)
			}
		}
		if len(kinds) != 1 || kinds[0] != test.name {
			t.Errorf("%+v is %v, want %s", test.arg, kinds, test.name)
		}
	}
}

func kindsOf(a Arg) map[string]bool {
	_, number := a.Number()
	_, ref := a.CellRef()
	_, text := a.Str()
	_, _, structure := a.Data()
	_, vector := a.Vec()
	_, address := a.CellAddr()
	_, path := a.PathOf()
	return map[string]bool{"path": path, "number": number, "cell": ref, "string": text, "structure": structure, "vector": vector, "address": address}
}

func TestCandidates(t *testing.T) {
	for _, test := range []struct {
		name string
		env  []string
		want string
	}{
		{"cat", []string{"A=b", "PATH=/usr/bin:/bin"}, "/usr/bin/cat /bin/cat"},
		{"cat", []string{"PATH=/x//y/:"}, "/x/y/cat cat"},
		{"cat", []string{"PATH="}, "cat"},
		{"cat", []string{"XPATH=/no"}, "/usr/bin/cat /bin/cat"},
		{"/bin/cat", []string{"PATH=/x"}, "/bin/cat"},
		{"./cat", nil, "./cat"},
		{"a/cat", nil, "a/cat"},
	} {
		if got := strings.Join(candidates(test.name, test.env), " "); got != test.want {
			t.Errorf("%s with %q: %q, want %q", test.name, test.env, got, test.want)
		}
	}
}

// The default view is a list of what may be seen: nothing that holds secrets, nothing twice, nothing inside of another.
func TestHostView(t *testing.T) {
	view := HostView()
	for i, p := range view {
		if p[0] != '/' || strings.HasSuffix(p, "/") || slices.Contains(view[:i], p) {
			t.Errorf("%q", p)
		}
		for _, secret := range []string{"/root", "/home", "/var", "/run", "/srv", "/mnt", "/proc", "/sys", "/dev", "/boot",
			"/etc/shadow", "/etc/gshadow", "/etc/passwd", "/etc/ssl/private", "/etc/ssh", "/etc/sudoers", "/etc/machine-id", "/etc/krb5.keytab"} {
			if p == secret || strings.HasPrefix(p, secret+"/") || strings.HasPrefix(secret, p+"/") {
				t.Errorf("%s shows %s", p, secret)
			}
		}
	}
	view[0] = "/changed"
	if HostView()[0] == "/changed" {
		t.Error("the caller can change the view")
	}
}

func TestInView(t *testing.T) {
	for _, test := range []struct {
		p, link string
		want    bool
	}{
		{"/bin", "usr/bin", true}, {"/bin", "/usr/bin", true}, {"/lib", "./usr/lib", true}, {"/x", "/opt", true}, {"/x", "/nix/store/a", true},
		{"/bin", "/usrlocal/bin", false}, {"/bin", "home/me", false}, {"/bin", "/usr/../root", false}, {"/etc/localtime", "/usr/share/zoneinfo/UTC", true},
		{"/etc/localtime", "../usr/share/zoneinfo/UTC", true}, {"/etc/os-release", "../root/x", false}, {"/bin", "", false},
	} {
		if got := InView(test.p, test.link); got != test.want {
			t.Errorf("InView(%q, %q) is %t", test.p, test.link, got)
		}
	}
}

// A note of the time is added to each step that it can be added to, and breaks nothing.
func TestTimed(t *testing.T) {
	in := asRoot()
	p := in.mustPlan(t)
	before := p.Cells
	p.Timed()
	notes := p.Notes
	added := 0
	for i, first := range notes {
		s := &p.Steps[i]
		last := s.Calls[len(s.Calls)-1]
		if got, ok := last.Args[len(last.Args)-1].CellAddr(); first != 0 && (last.Name != "clock_gettime" || !ok || got != first) {
			t.Errorf("%s %s: %s", s.Does, s.Object, &last)
		}
		if first != 0 {
			added++
		}
	}
	if added < 30 || p.Cells != before+4*added {
		t.Errorf("%d notes, cells from %d to %d", added, before, p.Cells)
	}
	for _, problem := range problems(&in, p) {
		t.Error(problem)
	}
}
