package sandbox_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// linked is a tree with links of every kind, and something to bind onto them.
func linked(t testing.TB) (dir, source string) {
	t.Helper()
	dir = tree(t, map[string]string{"real/": "", "real/file": "old\n", "deep/": ""})
	for name, to := range map[string]string{
		"relative": "real", "absolute": "/m/real", "up": "../m/real", "broken": "nowhere", "escaping": "/../../../../m/real",
		"far": "../../../../../../../../m/real", "loop": "loop", "deep/back": "../real", "tofile": "real/file", "proc": "/proc/self/root/m/real",
	} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir, tree(t, map[string]string{"x": "x\n"})
}

// Links in a target are followed inside the new root, never outside. The rule
// is one for all: what the link means to the program is where the mount goes.
func TestLinksInTargets(t *testing.T) {
	dir, source := linked(t)
	unchanged(t, dir)
	for _, link := range []string{"relative", "absolute", "up", "escaping", "far", "deep/back"} {
		prints(t, "x\nx\n", "cat /m/"+link+"/x /m/real/x", mounted(bind(dir, "/m"), bind(source, "/m/"+link)))
	}
	prints(t, "x\n", "cat /m/real/file", mounted(bind(dir, "/m"), bind(filepath.Join(source, "x"), "/m/tofile")))
	for _, link := range []string{"broken", "loop", "relative/missing", "proc"} {
		e := run(t, mounted(bind(dir, "/m"), bind(source, "/m/"+link)), command("true"))
		if e.Status != spec.SetupFailed || !strings.Contains(e.fault.Error(), "/m/"+link) {
			t.Errorf("%s: %v", link, e)
		}
	}
}

// The links of the default tree are ordinary ones.
func TestTargetBelowOrdinaryLink(t *testing.T) {
	source := tree(t, map[string]string{"x": "x\n"})
	for _, target := range []string{"/var/run/here", "/var/tmp/here", "/run/here"} {
		prints(t, "x\n", "cat "+target+"/x", mounted(bind(source, target)))
	}
}

// A link that the Spec makes itself is followed too.
func TestTargetBelowOwnLink(t *testing.T) {
	source := tree(t, map[string]string{"x": "x\n"})
	prints(t, "x\nx\n", "cat /link/here/x /real/here/x", mounted(
		spec.Mount{Type: spec.MountDir, Target: "/real"}, spec.Mount{Type: spec.MountSymlink, Target: "/link", Source: "real"}, bind(source, "/link/here")))
}

// Links in a source are the caller's business: they mean what they mean to the caller.
func TestLinksInSources(t *testing.T) {
	dir, _ := linked(t)
	prints(t, "old\n", "cat /there/file", mounted(bind(filepath.Join(dir, "relative"), "/there")))
	prints(t, "old\n", "cat /there", mounted(bind(filepath.Join(dir, "tofile"), "/there")))
	e := run(t, mounted(bind(filepath.Join(dir, "loop"), "/there")), command("true"))
	if e.Status != spec.SetupFailed || e.Error.Errno != "ELOOP" {
		t.Errorf("a loop: %v", e)
	}
}

// TestTargetSwappedMeanwhile exchanges a component of a target with a link to
// the host's files while sandboxes start. Whatever wins, the host's file is
// not touched, and nothing appears outside.
func TestTargetSwappedMeanwhile(t *testing.T) {
	outside := tree(t, map[string]string{"victim/file": "precious\n", "victim/dir/": ""})
	unchanged(t, outside)
	hostileTree := tree(t, map[string]string{"a/file": "bait\n", "a/dir/": ""})
	if err := os.Symlink("/.."+filepath.Join(outside, "victim"), filepath.Join(hostileTree, "b")); err != nil {
		t.Fatal(err)
	}
	stop := swapping(t, filepath.Join(hostileTree, "a"), filepath.Join(hostileTree, "b"))
	defer stop()
	source := tree(t, map[string]string{"x": "x\n"})
	specs := []*sandbox.Spec{
		box(t, shell("echo changed >/m/a/file"), mounted(bindWritable(hostileTree, "/m"), bind(source, "/m/a/dir"))),
		box(t, shell("echo changed >>/m/a/file"), mounted(bindWritable(hostileTree, "/m"), bindWritable(filepath.Join(source, "x"), "/m/a/file"))),
		box(t, shell("echo changed >/m/a/dir/new"), mounted(bindWritable(hostileTree, "/m"), spec.Mount{Type: spec.MountTmpfs, Target: "/m/a/dir"})),
		box(t, command("true"), mounted(bind(hostileTree, "/m"), spec.Mount{Type: spec.MountFile, Target: "/m/a/file", Data: "changed\n"})),
	}
	worked, failed := startMany(t, specs, 200)
	t.Logf("%d sandboxes ran, %d were refused", worked, failed)
	if worked == 0 || failed == 0 {
		t.Errorf("%d sandboxes ran, %d were refused: the exchange was never met", worked, failed)
	}
}

// swapping exchanges two names until stop is called.
func swapping(t testing.TB, a, b string) (stop func()) {
	t.Helper()
	cmd := exec.Command(boxtest.Hostile(t), "swap", a, b)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	says(t, out, "begun")
	return func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

// startMany runs the Specs in turn, four at a time, and counts which could be started.
func startMany(t testing.TB, specs []*sandbox.Spec, count int) (worked, failed int) {
	t.Helper()
	jobs, results := make(chan *sandbox.Spec), make(chan error)
	var workers sync.WaitGroup
	for range 4 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for s := range jobs {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				_, err := sandbox.Run(ctx, s, sandbox.IO{})
				cancel()
				results <- err
			}
		}()
	}
	go func() {
		for i := range count {
			jobs <- specs[i%len(specs)]
		}
		close(jobs)
		workers.Wait()
		close(results)
	}()
	for err := range results {
		if err == nil {
			worked++
		} else {
			failed++
		}
	}
	return worked, failed
}

// The same with the source of a bind: the sandbox gets what the caller's path led to, read-only, or is refused.
func TestSourceSwappedMeanwhile(t *testing.T) {
	outside := tree(t, map[string]string{"file": "precious\n"})
	open(t, outside)
	unchanged(t, outside)
	dir := tree(t, map[string]string{"a/file": "bait\n"})
	if err := os.Symlink(outside, filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	defer swapping(t, filepath.Join(dir, "a"), filepath.Join(dir, "b"))()
	worked, _ := startMany(t, []*sandbox.Spec{box(t, shell("echo changed >/m/file"), mounted(bind(filepath.Join(dir, "a"), "/m")))}, 60)
	if worked == 0 {
		t.Error("no sandbox ran")
	}
}
