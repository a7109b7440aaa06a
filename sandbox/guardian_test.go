package sandbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// unguided are the sandboxes without an init of ours, each with a guardian.
var unguided = map[string]change{
	"as pid 1":        func(s *sandbox.Spec) { s.AsPID1 = true },
	"shared pids":     func(s *sandbox.Spec) { s.Namespaces.PID = spec.NamespaceHost },
	"as pid 1, small": func(s *sandbox.Spec) { s.AsPID1, s.Limits.Memory = true, 32*spec.MiB },
}

// A program that calls off its death with the launcher ends with it all the
// same, within a second, and without anybody collecting.
func TestProgramDiesWithLauncherWhateverItDoes(t *testing.T) {
	for name, c := range unguided {
		for _, way := range []string{"prctl", "thread", "stay"} {
			t.Run(name+", "+way, func(t *testing.T) {
				s := box(t, c, attack("outlive", way))
				findable(t, s)
				if lives := outlives(t, s, false); lives {
					t.Error("the program lives on")
				}
				if s.AsPID1 && way != "stay" { // the control: it is the guardian who does it
					if lives := outlives(t, s, true); !lives {
						t.Error("without its guardian the program ended too: it did not call off its death")
					}
				}
			})
		}
	}
}

// findable skips what is refused without cgroups, since nothing would find the program's processes.
func findable(t testing.TB, s *sandbox.Spec) {
	t.Helper()
	if !s.Namespaces.PID.IsNew() {
		boxtest.RequireCgroup(t, boxtest.Pids)
	}
}

// outlives kills a launcher, and its guardian before if that is to be, and tells whether the program lives on.
func outlives(t *testing.T, s *sandbox.Spec, alone bool) (lives bool) {
	t.Helper()
	cmd, out := spawn(t, "launcher", s)
	defer out.Close()
	says(t, out, "ready")
	var pid int
	if _, err := fmt.Fscanf(out, "started %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	time.Sleep(boxtest.Patience(100 * time.Millisecond)) // for what it does first
	if over(fd, time.Millisecond) {
		t.Fatal("the program has ended by itself")
	}
	if alone {
		killGuards(t, cmd.Process.Pid)
	}
	cmd.Process.Kill()
	began := time.Now()
	if lives = !over(fd, boxtest.Patience(time.Second)); lives {
		_ = unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
	}
	t.Logf("ended %v after the launcher", time.Since(began))
	cmd.Wait()
	if pid := s.Namespaces.PID; !lives && (pid.IsNew() || pid == spec.NamespaceHost && boxtest.Layout().V2 != "") {
		noneAlive(t) // of its children neither, nor the guardian
		boxtest.KillOrphans()
	}
	collect(t)
	return lives
}

// killGuards ends the guardians of a launcher.
func killGuards(t testing.TB, launcher int) {
	t.Helper()
	list := guards(launcher)
	if len(list) != 1 {
		t.Fatalf("guardians: %v", list)
	}
	if err := unix.Kill(number(t, list[0]), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// guards are the guardians among a process's children.
func guards(pid int) []string {
	var found []string
	files, _ := filepath.Glob("/proc/" + itoa(pid) + "/task/*/children")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		for pid := range strings.FieldsSeq(string(text)) {
			if name, _ := os.ReadFile("/proc/" + pid + "/comm"); string(name) == "bulkhead-guard\n" {
				found = append(found, pid)
			}
		}
	}
	return found
}

// The guardian is out of the program's reach, and holds no more than it needs.
func TestGuardianStandsOutside(t *testing.T) {
	for name, c := range unguided {
		t.Run(name, func(t *testing.T) {
			s := box(t, c, attack("sleep"))
			findable(t, s)
			b, _ := begun(t, s)
			list := guards(os.Getpid())
			if len(list) != 1 {
				t.Fatalf("guardians: %v", list)
			}
			dir := "/proc/" + list[0]
			mine, _ := os.ReadFile("/proc/self/cgroup")
			if its, err := os.ReadFile(dir + "/cgroup"); err != nil || string(its) != string(mine) {
				t.Errorf("its cgroups are %q, %v; the launcher's %q", its, err, mine)
			}
			status, _ := os.ReadFile(dir + "/status")
			if !strings.Contains(string(status), "SigBlk:\tfffffffffffbfeff") || !strings.Contains(string(status), "NoNewPrivs:\t1") {
				t.Errorf("status: %s", status)
			}
			if caps := "CapPrm:\t0000000000000020"; boxtest.Root() && !strings.Contains(string(status), caps) {
				t.Errorf("want %s: %s", caps, status)
			}
			if session, err := unix.Getsid(number(t, list[0])); err != nil || itoa(session) != list[0] {
				t.Errorf("its session is %d, %v", session, err)
			}
			looksAt(t, dir, b)
			if err := b.Kill(); err != nil {
				t.Fatal(err)
			}
			<-b.Done()
			if left := guards(os.Getpid()); len(left) != 0 {
				t.Errorf("after its sandbox there is still %v", left)
			}
		})
	}
}

// looksAt checks what a guardian has open, as far as we may see it: it is not dumpable.
func looksAt(t *testing.T, dir string, b *sandbox.Sandbox) {
	t.Helper()
	list, err := os.ReadDir(dir + "/fd")
	if err != nil && boxtest.Root() || err == nil && !boxtest.Root() {
		t.Errorf("its descriptors: %v, %v", list, err)
	}
	var open []string
	for _, e := range list {
		to, _ := os.Readlink(dir + "/fd/" + e.Name())
		open = append(open, e.Name()+" "+filepath.Base(to))
	}
	want := []string{"3 anon_inode:[pidfd]", "4 anon_inode:[pidfd]"}
	if s := b.Spec(); !s.Namespaces.PID.IsNew() && boxtest.Layout().V2 != "" {
		want = append(want, "5 cgroup.kill")
	}
	if boxtest.Root() && !slices.Equal(open, want) {
		t.Errorf("it has open %q, want %q", open, want)
	}
}

func number(t testing.TB, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Where there is an init, none is needed.
func TestNoGuardianBesideInit(t *testing.T) {
	begun(t, box(t, attack("sleep")))
	if list := guards(os.Getpid()); len(list) != 0 {
		t.Errorf("guardians: %v", list)
	}
}

// A program in another sandbox's pid namespace ends with its own launcher, too.
func TestProgramInJoinedPIDNamespaceDiesWithLauncher(t *testing.T) {
	host := box(t, attack("sleep"), func(s *sandbox.Spec) { s.Name = newName() })
	begun(t, host)
	s := box(t, attack("outlive", "prctl"), func(s *sandbox.Spec) { s.Namespaces.PID = spec.Namespace("sandbox:" + host.Name) })
	findable(t, s)
	for _, alone := range []bool{false, true} {
		if lives := outlives(t, s, alone); lives != alone {
			t.Errorf("without its guardian: %v; the program lives on: %v", alone, lives)
		}
	}
}
