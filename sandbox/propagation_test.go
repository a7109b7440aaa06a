package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
)

// dirVar names a directory in which the roles below may mount.
const dirVar = "BULKHEAD_TEST_DIR"

func init() {
	roles["run with submounts"] = withSubmounts
	roles["mount while it runs"] = mountWhileItRuns
}

// withMounts runs a role in mount namespace of its own, where it may mount below dir.
func withMounts(t testing.TB, role, dir string, s *sandbox.Spec) (string, int) {
	t.Helper()
	boxtest.AdoptOrphans(t)
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"="+role, specVar+"="+string(text), dirVar+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if !boxtest.Root() {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// withSubmounts has mounts below the directory that is bound, one in the other.
func withSubmounts() int {
	dir := os.Getenv(dirVar)
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	for _, sub := range []string{"sub", "sub/sub"} {
		p := filepath.Join(dir, sub)
		if err == nil {
			err = os.MkdirAll(p, 0o777)
		}
		if err == nil {
			err = unix.Mount("none", p, "tmpfs", 0, "mode=0777")
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(p, "file"), []byte(sub+"\n"), 0o666)
		}
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return runRole()
}

// Read-only holds for what is mounted below the source too.
func TestReadOnlyIsRecursive(t *testing.T) {
	script := `cat /m/sub/file /m/sub/sub/file
for d in /m /m/sub /m/sub/sub; do (echo x >$d/new) 2>/dev/null && echo "$d is writable"; done; true`
	dir := open(t, boxtest.TempDir(t))
	out, code := withMounts(t, "run with submounts", dir, box(t, shell(script), mounted(bind(dir, "/m"))))
	if out != "sub\nsub/sub\n" || code != 0 {
		t.Errorf("read-only: code %d, %q", code, out)
	}
	out, code = withMounts(t, "run with submounts", dir, box(t, shell(script), mounted(bindWritable(dir, "/m"))))
	if want := "sub\nsub/sub\n/m is writable\n/m/sub is writable\n/m/sub/sub is writable\n"; out != want || code != 0 {
		t.Errorf("writable: code %d, %q, want %q", code, out, want)
	}
}

// mountWhileItRuns makes everything shared, starts the program, and mounts
// below the bound directory; then it looks what the program's mounts did here.
func mountWhileItRuns() int {
	dir := os.Getenv(dirVar)
	count := func() int { text, _ := os.ReadFile("/proc/self/mountinfo"); return strings.Count(string(text), "\n") }
	if err := unix.Mount("none", dir, "tmpfs", 0, "mode=0777"); err != nil {
		fmt.Println(err)
		return 1
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SHARED, ""); err != nil {
		fmt.Println(err)
		return 1
	}
	if err := os.Mkdir(filepath.Join(dir, "late"), 0o777); err != nil {
		fmt.Println(err)
		return 1
	}
	before := count()
	r, w, err := os.Pipe()
	if err != nil {
		return 1
	}
	b, err := sandbox.Start(context.Background(), specFromEnv(), sandbox.IO{Stdin: r, Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if now := count(); now != before {
		fmt.Println("mounts here:", before, "before,", now, "with the sandbox")
	}
	if err = unix.Mount("none", filepath.Join(dir, "late"), "tmpfs", 0, ""); err == nil {
		err = os.WriteFile(filepath.Join(dir, "late/file"), []byte("late\n"), 0o644)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	w.WriteString("go\n")
	result, _ := b.Wait()
	return result.ExitCode
}

// Mounts propagate neither in nor out, although all of the caller's are shared.
func TestMountsDoNotPropagate(t *testing.T) {
	dir := open(t, boxtest.TempDir(t))
	s := box(t, shell("read line; ls /m/late; ls /m"), mounted(bind(dir, "/m")))
	out, code := withMounts(t, "mount while it runs", dir, s)
	if out != "late\n" || code != 0 {
		t.Errorf("code %d, %q", code, out)
	}
	r := inspect(t, mounted(bind(dir, "/m")))
	if len(r.Mounts) < 10 {
		t.Errorf("mounts: %v", r.Mounts)
	}
	text := works(t, shell("cat /proc/self/mountinfo")).out
	if strings.Contains(text, "shared:") || strings.Contains(text, "master:") {
		t.Errorf("some mounts are tied to others:\n%s", text)
	}
}
