package sandbox_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func TestBug32BindOntoLinks(t *testing.T) {
	dir, source := linked(t)
	unchanged(t, dir)
	for link, ok := range map[string]bool{"relative": true, "absolute": true, "escaping": true, "broken": false} {
		e := run(t, mounted(bind(dir, "/m"), bind(source, "/m/"+link)), shell("cat /m/real/x"))
		if ok && e.out != "x\n" || !ok && e.Status != spec.SetupFailed {
			t.Errorf("%s: %v", link, e)
		}
	}
}

func TestBug34MountBelowReadOnlyRoot(t *testing.T) {
	dir, root := tree(t, map[string]string{"x": "x\n"}), rooted(t)
	unchanged(t, root)
	e := run(t, rootDir(root), mounted(bind(dir, "/here")), attack("try", "read", "/here/x"))
	if e.Status != spec.SetupFailed || !strings.Contains(e.Error.Hint, "--overlay") {
		t.Errorf("a place that is missing: %v", e)
	}
	// The remedies that the hint names.
	allowed(t, func(s *sandbox.Spec) { rootDir(root)(s); s.Mounts = []spec.Mount{bind(dir, "/deep/er")} }, "read", "/deep/er/x")
	allowed(t, func(s *sandbox.Spec) {
		rootDir(root)(s)
		s.Mounts, s.Root.Overlay = []spec.Mount{bind(dir, "/here")}, &spec.Overlay{}
	}, "read", "/here/x")
}

func TestBug36NoPlaceholderIsLeft(t *testing.T) {
	dir := tree(t, map[string]string{"there": ""})
	unchanged(t, dir)
	run(t, mounted(bindWritable(dir, "/m"), bind("/etc/passwd", "/m/missing")), command("true"))
	works(t, mounted(bindWritable(dir, "/m"), bind("/etc/passwd", "/m/there")), command("true"))
}

func TestBug37DirectoriesInAnyOrder(t *testing.T) {
	x, y := tree(t, map[string]string{"x": "x\n"}), tree(t, map[string]string{"b/": "", "y": "y\n"})
	prints(t, "y\nx\n", "cat /a/y /a/b/x", mounted(bind(y, "/a"), bind(x, "/a/b")))
	prints(t, "y\n", "cat /a/y", mounted(bind(x, "/a/b"), bind(y, "/a"))) // the rule: the later one is on top
	prints(t, "b\n", "ls /a", mounted(spec.Mount{Type: spec.MountDir, Target: "/a/b"}, spec.Mount{Type: spec.MountDir, Target: "/a"}))
	prints(t, "b\n", "ls /a", mounted(spec.Mount{Type: spec.MountDir, Target: "/a"}, spec.Mount{Type: spec.MountDir, Target: "/a/b"}))
}

func TestBug39SharedMemoryHasItsSize(t *testing.T) {
	e := run(t, limited(func(l *spec.Limits) { l.Tmp = spec.MiB }), shell("dd if=/dev/zero of=/dev/shm/f bs=1M count=2; stat -c %s /dev/shm/f; exit 0"))
	if !strings.Contains(e.err, "No space left") || e.out != "1048576\n" {
		t.Errorf("got %v", e)
	}
}

func TestBug71InodesAreCapped(t *testing.T) {
	e := run(t, attack("inodes", "/tmp", "200000"))
	if hits(t, e, spec.LimitDisk); !strings.Contains(e.out, "no space left") {
		t.Errorf("got %v", e)
	}
}

// On v1 memory.memsw limits the sum, on v2 memory.swap.max swap alone: either way the program gets no byte of swap.
func TestBug47NoSwapBeyondTheLimit(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, withMemory(64*spec.MiB), attack("sleep")))
	l := boxtest.Layout()
	groups, _ := filepath.Glob(filepath.Join(l.V1.Memory, "bulkhead-"+itoa(os.Getpid())+"-*"))
	more, _ := filepath.Glob(filepath.Join(l.V2, "bulkhead-"+itoa(os.Getpid())+"-*"))
	checked := 0
	for _, g := range append(groups, more...) {
		for file, want := range map[string]string{"memory.memsw.limit_in_bytes": "67108864", "memory.swap.max": "0", "memory.limit_in_bytes": "67108864", "memory.max": "67108864"} {
			if text, err := os.ReadFile(filepath.Join(g, file)); err == nil {
				checked++
				if got := strings.TrimSpace(string(text)); got != want {
					t.Errorf("%s is %s, want %s", file, got, want)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no file of the group was found")
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	hits(t, run(t, strictly, withMemory(64*spec.MiB), attack("memory", "128")), spec.LimitMemory)
}

// A limit that holds for the launcher holds for what it starts. On v2 that is a limit of the group around the
// launcher's: a group with processes in it can have no limited one below (cgroups(7), "no internal processes").
func TestBug79GroupIsBelowOurOwn(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := begun(t, box(t, strictly, attack("sleep")))
	theirs, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", b.PID()))
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Split(strings.TrimSpace(string(own)), "\n")
	want := min(2, len(ours))
	moved := 0
	for i, line := range strings.Split(strings.TrimSpace(string(theirs)), "\n") {
		around := strings.TrimSuffix(ours[i], "/")
		if v2, ok := strings.CutPrefix(ours[i], "0::"); ok && boxtest.Layout().V2 != "" {
			around = strings.TrimSuffix("0::"+path.Dir(v2), "/")
		}
		if !strings.HasPrefix(line, around+"/") && line != around {
			t.Errorf("the sandbox is in %s, we are in %s", line, ours[i])
		}
		if line != ours[i] {
			moved++
		}
	}
	if moved < want {
		t.Errorf("the sandbox is in no groups of its own: %s", theirs)
	}
}

func init() { roles["run with a read-only cgroup tree"] = readOnlyCgroups }

func readOnlyCgroups() int {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err == nil {
		err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if words := strings.Fields(line); len(words) > 4 && strings.Contains(line, " - cgroup") && err == nil {
			err = unix.Mount("", words[4], "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, "")
		}
	}
	if err != nil {
		fmt.Println("make the cgroup trees read-only:", err)
		return 1
	}
	return runRole()
}

func TestBug81ReadOnlyCgroupTree(t *testing.T) {
	boxtest.RequireRoot(t, "others' cgroup trees are read-only anyway")
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	out, code := withMounts(t, "run with a read-only cgroup tree", "", box(t, shell("echo ran; exit 3")))
	if out != "ran\n" || code != 3 {
		t.Errorf("without insisting on limits: code %d, %q", code, out)
	}
	out, code = withMounts(t, "run with a read-only cgroup tree", "", box(t, strictly, shell("echo ran; exit 3")))
	if code != 125 || !strings.Contains(out, "memory") || !strings.Contains(out, "read-only") {
		t.Errorf("insisting on limits: code %d, %q", code, out)
	}
}

func TestBug94NoForkIsNoForkAtAll(t *testing.T) {
	single := func(s *sandbox.Spec) { s.Seccomp.Rules = []string{"include no-fork"} }
	denied(t, single, "EPERM|ENOSYS|EAGAIN", "fork")
	denied(t, single, "EPERM|ENOSYS|EAGAIN", "vfork")
	denied(t, single, "EPERM|ENOSYS|EAGAIN", "clone", "0")
	denied(t, single, "EPERM|ENOSYS|EAGAIN", "clone3", "0")
	for _, how := range [][]string{{"fork"}, {"vfork"}, {"clone", "0"}} {
		allowed(t, nil, how...)
	}
	works(t, single, attack("burn", "20")) // threads are no processes
}

// A 32-bit call is checked as one: none of its numbers is taken for that of a 64-bit call.
func TestBug96ThirtyTwoBitCalls(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only amd64 has two tables of system calls")
	}
	boxtest.RequireProgram(t, "gcc")
	dir := tree(t, map[string]string{"a.c": `
#include <stdio.h>
int main(void) {
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory", "r8", "r9", "r10", "r11"); /* getpid */
	printf("%ld\n", r);
	__asm__ volatile("syscall" : "=a"(r) : "a"(0x40000000L | 39) : "rcx", "r11", "memory"); /* x32 getpid */
	printf("%ld\n", r);
	return 0;
}`})
	e := works(t, mounted(bindWritable(dir, "/src")), shell("cd /src && gcc -o a a.c"))
	if e.err != "" {
		t.Fatal(e)
	}
	e = run(t, mounted(bind(dir, "/src")), command("/src/a"))
	if e.Signal == "SIGSYS" || e.Signal == "SIGSEGV" && e.out == "" {
		return // refused, or the kernel has no 32-bit calls
	}
	for line := range strings.FieldsSeq(e.out) {
		if line[0] != '-' {
			t.Errorf("a call by another table was made: %v", e)
		}
	}
}

func TestBug97NamespaceBanHoldsForClone3(t *testing.T) {
	for _, flag := range []int{unix.CLONE_NEWUSER, unix.CLONE_NEWNS, unix.CLONE_NEWNET, unix.CLONE_NEWPID, 0} {
		denied(t, nil, "ENOSYS", "clone3", itoa(flag))
	}
	nesting := func(s *sandbox.Spec) { s.Nest = true }
	allowed(t, nesting, "clone3", itoa(unix.CLONE_NEWUSER))
}
