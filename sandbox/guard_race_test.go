package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// agentIn is the profile agent in a project directory, with a script.
func agentIn(t testing.TB, project, script string) *sandbox.Spec {
	t.Helper()
	b := box(t)
	s, ok := spec.Profile("agent")
	if !ok {
		t.Fatal("there is no profile agent")
	}
	s.Mounts[0].Source, s.Mounts[0].Target, s.Workdir = project, project, project
	s.AllowDrop = append(s.AllowDrop, b.AllowDrop...)
	s.Limits.Wall = b.Limits.Wall
	s.Command = []string{"/bin/sh", "-c", script}
	return &s
}

// TestGuardedDirectorySwappedMeanwhile is a program at work in a project that exchanges
// a guarded directory, or one above it, with a link to the host's files, while
// other sandboxes start there: nothing of those files shows inside, or changes.
func TestGuardedDirectorySwappedMeanwhile(t *testing.T) {
	for _, name := range []string{".vscode", ".git"} {
		t.Run(name, func(t *testing.T) {
			outside := tree(t, map[string]string{"file": "precious\n", "hooks/file": "precious\n", "config": "precious\n", "objects/": "", "refs/": ""})
			open(t, outside)
			unchanged(t, outside)
			project := tree(t, map[string]string{name + "/file": "bait\n", name + "/hooks/file": "bait\n", name + "/config": "bait\n",
				name + "/objects/": "", name + "/refs/": "", name + "/HEAD": "ref: refs/heads/main\n"})
			if err := os.Symlink(outside, filepath.Join(project, "other")); err != nil {
				t.Fatal(err)
			}
			s := agentIn(t, project, strings.ReplaceAll(`cd D; cat file hooks/file config; for f in file hooks/file config hooks/new; do echo changed >$f; done 2>/dev/null
				cat `+outside+`/file; echo changed >`+outside+`/file; exit 0`, "D", name))
			if e := runSpec(t, s, nil); e.fault != nil || !strings.Contains(e.out, "bait") {
				t.Fatalf("before anything is exchanged: %v", e)
			}
			defer swapping(t, filepath.Join(project, name), filepath.Join(project, "other"))()
			worked, failed := 0, 0
			for range 100 {
				e := runSpec(t, s, nil)
				if e.fault != nil {
					failed++
				} else {
					worked++
				}
				if strings.Contains(e.out, "precious") {
					t.Fatalf("the host's file shows inside: %v", e)
				}
			}
			t.Logf("%d sandboxes ran, %d were refused", worked, failed)
			if worked == 0 || failed == 0 {
				t.Errorf("%d sandboxes ran, %d were refused: the exchange was never met", worked, failed)
			}
		})
	}
}
