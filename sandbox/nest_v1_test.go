package sandbox_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// tenant is the user that a part of the tree is handed to.
const tenant = 12345

// handed makes a group in every v1 hierarchy, as an administrator would for a user: all of its files are the user's.
func handed(t *testing.T) (dirs map[string]string) {
	t.Helper()
	l := cgroup.ProbeFor(cgroup.All)
	boxtest.Require(t, "cgroup-v1", l.V1.Memory != "" && l.V1.Pids != "", "memory and pids are not on version 1")
	dirs = map[string]string{}
	for name, parent := range map[string]string{"memory": l.V1.Memory, "pids": l.V1.Pids, "cpu": l.V1.CPU, "cpuset": l.V1.Cpuset,
		"blkio": l.V1.IO, "cpuacct": l.V1.CPUAcct, "freezer": l.V1.Freezer} {
		if parent == "" {
			continue
		}
		dir := filepath.Join(parent, fmt.Sprintf("handed-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
		dirs[name] = dir
		t.Cleanup(func() { removed(t, dir) })
		if name == "cpuset" {
			put(t, dir+"/cpuset.mems", l.Mems)
			put(t, dir+"/cpuset.cpus", l.CPUs)
		}
		give(t, dir)
	}
	return dirs
}

// give chowns a group and its files.
func give(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, f := range append(files, dir) {
		if err := os.Chown(f, tenant, tenant); err != nil {
			t.Fatal(err)
		}
	}
}

// removed takes a group away with those below; its processes have ended.
func removed(t *testing.T, dir string) {
	below, _ := filepath.Glob(dir + "/*/")
	for _, d := range below {
		removed(t, strings.TrimSuffix(d, "/"))
	}
	if err := syscall.Rmdir(dir); err != nil && err != syscall.ENOENT {
		t.Errorf("remove %s: %v", dir, err)
	}
}

func put(t *testing.T, file, value string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
		t.Fatal(err)
	}
}

// asTenant runs a role of this binary, or a script, as the user in these groups, once its first line on stdin has come.
func asTenant(t *testing.T, dirs map[string]string, env []string, words ...string) string {
	t.Helper()
	place := boxtest.TempDir(t)
	if err := os.Chown(place, tenant, tenant); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=" + place, "XDG_RUNTIME_DIR=" + place, "TMPDIR=" + place}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: tenant, Gid: tenant}}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		put(t, dir+"/cgroup.procs", strconv.Itoa(cmd.Process.Pid))
	}
	if _, err := io.WriteString(in, "go\n"); err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, out.String())
	}
	return out.String()
}

// lift mounts two hierarchies in namespaces of its own and takes the limits away.
const lift = `unshare --user --map-root-user --mount --cgroup sh -c '
	mkdir -p $TMPDIR/memory $TMPDIR/pids
	mount -t cgroup -o memory none $TMPDIR/memory && mount -t cgroup -o pids none $TMPDIR/pids || echo not mounted
	echo -1 >$TMPDIR/memory/memory.memsw.limit_in_bytes
	echo -1 >$TMPDIR/memory/memory.limit_in_bytes && cat $TMPDIR/memory/memory.limit_in_bytes
	echo max >$TMPDIR/pids/pids.max && cat $TMPDIR/pids/pids.max
	cat $TMPDIR/memory/cgroup.procs | wc -l'; `

func init() { roles["nest in a handed group"] = nestRole }

// nestRole runs a Spec, once it may, and prints the result.
func nestRole() int {
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	r, err := sandbox.Run(context.Background(), specFromEnv(), sandbox.IO{Stdout: os.Stdout, Stderr: os.Stdout})
	if err != nil {
		fmt.Println("error:", err)
	}
	text, _ := json.Marshal(r)
	fmt.Printf("\n%s\n", text)
	return 0
}

// TestNestedProgramCannotLiftItsLimits: the files of its limits belong to its user, and it can mount the tree.
func TestNestedProgramCannotLiftItsLimits(t *testing.T) {
	boxtest.RequireRoot(t, "a part of the tree is handed to a user")
	boxtest.RequireUserns(t)
	boxtest.RequireProgram(t, "unshare", "mount")
	dirs := handed(t)

	// The control: where the limits are at its own level, it lifts them.
	put(t, dirs["memory"]+"/memory.limit_in_bytes", "256M")
	put(t, dirs["pids"]+"/pids.max", "50")
	asTenant(t, dirs, nil, "/bin/sh", "-c", "read x; export TMPDIR; "+lift)
	if text, err := os.ReadFile(dirs["pids"] + "/pids.max"); err != nil || string(text) != "max\n" {
		t.Errorf("the control left pids.max at %q: %v", text, err)
	}

	s := &sandbox.Spec{Nest: true, Workdir: "/", Command: []string{"/bin/sh", "-c", "export TMPDIR=/tmp; " + lift +
		"i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i+1)); done; echo forked"}}
	s.Limits.Memory, s.Limits.Pids = 64<<20, 20
	out := asTenant(t, dirs, nested(t, s), "/proc/self/exe")
	if strings.Contains(out, "not mounted") || !strings.Contains(out, "max\n") || !strings.Contains(out, "Cannot fork") {
		t.Errorf("processes: %s", out)
	}

	s.Command[2] = "export TMPDIR=/tmp; " + lift + "exec " + hostile + " memory 200"
	s.Mounts = box(t).Mounts
	out = asTenant(t, dirs, nested(t, s), "/proc/self/exe")
	if strings.Contains(out, "not mounted") || !strings.Contains(out, `"limit":"memory"`) || strings.Contains(out, `"oom_kills":0`) {
		t.Errorf("memory: %s", out)
	}
	for name, dir := range dirs {
		if left, _ := filepath.Glob(dir + "/bulkhead-*"); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

// freeze mounts the freezer in namespaces of its own, moves all there is to a group of its own, and freezes it.
const freeze = `unshare --user --map-root-user --mount --cgroup sh -c '
	mkdir -p /tmp/freezer && mount -t cgroup -o freezer none /tmp/freezer && mkdir /tmp/freezer/own || echo not mounted
	for p in 1 $PPID $$; do echo $p >/tmp/freezer/own/cgroup.procs && echo moved; done
	echo FROZEN >/tmp/freezer/own/freezer.state'; sleep 60`

// TestNestedProgramCannotFreezeItsEnd: what the freezer of version 1 has stopped does not die.
func TestNestedProgramCannotFreezeItsEnd(t *testing.T) {
	boxtest.RequireRoot(t, "a part of the tree is handed to a user")
	boxtest.RequireUserns(t)
	boxtest.RequireProgram(t, "unshare", "mount")
	dirs := handed(t)
	boxtest.Require(t, "cgroup-v1-freezer", dirs["freezer"] != "", "the freezer is not on version 1")
	s := &sandbox.Spec{Nest: true, Workdir: "/", Command: []string{"/bin/sh", "-c", freeze}}
	s.Limits.Wall = spec.Seconds(1)
	out := asTenant(t, dirs, nested(t, s), "/proc/self/exe")
	if strings.Contains(out, "not mounted") || !strings.Contains(out, "moved\nmoved\nmoved\n") || !strings.Contains(out, `"limit":"wall"`) {
		t.Errorf("%s", out)
	}
	for name, dir := range dirs {
		if left, _ := filepath.Glob(dir + "/bulkhead-*"); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

// nested is the environment of a role that runs this Spec.
func nested(t *testing.T, s *sandbox.Spec) []string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return []string{roleVar + "=nest in a handed group", specVar + "=" + string(text)}
}
