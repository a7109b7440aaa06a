package boxtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// launchers are the processes whose cgroups and records are ours: this one, and those told by Launched.
var launchers sync.Map

func init() { launchers.Store(os.Getpid(), true) }

// Launched says that a child of this process starts sandboxes too.
func Launched(pid int) { launchers.Store(pid, true) }

func ours(pid int) bool {
	_, ok := launchers.Load(pid)
	return ok
}

// AdoptOrphans makes this process, until the end of the test, the parent of
// what its children leave when they are killed, so that it can see them;
// prctl(2), PR_SET_CHILD_SUBREAPER.
func AdoptOrphans(t testing.TB) {
	t.Helper()
	adopt := func(on uintptr) {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); err != nil {
			t.Fatalf("become the parent of orphans: %v", err)
		}
	}
	adopt(1)
	t.Cleanup(func() {
		adopt(0)
		reapOrphans()
	})
}

// children are the processes below this one, with their names.
func children() []string {
	var found []string
	for _, pid := range childNumbers() {
		name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
		if err == nil {
			found = append(found, strconv.Itoa(pid)+" "+strings.TrimSpace(string(name)))
		}
	}
	return found
}

// childNumbers reads the children of each thread; proc_tid_children(5).
func childNumbers() []int {
	files, _ := filepath.Glob("/proc/self/task/*/children")
	var pids []int
	for _, f := range files {
		text, _ := os.ReadFile(f) // a thread may have ended
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// reapOrphans waits for the adopted processes that have ended. Nobody else does; by now all other children are waited for.
func reapOrphans() {
	for _, pid := range childNumbers() {
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil) // somebody who waits for it himself may be first
	}
}

// mounts are the lines of this process's mount table.
func mounts() []string {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// groups are the cgroups of our launchers.
func groups() []string {
	l := Layout()
	var found []string
	parents := []string{l.V2, l.V1.Memory, l.V1.Pids, l.V1.CPU, l.V1.Cpuset, l.V1.IO, l.V1.CPUAcct, l.V1.Freezer}
	for _, parent := range parents {
		if parent == "" {
			continue
		}
		for _, name := range names(parent) {
			if pid, ok := launcherOf(name); ok && ours(pid) {
				found = append(found, filepath.Join(parent, name))
			}
		}
	}
	return found
}

// groupPrefix begins the names of all groups.
const groupPrefix = "bulkhead-"

// launcherOf reads the number in a group's name; see cgroup.Name.
func launcherOf(name string) (int, bool) {
	rest, ok := strings.CutPrefix(name, groupPrefix)
	number, _, ok2 := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return pid, ok && ok2 && err == nil
}

func names(dir string) []string {
	entries, _ := os.ReadDir(dir)
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.Name()
	}
	return list
}

// tempFiles are the entries of the directory for temporary files that carry our name.
func tempFiles() []string {
	var found []string
	for _, name := range names(os.TempDir()) {
		if strings.HasPrefix(name, TempPrefix()) {
			found = append(found, name)
		}
	}
	return found
}

// TempPrefix begins the name of every temporary file that a test of this process makes.
func TempPrefix() string { return "boxtest-" + strconv.Itoa(os.Getpid()) + "-" }

// descriptors are what this process has open, but for the Go runtime's own.
func descriptors() []string {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return nil
	}
	defer dir.Close()
	list, _ := dir.Readdirnames(-1)
	var found []string
	for _, name := range list {
		link, err := os.Readlink("/proc/self/fd/" + name)
		if err == nil && name != strconv.Itoa(int(dir.Fd())) && !strings.HasPrefix(link, "anon_inode:[event") {
			found = append(found, link)
		}
	}
	return found
}

// Orphans are the living processes that were left to this one by others, with
// their names. It waits for those that are dead.
func Orphans() []string {
	reapOrphans()
	return children()
}

// KillOrphans ends what was left to this process, so that a test that found something does not leave it to the next one.
func KillOrphans() {
	for _, pid := range childNumbers() {
		_ = unix.Kill(pid, unix.SIGKILL) // not yet waited for, so the number is still its own
		_, _ = unix.Wait4(pid, nil, 0, nil)
	}
}
