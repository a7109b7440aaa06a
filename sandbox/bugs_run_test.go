package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func TestBug1KeptDescriptorKeepsTheExitCode(t *testing.T) {
	boxtest.RequireCgroup(t, cgroup.Pids) // without one a shared pid namespace is refused
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	fd, err := unix.Dup(int(null.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	e := run(t, withSharedPIDs, shell("exit 23"), func(s *sandbox.Spec) { s.PassFDs = []int{fd} })
	if e.ExitCode != 23 || e.Status != spec.Exited {
		t.Errorf("got %v", e)
	}
}

func TestBug2OwnFailureIsToldFromTheProgramsExit(t *testing.T) {
	programs := run(t, shell("exit 125"))
	ours := run(t, rootDir("/no/such/root"), command("true"))
	if programs.ExitCode != 125 || programs.Status != spec.Exited || programs.Error != nil || programs.fault != nil {
		t.Errorf("the program's: %v", programs)
	}
	if ours.ExitCode != 125 || ours.Status != spec.SetupFailed || ours.Error == nil || ours.fault == nil {
		t.Errorf("ours: %v", ours)
	}
}

func TestBug4ExecReportsTheSignal(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	if e := execute(t, b, "sh", "-c", "kill -9 $$"); e.ExitCode != 137 || e.Signal != "SIGKILL" {
		t.Errorf("got %v", e)
	}
}

func TestBug6ProgramIsNotPID1(t *testing.T) {
	if e := run(t, shell("kill -TERM $$; echo alive")); e.ExitCode != 143 || e.out != "" {
		t.Errorf("TERM: %v", e)
	}
	if e := run(t, shell("kill -ABRT $$; echo alive")); e.ExitCode != 134 || e.out != "" {
		t.Errorf("ABRT: %v", e)
	}
}

func TestBug7PoliteStopWorks(t *testing.T) {
	for _, program := range [][]string{{"sleep", "1000"}, {"sh", "-c", "sleep 1000; exit 0"}} {
		b := start(t, box(t, command(program...)), sandbox.IO{})
		time.Sleep(50 * time.Millisecond)
		if err := b.Stop(10 * time.Second); err != nil {
			t.Fatal(err)
		}
		if e := end(t, b); e.Signal != "SIGTERM" || e.WallSeconds > patient(5) {
			t.Errorf("%q: %v", program, e)
		}
	}
}

func TestBug9SIGPIPEIsNotIgnored(t *testing.T) {
	prints(t, "P\ndone\n", "trap 'echo P' PIPE; kill -PIPE $$; echo done")
	prints(t, "y\n141\n", "{ yes; echo $? >/tmp/end; } | head -n 1; sleep 0.1; cat /tmp/end")
}

func TestBug11ArgumentsByteForByte(t *testing.T) {
	words := []string{"a b (2).txt", "ünï.txt", "", "*", "$HOME", "`id`", "\xff\x01", "-n", "'", `"`, "\\", "\n"}
	e := works(t, command(append([]string{"/bin/sh", "-c", `for a; do printf '%s|' "$a"; done`, "sh"}, words...)...))
	if want := strings.Join(words, "|") + "|"; e.out != want {
		t.Errorf("got %q, want %q", e.out, want)
	}
}

func TestBug12FileNamesAreNotEvaluated(t *testing.T) {
	name := "$(touch /tmp/evaluated)"
	dir := tree(t, map[string]string{name: "x"})
	e := works(t, mounted(bind(dir, "/m"), bind(filepath.Join(dir, name), "/m2/"+name)), command("ls", "/m/"+name, "/m2/"+name))
	if want := "/m/" + name + "\n/m2/" + name + "\n"; e.out != want {
		t.Errorf("got %q, want %q", e.out, want)
	}
}

func TestBug14MissingWorkdirIsNamed(t *testing.T) {
	e := run(t, command("pwd"), func(s *sandbox.Spec) { s.Workdir = "/nonesuch" })
	if e.ExitCode != 125 || !strings.Contains(e.fault.Error(), "/nonesuch") || strings.Contains(e.fault.Error(), "command") {
		t.Errorf("got %v", e)
	}
}

func TestBug16PromisedDescriptorMustExist(t *testing.T) {
	e := run(t, command("true"), func(s *sandbox.Spec) { s.PassFDs = []int{97, 98, 99} })
	if e.ExitCode != 125 || !strings.Contains(e.fault.Error(), "97") {
		t.Errorf("got %v", e)
	}
	// One of the launcher's own, marked close-on-exec, is not for the program.
	null, err := os.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if e := run(t, command("true"), func(s *sandbox.Spec) { s.PassFDs = []int{int(null.Fd())} }); e.ExitCode != 125 {
		t.Errorf("a private descriptor: %v", e)
	}
	if fds := inspect(t).FDs; len(fds) != 3 || fds[0] == "" || fds[1] == "" || fds[2] == "" {
		t.Errorf("the program has %v open, want 0 to 2", fds)
	}
}

func TestBug17SoftLimitOfOpenFiles(t *testing.T) {
	prints(t, "1024\n4096\n", "ulimit -Sn; ulimit -Hn")
}

func TestBug22LargeOutputIsWhole(t *testing.T) {
	for i := range 50 {
		f, err := os.CreateTemp("", boxtest.TempPrefix())
		if err != nil {
			t.Fatal(err)
		}
		s := box(t, command("head", "-c", "500000", "/dev/zero"))
		if i%2 == 1 {
			s.Limits.Output = spec.MiB // counted, by way of a pipe
		}
		r, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdout: f})
		info, statErr := f.Stat()
		if err != nil || r.ExitCode != 0 || statErr != nil || info.Size() != 500000 {
			t.Errorf("%d bytes (%v), %+v, %v", info.Size(), statErr, r, err)
		}
		f.Close()
		os.Remove(f.Name())
	}
}

func TestBug24ShortCommandsWithPipedInput(t *testing.T) {
	for range 100 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			w.WriteString("\n")
			w.Close()
		}()
		e := runSpec(t, box(t, command("false")), r)
		r.Close()
		if e.ExitCode != 1 || e.err != "" || e.fault != nil {
			t.Fatalf("got %v", e)
		}
	}
}

func TestBug26OutputKeepsItsOrder(t *testing.T) {
	for _, cap := range []spec.Size{0, spec.MiB} {
		w, read := drain(t)
		s := box(t, shell("i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); echo $i >&2; i=$((i+1)); done"), limited(func(l *spec.Limits) { l.Output = cap }))
		_, err := sandbox.Run(context.Background(), s, sandbox.IO{Stdout: w, Stderr: w})
		w.Close()
		var want strings.Builder
		for i := range 200 {
			fmt.Fprintln(&want, i)
		}
		if out := read(); err != nil || out != want.String() {
			t.Errorf("with a cap of %d: %v, %q", cap, err, out)
		}
	}
}

func TestBug31BackgroundChildrenEnd(t *testing.T) {
	before := boxtest.Look()
	if e := run(t, shell("sleep 99 & exit 0")); e.ExitCode != 0 || e.WallSeconds > patient(5) {
		t.Errorf("got %v", e)
	}
	before.NothingLeft(t)
}

func init() { roles["under a hidden proc"] = hiddenProc }

// hiddenProc runs the Spec as an ordinary user where /proc hides what is not his.
func hiddenProc() int {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("proc", "/proc", "proc", 0, "hidepid="+os.Getenv(hideVar))
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return stranger()
}

const hideVar = "BULKHEAD_TEST_HIDEPID"

// strangerID is an ordinary user without an account and so without subordinate ids.
const strangerID = 54321

func init() { roles["run as a stranger"], roles["run and explain"] = stranger, runAndExplain }

// runAndExplain prints the hint of an error, too.
func runAndExplain() int {
	r, err := sandbox.Run(context.Background(), specFromEnv(), sandbox.IO{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	if e, ok := errors.AsType[*sandbox.Error](err); ok {
		fmt.Println("error:", e, "hint:", e.Hint)
	} else if err != nil {
		fmt.Println("error:", err)
	}
	return r.ExitCode
}

// stranger runs the Spec as that user.
func stranger() int {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVar+"=run and explain", "XDG_RUNTIME_DIR="+os.Getenv(dirVar))
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: strangerID, Gid: strangerID}}
	out, err := cmd.CombinedOutput()
	fmt.Print(string(out))
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Println(err)
	}
	return cmd.ProcessState.ExitCode()
}

func TestBug42HiddenProcOfTheHost(t *testing.T) {
	boxtest.RequireRoot(t, "to hide the processes of /proc")
	dir := strangersDir(t)
	for _, how := range []string{"noaccess", "invisible"} {
		t.Setenv(hideVar, how)
		before := boxtest.Look()
		out, code := withMounts(t, "under a hidden proc", dir, box(t, shell("id -u; exit 9")))
		if code != 9 && !(code == 125 && strings.Contains(out, "/proc")) {
			t.Errorf("hidepid=%s: code %d, %q", how, code, out)
		}
		before.NothingLeft(t)
	}
}

// strangersDir is a directory for the stranger's records.
func strangersDir(t testing.TB) string {
	t.Helper()
	dir := boxtest.TempDir(t)
	if err := os.Chown(dir, strangerID, strangerID); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What cannot be set up is tried once: the caller learns it at once, and the program was never there.
func TestBug72SetupErrorsAreNotRetried(t *testing.T) {
	before := time.Now()
	started := 0
	r, err := sandbox.Run(context.Background(), box(t, rootDir("/no/such/root"), command("true")), sandbox.IO{Started: func(*sandbox.Sandbox) { started++ }})
	if err == nil || r.Status != spec.SetupFailed || started != 0 || time.Since(before).Seconds() > patient(5) {
		t.Errorf("started %d times in %v: %+v, %v", started, time.Since(before), r, err)
	}
}

func TestBug61OneExitCodeForSetupFailures(t *testing.T) {
	for _, c := range []change{rootDir("/no/such/root"), command("no-such-command"), command("/etc"), mounted(bind("/no/such/source", "/m"))} {
		e := run(t, command("true"), c)
		var err *sandbox.Error
		if !errors.As(e.fault, &err) || err.ExitCode() != e.ExitCode || e.ExitCode < 125 || e.ExitCode > 127 {
			t.Errorf("got %v", e)
		}
	}
}

func init() { roles["run with another child"] = anotherChild }

// anotherChild has a child of its own, which ends while the sandbox runs.
func anotherChild() int {
	cmd := exec.Command("sleep", "0.1")
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
		return 1
	}
	code := runRole()
	if err := cmd.Wait(); err != nil {
		fmt.Println("the other child was taken from us:", err)
	}
	return code
}

func TestBug62OtherChildrenOfTheLauncher(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		out, code := asRole(t, "run with another child", box(t, shell("sleep 0.4; exit 6"), func(s *sandbox.Spec) { s.AsPID1 = asPID1 }))
		if code != 6 || out != "" {
			t.Errorf("as pid 1 %v: code %d, %q", asPID1, code, out)
		}
	}
}

func TestBug64PWDIsTheDirectory(t *testing.T) {
	prints(t, "/tmp\n/tmp\n", "echo $PWD; /bin/pwd", func(s *sandbox.Spec) { s.Workdir = "/tmp" })
}

func TestBug66PipedStdinStaysOpen(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		time.Sleep(100 * time.Millisecond)
		w.WriteString("{}\n")
		w.Close()
	}()
	if e := runSpec(t, box(t, command("cat")), r); e.out != "{}\n" || e.ExitCode != 0 {
		t.Errorf("got %v", e)
	}
}

// What has no pid namespace of its own is ended by its cgroup, or is refused where there is none.
func TestBug69SharedPIDsEndWithTheLauncher(t *testing.T) {
	// The end of the program ends the rest.
	before := boxtest.Look()
	run(t, withSharedPIDs, shell("sleep 98 & sleep 98 & exit 0"))
	before.NothingLeft(t)
	// And so does the end of the launcher.
	s := box(t, withSharedPIDs, shell("sleep 99 & sleep 99 & wait"))
	cmd, out := spawn(t, "launcher", s)
	says(t, out, "ready")
	readLine(t, out) // started, or refused, which is as good
	time.Sleep(100 * time.Millisecond)
	cmd.Process.Kill()
	cmd.Wait()
	out.Close()
	collect(t)
	noneAlive(t)
	boxtest.KillOrphans()
	collect(t)
	before.NothingLeft(t)
}

// The user is one without subordinate ids: this one, or where root can become one, the stranger.
func TestBug74NoSubordinateIDs(t *testing.T) {
	boxtest.RequireProgram(t, "newuidmap")
	many := func(s *sandbox.Spec) {
		s.User.UIDMap = []spec.IDMap{{Inside: 0, Outside: 100000, Count: 65536}}
		s.User.GIDMap = s.User.UIDMap
		s.User.UID = new(uint32)
	}
	single := func(s *sandbox.Spec) { s.AllowDrop = append(s.AllowDrop, spec.ProtectionIDMap) }
	if boxtest.Root() {
		dir := strangersDir(t)
		out, code := withMounts(t, "run as a stranger", dir, box(t, many, command("true")))
		if code != 125 || !strings.Contains(out, "/etc/subuid") || !strings.Contains(out, itoa(strangerID)) {
			t.Errorf("code %d, %q", code, out)
		}
		if out, code := withMounts(t, "run as a stranger", dir, box(t, many, single, command("id", "-u"))); code != 0 || out != "0\n" {
			t.Errorf("with the single id: code %d, %q", code, out)
		}
		return
	}
	e := run(t, many, command("true"))
	if e.Status == spec.Exited {
		boxtest.Require(t, "no subordinate ids", false, "this user has them")
	}
	if text := e.fault.Error() + e.Error.Hint; e.ExitCode != 125 || !strings.Contains(text, "/etc/subuid") || !strings.Contains(text, itoa(os.Geteuid())) {
		t.Errorf("got %v", e)
	}
	if e := works(t, many, single, command("id", "-u")); e.out != "0\n" {
		t.Errorf("with the single id: %v", e)
	}
}

func TestBug126ProcessorsAndUptime(t *testing.T) {
	prints(t, "1\n", "nproc", func(s *sandbox.Spec) { s.Scheduling.Affinity = "0" })
	if !canShiftClocks(t) {
		return
	}
	e := works(t, shell("cut -d. -f1 /proc/uptime"), func(s *sandbox.Spec) { s.Clock.Boottime = spec.Seconds(10_000_000) })
	var uptime int
	if _, err := fmt.Sscan(e.out, &uptime); err != nil || uptime < 10_000_000 {
		t.Errorf("uptime %q: %v", e.out, err)
	}
}

// A process that enters a pid namespace without a fork can fork once, and no second time: pid_namespaces(7).
func TestBug127SecondCommandCanFork(t *testing.T) {
	const twice = "true | cat; (exit 3); (exit 4); echo $?"
	name := newName()
	b, _ := begun(t, box(t, named(name), attack("sleep")))
	for range 2 {
		if e := execute(t, b, "sh", "-c", twice); e.out != "4\n" || e.ExitCode != 0 {
			t.Errorf("exec: %v", e)
		}
	}
	for how, c := range map[string]change{
		"new": func(*sandbox.Spec) {}, "as pid 1": func(s *sandbox.Spec) { s.AsPID1 = true },
		"joined": func(s *sandbox.Spec) {
			s.Namespaces.User, s.Namespaces.PID = spec.Namespace("sandbox:"+name), spec.Namespace("sandbox:"+name)
		},
	} {
		if e := run(t, c, shell(twice)); e.out != "4\n" || e.ExitCode != 0 {
			t.Errorf("%s: %v", how, e)
		}
	}
}
