package sandbox_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

func init() {
	roles["run"] = runRole
	roles["run ignoring signals"] = func() int {
		signal.Ignore(syscall.SIGCHLD, syscall.SIGPIPE, syscall.SIGHUP, syscall.SIGTERM)
		return runRole()
	}
	roles["run without stdin"] = func() int { unix.Close(0); unix.Close(2); return runRole() }
	roles["run without streams"] = withoutStreams
	roles["run with open descriptors"] = openDescriptors
	roles["run in a removed directory"] = removedDirectory
	roles["run often"] = runOften
}

// runRole runs the Spec, with our own streams.
func runRole() int {
	r, err := sandbox.Run(context.Background(), specFromEnv(), sandbox.IO{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		fmt.Println("error:", err)
	}
	return r.ExitCode
}

// withoutStreams has nothing at 0, 1 and 2, as some daemons do.
func withoutStreams() int {
	out, err := unix.FcntlInt(1, unix.F_DUPFD_CLOEXEC, 10)
	if err != nil {
		return 1
	}
	for fd := range 3 {
		unix.Close(fd)
	}
	r, _ := sandbox.Run(context.Background(), specFromEnv(), sandbox.IO{Stdout: os.NewFile(uintptr(out), "out")})
	return r.ExitCode
}

// openDescriptors has secrets open, as a careless caller would.
func openDescriptors() int {
	f, err := os.Open("/proc/self/environ")
	if err != nil {
		return 1
	}
	for _, fd := range []int{9, 2048} {
		var limit unix.Rlimit
		_ = unix.Getrlimit(unix.RLIMIT_NOFILE, &limit)
		if err := unix.Dup3(int(f.Fd()), fd, 0); err != nil { // without O_CLOEXEC
			fmt.Println("dup3 to", fd, "with a limit of", limit.Cur, err)
			return 1
		}
	}
	return runRole()
}

func removedDirectory() int {
	dir, err := os.MkdirTemp("", "")
	if err != nil || os.Chdir(dir) != nil || os.Remove(dir) != nil {
		return 1
	}
	return runRole()
}

// runOften runs the Spec a thousand times, and counts descriptors and threads before and after.
func runOften() int {
	s := specFromEnv()
	once := func() bool {
		r, err := sandbox.Run(context.Background(), s, sandbox.IO{})
		if err != nil || r.ExitCode != 0 {
			fmt.Println(r, err)
		}
		return err == nil && r.ExitCode == 0
	}
	count := func(dir string) int { list, _ := os.ReadDir(dir); return len(list) }
	for range 20 {
		once()
	}
	fds, threads := count("/proc/self/fd"), count("/proc/self/task")
	for range 1000 {
		if !once() {
			return 1
		}
	}
	runtime.GC()
	if now := count("/proc/self/fd"); now > fds {
		fmt.Println("descriptors grew from", fds, "to", now)
		return 1
	}
	if now := count("/proc/self/task"); now > threads+4 {
		fmt.Println("threads grew from", threads, "to", now)
		return 1
	}
	return 0
}

// asRole runs a role to its end and returns what it printed.
func asRole(t testing.TB, role string, s *sandbox.Spec) (string, int) {
	t.Helper()
	cmd, r := spawn(t, role, s)
	text := make(chan string)
	go func() {
		var all strings.Builder
		buf := make([]byte, 1<<16)
		for {
			n, err := r.Read(buf)
			all.Write(buf[:n])
			if err != nil {
				r.Close()
				text <- all.String()
				return
			}
		}
	}()
	out := <-text
	err := cmd.Wait()
	if exit, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	} else if ok && exit.ExitCode() < 0 {
		t.Errorf("%s: %v", role, err)
	}
	return out, cmd.ProcessState.ExitCode()
}

// What the launcher ignores, the program does not: it can trap SIGPIPE, dies of it, and sees its children end.
func TestLauncherThatIgnoresSignals(t *testing.T) {
	script := `trap 'echo P' PIPE; kill -PIPE $$; trap - PIPE; sh -c 'kill -TERM $$'; echo $?; sh -c 'yes; echo $? >&2' 2>/tmp/end | head -n 1; cat /tmp/end; grep SigIgn /proc/self/status`
	out, code := asRole(t, "run ignoring signals", box(t, shell(script)))
	if want := "P\n143\ny\n141\nSigIgn:\t0000000000000000\n"; out != want || code != 0 {
		t.Errorf("code %d, %q, want %q", code, out, want)
	}
}

// A launcher that ignores SIGCHLD is not told how its children end: it learns
// that from init, and without one it is told so instead of something false.
func TestResultsWithoutSIGCHLD(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		for script, want := range map[string]int{"exit 5": 5, "exit 0": 0, "kill -KILL $$": 137} {
			if asPID1 && want == 137 {
				continue // process 1 is not killed by itself
			}
			out, code := asRole(t, "run ignoring signals", box(t, shell(script), func(s *sandbox.Spec) { s.AsPID1 = asPID1 }))
			if code != want && !(asPID1 && code == 125 && strings.Contains(out, "SIGCHLD")) {
				t.Errorf("%s, as pid 1 %v: code %d, %q", script, asPID1, code, out)
			}
		}
	}
}

// Streams that are closed are refused by name; streams left out are /dev/null, whatever the numbers 0 to 2 are then used for.
func TestLauncherWithClosedStreams(t *testing.T) {
	out, code := asRole(t, "run without stdin", box(t, command("true")))
	if code != 125 || !strings.Contains(out, "/dev/stdin") {
		t.Errorf("closed streams: code %d, %q", code, out)
	}
	for range 3 {
		out, code = asRole(t, "run without streams", box(t, shell("cat; ls /proc/self/fd | wc -l; exit 5")))
		if code != 5 || out != "4\n" {
			t.Errorf("no streams: code %d, %q", code, out)
		}
	}
}

// Descriptors that the launcher has without O_CLOEXEC stay outside.
func TestDescriptorsDoNotLeakIn(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		s := box(t, attack("status"), func(s *sandbox.Spec) { s.AsPID1 = asPID1 })
		out, code := asRole(t, "run with open descriptors", s)
		if code != 0 {
			t.Fatalf("code %d: %s", code, out)
		}
		for fd, what := range parseReport(t, out).FDs {
			if fd > 2 {
				t.Errorf("as pid 1 %v: descriptor %d, %s, is open inside", asPID1, fd, what)
			}
		}
	}
}

// What init has open is its pipe alone.
func TestInitHoldsNothing(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	dir := fmt.Sprintf("/proc/%d/fd", b.PID())
	list, err := os.ReadDir(dir)
	if err != nil {
		boxtest.RequireRoot(t, "to look at what init, an undumpable process, has open: "+err.Error())
	}
	if len(list) != 1 || list[0].Name() != "3" {
		t.Errorf("init has %v open, want only 3", list)
	}
	for _, link := range []string{"exe", "cwd", "root"} {
		to, err := os.Readlink(filepath.Join(filepath.Dir(dir), link))
		if want := map[string]string{"exe": "/memfd:bulkhead-init (deleted)", "cwd": "/", "root": "/"}[link]; err != nil || to != want {
			t.Errorf("init's %s is %q (%v), want %q", link, to, err, want)
		}
	}
}

func TestPassedDescriptors(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd, err := unix.FcntlInt(w.Fd(), unix.F_DUPFD, 30)
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	e := run(t, func(s *sandbox.Spec) { s.PassFDs = []int{fd} }, attack("say", itoa(fd), "hello"))
	unix.Close(fd)
	text := make([]byte, 100)
	if n, err := r.Read(text); err != nil || string(text[:n]) != "hello" {
		t.Errorf("%q came through descriptor %d: %v, %v", text[:n], fd, err, e)
	}
	refused := run(t, func(s *sandbox.Spec) { s.PassFDs = []int{fd} }, command("true"))
	if refused.Status != spec.SetupFailed || !strings.Contains(refused.fault.Error(), itoa(fd)) {
		t.Errorf("a descriptor that is not open: %v", refused)
	}
}

func TestDirectoryAsStreamIsRefused(t *testing.T) {
	dir, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	for name, streams := range map[string]sandbox.IO{"stdin": {Stdin: dir}, "stdout": {Stdout: dir}, "stderr": {Stderr: dir}} {
		r, err := sandbox.Run(context.Background(), box(t, command("true")), streams)
		if err == nil || r.ExitCode != 125 || !strings.Contains(err.Error(), "directory") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestLauncherInRemovedDirectory(t *testing.T) {
	out, code := asRole(t, "run in a removed directory", box(t, shell("pwd; exit 6")))
	if code != 6 && code != 125 {
		t.Errorf("code %d, %q", code, out)
	}
	if code == 6 && out != "/\n" {
		t.Errorf("the program starts in %q", out)
	}
	if code == 125 && !strings.Contains(out, "directory") {
		t.Errorf("refused without a word about the directory: %q", out)
	}
}

// FACT — always (prctl(2), PR_SET_PDEATHSIG) — the signal tells of the end of a thread.
func TestStartFromThreadThatEnds(t *testing.T) {
	s := box(t, attack("sleep", "300"))
	var b *sandbox.Sandbox
	var err error
	thread := make(chan int)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		b, err = sandbox.Start(context.Background(), s, sandbox.IO{})
		thread <- unix.Gettid()
	}()
	tid := <-thread
	if err != nil {
		t.Fatal(err)
	}
	if tid == os.Getpid() {
		t.Skip("the goroutine ran on the main thread, which does not end") // rare
	}
	for range 200 {
		if unix.Kill(tid, 0) == unix.ESRCH || !threadExists(tid) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if threadExists(tid) {
		t.Fatalf("thread %d does not end", tid)
	}
	if e := end(t, b); e.Status != spec.Exited || e.ExitCode != 0 {
		t.Errorf("the program died with the thread: %v", e)
	}
}

func threadExists(tid int) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid))
	return err == nil
}

func TestManyAtATime(t *testing.T) {
	before := boxtest.Look()
	var all sync.WaitGroup
	for i := range 50 {
		all.Add(1)
		go func() {
			defer all.Done()
			e := run(t, shell("echo $0 >/tmp/x; cat /tmp/x; exit "+itoa(i)))
			if e.fault != nil || e.ExitCode != i || e.out != "/bin/sh\n" {
				t.Errorf("run %d: %v", i, e)
			}
		}()
	}
	all.Wait()
	before.NothingLeft(t)
}

func TestAThousandRunsLeaveNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds, which -short leaves out")
	}
	if out, code := asRole(t, "run often", box(t, command("true"))); code != 0 {
		t.Errorf("code %d: %s", code, out)
	}
}

// The launcher's own state is what it was: umask, directory, signals, dumpable mark, ids.
func TestLauncherStaysAsItWas(t *testing.T) {
	look := func() string {
		text, _ := os.ReadFile("/proc/self/status")
		var kept []string
		for line := range strings.SplitSeq(string(text), "\n") {
			key, _, _ := strings.Cut(line, ":")
			if strings.Contains(" Umask Uid Gid Groups CapEff CapBnd CapInh CapAmb NoNewPrivs Seccomp SigBlk SigIgn SigCgt ", " "+key+" ") {
				kept = append(kept, line)
			}
		}
		dir, _ := os.Getwd()
		dumpable, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		return strings.Join(kept, "\n") + dir + itoa(dumpable)
	}
	before := look()
	for range 20 {
		works(t, command("true"))
		run(t, command("no-such-command"))
	}
	if after := look(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
