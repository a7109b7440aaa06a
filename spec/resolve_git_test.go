package spec

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRealRepositories holds our reading of Git's layout against what git makes.
func TestRealRepositories(t *testing.T) {
	requireGit(t)
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	main := filepath.Join(base, "main")
	git(t, base, "init", "-q", "main")
	git(t, main, "commit", "-q", "--allow-empty", "-m", "first")
	git(t, main, "worktree", "add", "-q", filepath.Join(base, "tree"))
	git(t, base, "init", "-q", "super")
	git(t, filepath.Join(base, "super"), "submodule", "--quiet", "add", main, "sub")
	git(t, base, "init", "-q", "--separate-git-dir="+filepath.Join(base, "apart.git"), "apart")
	git(t, filepath.Join(base, "apart"), "config", "core.worktree", filepath.Join(base, "apart"))

	for dir, want := range map[string][]string{
		"main":      {"rw main", "rw main/.git", "ro main/.git/config", "ro main/.git/hooks", "ro main/.git/worktrees"},
		"tree":      {"rw tree", "ro tree/.git", "rw main/.git", "ro main/.git/config", "ro main/.git/hooks", "ro main/.git/worktrees", "rw main/.git/worktrees/tree", "ro main/.git/worktrees/tree/commondir", "ro main/.git/worktrees/tree/gitdir"},
		"super":     {"rw super", "rw super/.git", "ro super/.git/config", "ro super/.git/hooks", "ro super/.git/modules"},
		"super/sub": {"rw super/sub", "ro super/sub/.git", "rw super/.git/modules/sub", "ro super/.git/modules/sub/config", "ro super/.git/modules/sub/hooks"},
		"apart":     {"rw apart", "ro apart/.git", "rw apart.git", "ro apart.git/config", "ro apart.git/hooks"},
	} {
		s := Spec{Mounts: []Mount{{Type: MountBind, Source: ".", Target: ".", Write: true, Git: true}}}
		got, err := s.Resolve(Place{Dir: filepath.Join(base, dir), Home: "/home/me", Files: os.DirFS("/")})
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		var mounts []string
		for line := range strings.Lines(strings.ReplaceAll(summary(&got), base+"/", "")) {
			if !strings.HasPrefix(line, "watch") {
				mounts = append(mounts, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(mounts, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", dir, mounts, want)
		}
	}
}

func requireGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("BULKHEAD_MUST"), ","), "git") {
		t.Fatal("git is not installed, and BULKHEAD_MUST names it")
	}
	t.Skip("git is not installed")
}

func git(t *testing.T, dir string, arguments ...string) {
	t.Helper()
	command := exec.Command("git", append([]string{"-C", dir, "-c", "protocol.file.allow=always", "-c", "user.name=me", "-c", "user.email=me@example.org"}, arguments...)...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1"}
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", arguments, err, output)
	}
}
