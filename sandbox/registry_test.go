package sandbox_test

import (
	"errors"
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

func named(name string) change { return func(s *sandbox.Spec) { s.Name = name } }

func listed(t testing.TB, name string) (sandbox.Info, bool) {
	t.Helper()
	list, err := sandbox.List()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(i sandbox.Info) bool { return i.Name == name })
	if i < 0 {
		return sandbox.Info{}, false
	}
	return list[i], true
}

func TestListAndOpen(t *testing.T) {
	name := newName()
	b, _ := begun(t, box(t, named(name), attack("stubborn")))
	info, ok := listed(t, name)
	if !ok || info.PID != b.PID() || info.Launcher != os.Getpid() || !slices.Equal(info.Command, []string{hostile, "stubborn"}) ||
		time.Since(info.Started) > time.Minute || time.Since(info.Started) < 0 {
		t.Errorf("listed %v: %+v", ok, info)
	}
	other, err := sandbox.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if e := execute(t, other, "cat", "/etc/hostname"); e.ExitCode != 0 || e.out != "bulkhead\n" {
		t.Errorf("exec by name: %v", e)
	}
	if err := other.Kill(); err != nil {
		t.Fatal(err)
	}
	<-other.Done()
	if _, err := other.Wait(); err == nil {
		t.Error("an opened sandbox tells how it ended, which only its launcher can know")
	}
	end(t, b)
	if _, ok := listed(t, name); ok {
		t.Error("it is listed after its end")
	}
}

// A sandbox of another process is the same sandbox.
func TestOpenFromAnotherProcess(t *testing.T) {
	s := box(t, named(newName()), attack("stubborn"))
	cmd, out := spawn(t, "launcher", s)
	defer out.Close()
	says(t, out, "ready")
	readLine(t, out)
	b, err := sandbox.Open(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	if b.Info().Launcher != cmd.Process.Pid {
		t.Errorf("its launcher is %d, want %d", b.Info().Launcher, cmd.Process.Pid)
	}
	if e := execute(t, b, hostile, "exit", "8"); e.ExitCode != 8 {
		t.Errorf("exec: %v", e)
	}
	if err := b.Stop(100 * time.Millisecond); err != nil {
		t.Error(err)
	}
	<-b.Done()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the launcher: %v", err)
	}
}

func TestUnnamedIsListedWhenItLasts(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, ok := listed(t, b.Name()); ok {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not listed", b.Name())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if age := time.Since(b.Info().Started); age < 50*time.Millisecond {
		t.Errorf("it is listed after %v already: a record costs more than a short program", age)
	}
}

func TestNameClash(t *testing.T) {
	name := newName()
	b, _ := begun(t, box(t, named(name), attack("sleep")))
	e := run(t, named(name), command("true"))
	var err *sandbox.Error
	if !errors.As(e.fault, &err) || err.Kind != sandbox.Mistake || !strings.Contains(err.Error(), name) || err.Hint == "" {
		t.Errorf("a second one of that name: %v", e)
	}
	if _, ok := listed(t, name); !ok {
		t.Error("the first one is not listed any more")
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	end(t, b)
	works(t, named(name), command("true"))
}

// Of many that want one name at the same moment, one gets it.
func TestNameRace(t *testing.T) {
	name := newName()
	results := make(chan ended)
	for range 10 {
		go func() { results <- run(t, named(name), attack("sleep", "300")) }()
	}
	won := 0
	for range 10 {
		if e := <-results; e.fault == nil {
			won++
		} else if !strings.Contains(e.fault.Error(), "is running") {
			t.Errorf("a loser: %v", e)
		}
	}
	if won != 1 {
		t.Errorf("%d of 10 got the name", won)
	}
}

// The name of a sandbox whose launcher was killed is free again.
func TestNameAfterKilledLauncher(t *testing.T) {
	s := box(t, named(newName()), attack("sleep"))
	cmd, out := spawn(t, "launcher", s)
	defer out.Close()
	says(t, out, "ready")
	readLine(t, out)
	if _, ok := listed(t, s.Name); !ok {
		t.Fatal("it is not listed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	noneAlive(t)
	if _, ok := listed(t, s.Name); ok {
		t.Error("a dead sandbox is listed")
	}
	if _, err := sandbox.Open(s.Name); err == nil {
		t.Error("a dead sandbox can be opened")
	}
	works(t, named(s.Name), command("true"))
	collect(t)
}

// A name that failed to start is free again.
func TestNameAfterFailedStart(t *testing.T) {
	name := newName()
	before := boxtest.Look()
	if e := run(t, named(name), command("no-such-command")); e.fault == nil {
		t.Fatalf("got %v", e)
	}
	before.NothingLeft(t)
	works(t, named(name), command("true"))
}

func TestOpenUnknown(t *testing.T) {
	for _, name := range []string{"no-such-sandbox", "", "../etc", "a/b", "."} {
		if _, err := sandbox.Open(name); err == nil {
			t.Errorf("%q can be opened", name)
		}
	}
}

func TestFreezeAndThaw(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, attack("spin", "1")))
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	if grew := growth(t, b); grew > 0.01 {
		t.Errorf("a frozen program used %v s", grew)
	}
	if err := b.Thaw(); err != nil {
		t.Fatal(err)
	}
	if grew := growth(t, b); grew < 0.02 {
		t.Errorf("a thawed program used %v s", grew)
	}
}

// Nothing enters a frozen sandbox: it would wait there, or run beside what is frozen.
func TestExecIntoFrozen(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, attack("sleep")))
	enter := func() error {
		r, err := b.Exec(t.Context(), sandbox.ExecSpec{Command: []string{"true"}}, sandbox.IO{})
		if err == nil && r.ExitCode != 0 {
			t.Errorf("%+v", r)
		}
		return err
	}
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err := enter()
	var e *sandbox.Error
	if !errors.As(err, &e) || e.Kind != sandbox.Mistake || !strings.Contains(e.Error(), "it is frozen") || !strings.Contains(e.Hint, "fg") {
		t.Errorf("frozen: %v", err)
	}
	if took := time.Since(began); took > boxtest.Patience(time.Second) {
		t.Errorf("it took %v to say so", took)
	}
	if err := b.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := enter(); err != nil {
		t.Errorf("thawed: %v", err)
	}
}

// growth is the processor time used in a fifth of a second.
func growth(t testing.TB, b *sandbox.Sandbox) float64 {
	t.Helper()
	before, err := b.Stats()
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	after, err := b.Stats()
	if err != nil {
		t.Fatal(err)
	}
	return after.CPUSeconds - before.CPUSeconds
}

// A frozen sandbox can be killed, and its wall limit holds.
func TestFrozenSandboxEnds(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, attack("sleep")))
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	if e := end(t, b); e.Signal != "SIGKILL" || e.WallSeconds > patient(5) {
		t.Errorf("killed: %v", e)
	}
	wall := max(0.3, patient(0.1)) // longer than freezing takes
	b, _ = begun(t, box(t, strictly, attack("sleep"), limited(func(l *spec.Limits) { l.Wall = spec.Seconds(wall) })))
	if err := b.Freeze(); err != nil {
		t.Fatal(err)
	}
	hits(t, end(t, b), spec.LimitWall)
}

func TestStats(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	b, _ := begun(t, box(t, strictly, attack("children", "5"), func(s *sandbox.Spec) {
		s.Command = []string{"/bin/sh", "-c", hostile + " children 5; exec " + hostile + " stubborn"}
	}))
	s, err := b.Stats()
	if err != nil {
		t.Fatal(err)
	}
	if s.MemoryLimitBytes != 4<<30 || s.PidsLimit != 1024 || s.PidsCurrent < 2 || s.PidsPeak < s.PidsCurrent || s.MemoryCurrentBytes == 0 || s.WallSeconds <= 0 {
		t.Errorf("got %+v", s)
	}
}

// Collect leaves what lives, and what it does not know, alone.
func TestCollectSparesTheLiving(t *testing.T) {
	b, _ := begun(t, box(t, named(newName()), attack("sleep")))
	collect(t)
	if _, ok := listed(t, b.Name()); !ok {
		t.Error("the record of a running sandbox was collected")
	}
	if b.Signal(0) != nil {
		t.Error("a running sandbox was collected")
	}
	if e := execute(t, b, hostile, "exit", "4"); e.ExitCode != 4 {
		t.Errorf("exec: %v", e)
	}
}

func TestCollectDryOnlyTells(t *testing.T) {
	s := box(t, named(newName()), attack("sleep"))
	cmd, out := spawn(t, "launcher", s)
	defer out.Close()
	says(t, out, "ready")
	readLine(t, out)
	cmd.Process.Kill()
	cmd.Wait()
	noneAlive(t)
	dir, err := sandbox.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		c, err := sandbox.Collect(dry)
		if err != nil || !slices.Contains(c.Records, s.Name) {
			t.Errorf("dry %v: %+v, %v", dry, c, err)
		}
		if _, err := os.Stat(filepath.Join(dir, s.Name)); (err == nil) != dry {
			t.Errorf("dry %v: the record exists: %v", dry, err == nil)
		}
	}
}

// The life of a sandbox is tied to a process, not to its number: a recycled number is nobody.
func TestRecordOfRecycledNumber(t *testing.T) {
	name := newName()
	b, _ := begun(t, box(t, named(name), attack("sleep")))
	dir, err := sandbox.Dir()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name, "sandbox.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(text), `"pid":`+itoa(b.PID()), `"pid":`+itoa(os.Getpid()), 1)
	if forged == string(text) {
		t.Fatalf("the record does not name its process: %s", text)
	}
	if err := os.WriteFile(file, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	if other, err := sandbox.Open(name); err == nil {
		t.Errorf("opened process %d under a record of another", other.PID())
	}
	if err := b.Kill(); err != nil {
		t.Fatal(err)
	}
	end(t, b)
}

// Another user's directory is not used for records.
func TestRecordDirIsPrivate(t *testing.T) {
	dir, err := sandbox.Dir()
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil || st.Mode&0o077 != 0 || int(st.Uid) != os.Geteuid() {
		t.Errorf("%s has mode %o and owner %d: %v", dir, st.Mode, st.Uid, err)
	}
	boxtest.RequireUser(t, "root's records are in /run, which only root can write")
	foreign := boxtest.TempDir(t)
	t.Setenv("XDG_RUNTIME_DIR", foreign)
	if err := os.Mkdir(filepath.Join(foreign, "bulkhead"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(foreign, "bulkhead"), 0o777); err != nil {
		t.Fatal(err)
	}
	if dir, err := sandbox.Dir(); err == nil {
		t.Errorf("%s is used although everybody can write it", dir)
	}
}
