package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func init() {
	roles["launcher"] = launcher
	roles["pool"] = poolLauncher
	roles["few namespaces"] = fewNamespaces
}

// launcher is killed sooner or later: it says that it begins, starts a sandbox, says so, and waits for its end.
func launcher() int {
	s := specFromEnv()
	fmt.Println("ready")
	b, err := sandbox.Start(context.Background(), s, sandbox.IO{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("started", b.PID())
	b.Wait()
	return 0
}

// poolLauncher is one that keeps sandboxes, and has programs run in them.
func poolLauncher() int {
	fmt.Println("ready")
	p, err := sandbox.NewPool(context.Background(), specFromEnv(), sandbox.PoolOptions{Size: 2})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("started 0")
	for {
		if _, err := p.Run(context.Background(), sandbox.Job{Command: []string{hostile, "orphans", "5"}}, sandbox.IO{}); err != nil {
			fmt.Println(err)
		}
	}
}

// spawn starts a copy of the test binary in a role, with a pipe from its stdout.
func spawn(t testing.TB, role string, s *sandbox.Spec) (*exec.Cmd, *os.File) {
	t.Helper()
	boxtest.AdoptOrphans(t)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"="+role, specVar+"="+string(text))
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	boxtest.Launched(cmd.Process.Pid)
	return cmd, r
}

// says waits until a role has said a line.
func says(t testing.TB, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want)+1)
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want+"\n" {
		t.Fatalf("the launcher said %q (%v), want %q", got, err, want)
	}
}

// everyWall is a Spec with as many parts as a killed launcher could leave behind.
func everyWall(t testing.TB) *sandbox.Spec {
	layer := boxtest.TempDir(t)
	s := box(t, attack("sleep"), mounted(
		spec.Mount{Type: spec.MountTmpfs, Target: "/scratch"},
		spec.Mount{Type: spec.MountFile, Target: "/etc/extra", Data: "x"},
		spec.Mount{Type: spec.MountOverlay, Source: layer, Target: "/layer"},
		bindWritable(layer, "/data"),
	))
	s.Limits.CPUTime = spec.Seconds(1000)
	if !boxtest.Layout().Usable() {
		s.Limits.CPUTime = 0
	}
	return s
}

// collect removes what killed launchers have left, as every host does now and
// then. A name that was taken and has no record yet may belong to a start under
// way, for some seconds: here none is, so those seconds are made to be over.
func collect(t testing.TB) {
	t.Helper()
	dir, err := sandbox.Dir()
	if err != nil {
		t.Fatal(err)
	}
	claims, _ := filepath.Glob(filepath.Join(dir, boxtest.NamePrefix()+"*"))
	for _, claim := range claims {
		long := time.Now().Add(-time.Minute)
		if err := os.Chtimes(claim, long, long); err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
	if _, err := sandbox.Collect(false); err != nil {
		t.Errorf("collect: %v", err)
	}
}

// TestKilledLauncherLeavesNothing kills launchers at random moments, mostly
// while they start a sandbox. The kernel ends what they made; what it cannot
// end, Collect removes.
func TestKilledLauncherLeavesNothing(t *testing.T) {
	named, terminal := everyWall(t), everyWall(t)
	asPID1 := everyWall(t)
	asPID1.AsPID1 = true
	terminal.Terminal = true
	before := boxtest.Look()
	started, count := 0, 200
	if testing.Short() {
		count = 60
	}
	for i := range count {
		s := [...]*sandbox.Spec{everyWallOf(named), terminal, asPID1}[i%3]
		after := rand.N(30 * time.Millisecond)
		switch {
		case i%2 == 0:
			after /= 4 // while it starts
		case i%10 == 9:
			after += 60 * time.Millisecond // past the time at which a sandbox without a name is recorded
		}
		if killAfter(t, s, after) {
			started++
		}
	}
	if started == 0 || started == count {
		t.Errorf("%d of %d launchers were killed with the sandbox running: the moments are not well spread", started, count)
	}
	t.Logf("killed %d launchers, %d of them with the sandbox running", count, started)
	noneAlive(t)
	collect(t)
	before.NothingLeft(t)
}

// everyWallOf is the Spec under a name of its own.
func everyWallOf(s *sandbox.Spec) *sandbox.Spec {
	c := s.Clone()
	c.Name = newName()
	return &c
}

// killAfter kills a launcher that has just begun after a while, and reports whether its sandbox ran by then.
func killAfter(t testing.TB, s *sandbox.Spec, after time.Duration) (started bool) {
	t.Helper()
	return killRole(t, "launcher", s, after)
}

// TestKilledPoolLeavesNothing is the same for launchers that keep sandboxes.
func TestKilledPoolLeavesNothing(t *testing.T) {
	s := box(t)
	before := boxtest.Look()
	started, count := 0, 30
	for range count {
		if killRole(t, "pool", s, rand.N(boxtest.Patience(60*time.Millisecond))) {
			started++
		}
	}
	if started == 0 {
		t.Errorf("none of %d launchers had a pool", count)
	}
	noneAlive(t)
	collect(t)
	before.NothingLeft(t)
}

// killRole kills a copy of the test binary in a role after a while.
func killRole(t testing.TB, role string, s *sandbox.Spec, after time.Duration) (started bool) {
	t.Helper()
	cmd, out := spawn(t, role, s)
	defer out.Close()
	says(t, out, "ready")
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	text, _ := io.ReadAll(out)
	if len(text) > 0 && !bytes.HasPrefix(text, []byte("started ")) {
		t.Errorf("the launcher failed: %s", text)
	}
	return len(text) > 0
}

// noneAlive checks that all adopted processes are dead, without waiting for long: the kernel ends them with the launcher.
func noneAlive(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Second)
	for alive := boxtest.Orphans(); len(alive) > 0; alive = boxtest.Orphans() {
		if time.Now().After(deadline) {
			t.Errorf("alive two seconds after the launcher: %v", alive)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestSandboxDiesWithLauncher is the plain case, timed.
func TestSandboxDiesWithLauncher(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		s := box(t, attack("orphans", "5", "0"))
		s.Command = []string{"/bin/sh", "-c", hostile + " orphans 5; " + hostile + " stubborn"}
		s.AsPID1 = asPID1
		cmd, out := spawn(t, "launcher", s)
		says(t, out, "ready")
		var pid int
		if _, err := fmt.Fscanf(out, "started %d\n", &pid); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // let the orphans be made
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Process.Kill()
		began := time.Now()
		if !over(fd, 5*time.Second) {
			t.Errorf("as pid 1 %v: the sandbox lives on", asPID1)
		}
		t.Logf("as pid 1 %v: ended %v after the launcher", asPID1, time.Since(began))
		cmd.Wait()
		out.Close()
		unix.Close(fd)
		noneAlive(t)
		collect(t)
	}
}

// over waits until a descriptor can be read, as a pidfd can at the end of its process; pidfd_open(2).
func over(pidfd int, patience time.Duration) bool {
	deadline := time.Now().Add(patience)
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	for left := patience; left > 0; left = time.Until(deadline) {
		if n, err := unix.Poll(fds, int(left.Milliseconds())+1); n == 1 {
			return true
		} else if err != nil && err != unix.EINTR {
			return false
		}
	}
	return false
}

// mostNamespaces is how many namespaces of each kind the launchers of
// TestKilledLaunchersLeaveNoNamespace may have at a time.
const mostNamespaces = 40

// TestKilledLaunchersLeaveNoNamespace counts namespaces with the kernel's own
// counters: where only a few may exist, a hundred that were left would not fit.
//
// FACT — since 4.9 (namespaces(7), /proc/sys/user) — the limits hold for what is
// made below the user namespace in which they are set.
func TestKilledLaunchersLeaveNoNamespace(t *testing.T) {
	boxtest.RequireUserns(t)
	s := box(t, attack("sleep"))
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"=few namespaces", specVar+"="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// fewNamespaces sets the limits, and kills launchers until the limits would show.
func fewNamespaces() int {
	for _, kind := range []string{"net", "pid", "mnt", "ipc", "uts", "time", "cgroup"} {
		file := "/proc/sys/user/max_" + kind + "_namespaces"
		if err := os.WriteFile(file, []byte(strconv.Itoa(mostNamespaces)), 0); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Println(err)
		return 1
	}
	s := specFromEnv()
	for i := range 3 * mostNamespaces {
		if err := killed(s, time.Duration(i%6)*4*time.Millisecond); err != nil {
			fmt.Println("after", i, "launchers were killed:", err)
			return 1
		}
	}
	// And one must still be able to run to its end.
	s.Command = []string{"true"}
	if r, err := sandbox.Run(context.Background(), s, sandbox.IO{}); err != nil || r.ExitCode != 0 {
		fmt.Println("the last run:", r, err)
		return 1
	}
	return 0
}

// killed starts a launcher and kills it; it is an error if that failed by itself.
func killed(s *sandbox.Spec, after time.Duration) error {
	text, _ := json.Marshal(s)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"=launcher", specVar+"="+string(text))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready := make([]byte, len("ready\n"))
	if _, err := io.ReadFull(out, ready); err != nil {
		return err
	}
	time.Sleep(after)
	cmd.Process.Kill()
	rest, _ := io.ReadAll(out)
	cmd.Wait()
	if len(rest) > 0 && !bytes.HasPrefix(rest, []byte("started ")) {
		return fmt.Errorf("the launcher failed: %s", rest)
	}
	return reapAll()
}

// reapAll waits for every process that was left to this one.
func reapAll() error {
	for {
		if _, err := unix.Wait4(-1, nil, 0, nil); err == unix.ECHILD {
			return nil
		} else if err != nil && err != unix.EINTR {
			return err
		}
	}
}
