package spec

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// tree makes host files from lines: "path" a file, "path/" a directory, "path -> text" a link, "path = text" a file with a content.
func tree(lines string) fstest.MapFS {
	files := fstest.MapFS{}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		name, text, isLink := strings.Cut(line, " -> ")
		path, content, _ := strings.Cut(line, " = ")
		switch {
		case line == "":
		case isLink:
			files[name[1:]] = &fstest.MapFile{Data: []byte(text), Mode: fs.ModeSymlink | 0o777}
		case strings.HasSuffix(line, "/"):
			files[strings.Trim(line, "/")] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
		default:
			files[path[1:]] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(content, `\n`, "\n") + "\n"), Mode: 0o644}
		}
	}
	return files
}

// summary writes what a Spec mounts and watches, one line each.
func summary(s *Spec) string {
	var b strings.Builder
	for _, m := range s.Mounts {
		right := "ro"
		if m.Write {
			right = "rw"
		}
		switch {
		case m.Type != MountBind:
			b.WriteString(string(m.Type) + " " + m.Target)
		case m.Source == m.Target:
			b.WriteString(right + " " + m.Source)
		default:
			b.WriteString(right + " " + m.Source + " " + m.Target)
		}
		b.WriteByte('\n')
	}
	for _, w := range s.Watch {
		b.WriteString("watch " + w + "\n")
	}
	return b.String()
}

func TestResolvePaths(t *testing.T) {
	s := Spec{
		Workdir: "./sub", Root: Root{Kind: RootDir, Dir: "../root", Overlay: &Overlay{Dir: "~/layer"}}, Seccomp: Seccomp{Policy: "./policy"}, Watch: []string{"."},
		Mounts: []Mount{
			{Type: MountBind, Source: "~/.gitconfig", Target: "~/.gitconfig"}, {Type: MountOverlay, Source: ".", Target: "/o", Upper: "./up"},
			{Type: MountSymlink, Source: "./x", Target: "/l"}, {Type: MountBind, Source: "fd:3", Target: "/f"}, {Type: MountBind, Source: "/a~/.x", Target: "/.b"},
		},
	}
	got, err := s.Resolve(Place{Dir: "/home/me/p", Home: "/home/me"})
	if err != nil {
		t.Fatal(err)
	}
	want := Spec{
		Workdir: "/home/me/p/sub", Root: Root{Kind: RootDir, Dir: "/home/me/root", Overlay: &Overlay{Dir: "/home/me/layer"}},
		Seccomp: Seccomp{Policy: "/home/me/p/policy"}, Watch: []string{"/home/me/p"},
		Mounts: []Mount{
			{Type: MountBind, Source: "/home/me/.gitconfig", Target: "/home/me/.gitconfig"}, {Type: MountOverlay, Source: "/home/me/p", Target: "/o", Upper: "/home/me/p/up"},
			{Type: MountSymlink, Source: "./x", Target: "/l"}, {Type: MountBind, Source: "fd:3", Target: "/f"}, {Type: MountBind, Source: "/a~/.x", Target: "/.b"},
		},
	}
	if string(got.JSON()) != string(want.JSON()) {
		t.Errorf("got\n%s\nwant\n%s", got.YAML(), want.YAML())
	}
	if s.Workdir != "./sub" || s.Root.Overlay.Dir != "~/layer" {
		t.Error("Resolve changed its receiver")
	}
}

func TestGuards(t *testing.T) {
	for _, c := range []struct{ name, files, guard, hide, want string }{
		{"a file", "/p/.envrc", ".envrc", "", "ro /p/.envrc"},
		{"missing", "", ".envrc a/b", "", "watch /p/.envrc\nwatch /p/a"},
		{"the directories above are pinned, once", "/p/a/b/c\n/p/a/b/d", "a/b/c a/b/d", "", "rw /p/a\nrw /p/a/b\nro /p/a/b/c\nro /p/a/b/d"},
		{"a directory and something in it", "/p/a/b\n/p/a/c/d", "a/b a/c/d a", "", "ro /p/a\nro /p/a/b\nro /p/a/c\nro /p/a/c/d"},
		{"something in a directory that is guarded", "/p/a/b", "a a/b", "", "ro /p/a\nro /p/a/b"},
		{"missing below a directory", "/p/a/", "a/b", "", "rw /p/a\nwatch /p/a/b"},
		{"below a file", "/p/a", "a/b", "", "ro /p/a"},
		{"a link inside", "/p/.envrc -> conf/env\n/p/conf/env", ".envrc", "", "rw /p/conf\nro /p/conf/env\nwatch /p/.envrc"},
		{"a link on the way", "/p/a -> b\n/p/b/c", "a/c", "", "rw /p/b\nro /p/b/c\nwatch /p/a"},
		{"a link to outside", "/p/.envrc -> /etc/env\n/etc/env", ".envrc", "", "watch /p/.envrc"},
		{"a link to itself", "/p/a -> a", "a", "", "watch /p/a"},
		{"a link to the directory itself", "/p/a -> .", "a", "", "watch /p/a"},
		{"hidden file and directory", "/p/.env\n/p/.ssh/", "", ".env .ssh .netrc", "file /p/.env\ntmpfs /p/.ssh"},
		{"hidden behind a link", "/p/.env -> conf/env\n/p/conf/env", "", ".env", "file /p/conf/env"},
		{"hidden behind a link to outside", "/p/.env -> /etc/env\n/etc/env", "", ".env", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Spec{Mounts: []Mount{{Type: MountBind, Source: "/p", Target: "/p", Write: true, Guard: strings.Fields(c.guard), Hide: strings.Fields(c.hide)}}}
			requireSummary(t, &s, c.files, "rw /p\n"+c.want)
		})
	}
}

// requireSummary resolves s among the files and compares.
func requireSummary(t *testing.T, s *Spec, files, want string) {
	t.Helper()
	got, err := s.Resolve(Place{Dir: "/p", Home: "/home/me", Files: tree(files)})
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.TrimSpace(summary(&got)); text != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	got.Command = []string{"true"}
	if err := got.Validate(); err != nil {
		t.Errorf("the result is not valid: %v", err)
	}
}

func TestGuardsUnderAnotherName(t *testing.T) {
	s := Spec{Mounts: []Mount{{Type: MountBind, Source: "/p", Target: "/in", Write: true, Own: pointer(false), NoExec: true, Guard: []string{"a/b"}, Hide: []string{".env"}}}}
	got, err := s.Resolve(Place{Dir: "/", Files: tree("/p/a/b\n/p/.env")})
	if err != nil {
		t.Fatal(err)
	}
	if text, want := summary(&got), "rw /p /in\nrw /p/a /in/a\nro /p/a/b /in/a/b\nfile /in/.env\n"; text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	for _, m := range got.Mounts[:3] {
		if *m.Own || !m.NoExec {
			t.Errorf("%+v does not have the rights of the bind", m)
		}
	}
}

func TestGit(t *testing.T) {
	const repository = "/p/.git/config\n/p/.git/hooks/\n/p/.git/HEAD\n"
	for _, c := range []struct{ name, files, want string }{
		{"none", "", "rw /p\nwatch /p/.git"},
		{"a repository", repository, `
			rw /p
			rw /p/.git
			ro /p/.git/config
			ro /p/.git/hooks
			watch /p/.git/config.worktree
			watch /p/.git/modules
			watch /p/.git/commondir
			watch /p/.git/worktrees`},
		{"with submodules and other work trees", repository + "/p/.git/modules/x/config\n/p/.git/worktrees/w/gitdir", `
			rw /p
			rw /p/.git
			ro /p/.git/config
			ro /p/.git/hooks
			ro /p/.git/modules
			ro /p/.git/worktrees
			watch /p/.git/config.worktree
			watch /p/.git/commondir`},
		{"a link inside", "/p/.git -> store/git\n/p/store/git/config\n/p/store/git/hooks/", `
			rw /p
			rw /p/store
			rw /p/store/git
			ro /p/store/git/config
			ro /p/store/git/hooks
			watch /p/.git
			watch /p/store/git/config.worktree
			watch /p/store/git/modules
			watch /p/store/git/commondir
			watch /p/store/git/worktrees`},
		{"a work tree", `
			/p/.git = gitdir: /repo/.git/worktrees/p
			/repo/.git/worktrees/p/gitdir = /p/.git
			/repo/.git/worktrees/p/commondir = ../..
			/repo/.git/worktrees/p/HEAD
			/repo/.git/worktrees/other/HEAD
			/repo/.git/config
			/repo/.git/hooks/`, `
			rw /p
			ro /p/.git
			rw /repo/.git
			ro /repo/.git/config
			ro /repo/.git/hooks
			ro /repo/.git/worktrees
			rw /repo/.git/worktrees/p
			ro /repo/.git/worktrees/p/commondir
			ro /repo/.git/worktrees/p/gitdir
			watch /repo/.git/config.worktree
			watch /repo/.git/modules
			watch /repo/.git/commondir
			watch /repo/.git/worktrees/p/config.worktree`},
		{"a submodule", `
			/p/.git = gitdir: ../super/.git/modules/p
			/super/.git/modules/p/config = [core]\nworktree = ../../../../p
			/super/.git/modules/p/hooks/`, `
			rw /p
			ro /p/.git
			rw /super/.git/modules/p
			ro /super/.git/modules/p/config
			ro /super/.git/modules/p/hooks
			watch /super/.git/modules/p/config.worktree
			watch /super/.git/modules/p/modules
			watch /super/.git/modules/p/commondir
			watch /super/.git/modules/p/worktrees`},
		{"a work tree that is its own repository", `
			/p/.git = gitdir: .
			/p/HEAD
			/p/config
			/p/hooks/`, `
			rw /p
			ro /p/.git
			ro /p/config
			ro /p/hooks
			watch /p/config.worktree
			watch /p/modules
			watch /p/commondir
			watch /p/worktrees`},
		{"a link to a repository that knows", "/p/.git -> /store/p.git\n/store/p.git/config = [core]\\nworktree = /p\n/store/p.git/hooks/", `
			rw /p
			rw /store/p.git
			ro /store/p.git/config
			ro /store/p.git/hooks
			watch /p/.git
			watch /store/p.git/config.worktree
			watch /store/p.git/modules
			watch /store/p.git/commondir
			watch /store/p.git/worktrees`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Spec{Mounts: []Mount{{Type: MountBind, Source: ".", Target: ".", Write: true, Git: true}}}
			requireSummary(t, &s, c.files, strings.ReplaceAll(c.want, "\t", ""))
		})
	}
}

// A program that could write .git must not get at other directories by it the next time.
func TestGitThatPointsAwayIsRefused(t *testing.T) {
	const refusal = `is named by /p/.git but does not name it back; git worktree repair mends a moved work tree, git config core.worktree names another one; or leave git out: the repository is then not in view`
	for _, c := range []struct{ name, files, want string }{
		{"a file that names a directory", "/p/.git = gitdir: /home/me/.ssh\n/home/me/.ssh/id", `mounts[0].git "/home/me/.ssh": ` + refusal},
		{"a file that names nothing", "/p/.git = gitdir: /nowhere", `mounts[0].git "/nowhere": ` + refusal},
		{"a link to a directory", "/p/.git -> /home/me/.ssh\n/home/me/.ssh/id", `mounts[0].git "/home/me/.ssh": ` + refusal},
		{"another tree's repository", "/p/.git = gitdir: /repo/.git/worktrees/x\n/repo/.git/worktrees/x/gitdir = /x/.git\n/repo/.git/worktrees/x/commondir = ../..", `mounts[0].git "/repo/.git/worktrees/x": ` + refusal},
		{"a worktree key of another section", "/p/.git = gitdir: /r\n/r/config = [alias]\\nworktree = /p", `mounts[0].git "/r": ` + refusal},
		{"a work tree inside its repository", "/p/.git = gitdir: /worktrees/p\n/worktrees/p/gitdir = /p/.git\n/worktrees/p/commondir = ../..", `mounts[0].git "/": holds the work tree itself, so what is beside it would be writable, too; move the work tree out of the repository, by git worktree move, or leave git out`},
		{"a repository around its work tree", "/p/.git = gitdir: ..\n/config = [core]\\nworktree = /p", `mounts[0].git "/": holds the work tree itself, so what is beside it would be writable, too; move the work tree out of the repository, by git worktree move, or leave git out`},
		{"no pointer", "/p/.git = hello", `mounts[0] "/p/.git": is neither a directory nor a file that says gitdir:; repair the repository, or leave git out`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Spec{Mounts: []Mount{{Type: MountBind, Source: ".", Target: ".", Write: true, Git: true}}}
			got, err := s.Resolve(Place{Dir: "/p", Files: tree(c.files)})
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s\n%s", err, c.want, summary(&got))
			}
		})
	}
}

// The private directory of a work tree may not claim a repository that is not the one it lies in.
func TestCommonDirectoryElsewhereIsNotShown(t *testing.T) {
	s := Spec{Mounts: []Mount{{Type: MountBind, Source: ".", Target: ".", Write: true, Git: true}}}
	got, err := s.Resolve(Place{Dir: "/p", Files: tree("/p/.git = gitdir: /r\n/r/gitdir = /p/.git\n/r/commondir = /home/me\n/home/me/config")})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(summary(&got), "/home/me") {
		t.Errorf("a directory is shown that nothing vouches for:\n%s", summary(&got))
	}
}

// TestSharedMounts holds that a program in the host's own tree stays where its
// launcher is, and is not sent to a home that nobody has made there.
func TestSharedMounts(t *testing.T) {
	for name, c := range map[string]struct{ mount, landlock, workdir, home string }{
		"shared":        {mount: "host", workdir: "/work", home: "/"},
		"joined":        {mount: "sandbox:x", workdir: "/", home: "/"},
		"landlock only": {mount: "host", landlock: "only", workdir: "/", home: "/"},
		"own":           {mount: "new", workdir: "/home/user", home: "/home/user"},
	} {
		s := Spec{Command: []string{"x"}, Namespaces: Namespaces{Mount: Namespace(c.mount)}, Landlock: Landlock{Mode: c.landlock}}
		s, err := s.Resolve(Place{Dir: "/work"})
		if err != nil {
			t.Fatal(err)
		}
		if s = s.WithDefaults(); s.Workdir != c.workdir || s.User.Home != c.home {
			t.Errorf("%s: starts in %s with home %s, want %s and %s", name, s.Workdir, s.User.Home, c.workdir, c.home)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	guarded := Mount{Type: MountBind, Source: ".", Target: ".", Write: true, Guard: []string{".envrc"}}
	for _, c := range []struct {
		name  string
		spoil func(*Mount, *Place)
		want  string
	}{
		{"in the home directory", func(_ *Mount, p *Place) { p.Dir = "/home/me" }, `mounts[0].source "/home/me": is your home directory or holds it, where too much is obeyed by other programs to guard all of it; bind the directory of one project, for the profile agent by starting there; hide alone works here, too`},
		{"above the home directory", func(_ *Mount, p *Place) { p.Dir = "/" }, `mounts[0].source "/": is your home directory or holds it, where too much is obeyed by other programs to guard all of it; bind the directory of one project, for the profile agent by starting there; hide alone works here, too`},
		{"without write", func(m *Mount, _ *Place) { m.Write = false }, `mounts[0].write: guard and git are for a bind that is writable; set write, or leave them out: nothing can be changed anyway`},
		{"a descriptor", func(m *Mount, _ *Place) { m.Source = "fd:3" }, `mounts[0].source "fd:3": guard, hide and git need a path; bind the directory by its path`},
		{"no files", func(_ *Mount, p *Place) { p.Files = nil }, `mounts[0] "/p": guard, hide and git need a look at the host's files; set Place.Files, to os.DirFS("/")`},
		{"an absolute name", func(m *Mount, _ *Place) { m.Guard = []string{"/etc"} }, `mounts[0].guard[0] "/etc": not a clean path below the source; write it relative to the source, such as ".git/hooks"`},
		{"a name above", func(m *Mount, _ *Place) { m.Hide = []string{"../x"} }, `mounts[0].hide[0] "../x": not a clean path below the source; write it relative to the source, such as ".git/hooks"`},
		{"no home", func(m *Mount, p *Place) { p.Home = ""; m.Source = "~/x" }, `mounts[0].source "~/x": the launcher has no home directory; set HOME, or write an absolute path`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, place := guarded.clone(), Place{Dir: "/p", Home: "/home/me", Files: fstest.MapFS{}}
			c.spoil(&m, &place)
			s := Spec{Mounts: []Mount{m}}
			if _, err := s.Resolve(place); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}
