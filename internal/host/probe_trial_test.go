package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTrialReturnsTheLastResult(t *testing.T) {
	one := &trial{}
	one.call("get our number", unix.SYS_GETPID)
	pid, err := one.run()
	if err != nil || pid == 0 || pid == os.Getpid() {
		t.Errorf("got pid %d, %v; want that of a child, and ours is %d", pid, err, os.Getpid())
	}
}

func TestTrialPassesResultsOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	one := &trial{}
	one.write(file, "written by a child")
	if _, err := one.run(); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(file); string(got) != "written by a child" {
		t.Errorf("got %q", got)
	}
}

func TestTrialStopsAtTheFirstRefusal(t *testing.T) {
	dir := t.TempDir()
	one := &trial{}
	one.call("live", unix.SYS_GETPID)
	one.call("open nothing", unix.SYS_OPENAT, unix.AT_FDCWD, dir+"/missing", unix.O_RDONLY)
	one.call("make a directory", unix.SYS_MKDIRAT, unix.AT_FDCWD, dir+"/made", 0o755)
	_, err := one.run()
	var r *Refusal
	if !errors.As(err, &r) || r.Does != "open nothing" || r.Errno != unix.ENOENT {
		t.Errorf("got %v", err)
	}
	if got := err.Error(); got != "open nothing: no such file or directory (ENOENT)" {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(dir + "/made"); err == nil {
		t.Error("the act after the refusal was made")
	}
}

// What a filter kills is the child, and the report says so.
func TestTrialSurvivesAFilterThatKills(t *testing.T) {
	const kill = 6 | unix.SECCOMP_RET_KILL_PROCESS<<32
	one := &trial{}
	one.call("set no_new_privs", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	one.call("install a filter", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, words(1, uint64(one.place(words(kill)))))
	one.call("do what is filtered", unix.SYS_GETPID)
	_, err := one.run()
	var r *Refusal
	if !errors.As(err, &r) || r.Signal != unix.SIGSYS || r.Does != "do what is filtered" {
		t.Errorf("got %v", err)
	}
	if err == nil || !strings.Contains(err.Error(), "killed by SIGSYS") {
		t.Errorf("got %v", err)
	}
}

func TestTrialThatCannotBeCreated(t *testing.T) {
	for want, one := range map[string]*trial{
		"create a namespace":      {flags: unix.CLONE_NEWNS | unix.CLONE_FS}, // never together; clone(2)
		"create a user namespace": {flags: unix.CLONE_NEWUSER | unix.CLONE_FS},
		"clone3":                  {args: words(1<<62, 0, 0, 0, 0, 0, 0, 0)},
	} {
		_, err := one.run()
		var r *Refusal
		if !errors.As(err, &r) || r.Does != want || r.Errno != unix.EINVAL {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if got := (&trial{}).creation(); got != "create a process" {
		t.Errorf("got %q", got)
	}
}

// Trials run beside goroutines that allocate and a collector that moves stacks.
func TestTrialsBesideABusyProgram(t *testing.T) {
	stop := make(chan struct{})
	var busy, all sync.WaitGroup
	for range 4 {
		busy.Go(func() { churn(stop) })
	}
	for i := range 4 {
		all.Go(func() {
			for range 25 {
				one := &trial{}
				one.call("get our number", unix.SYS_GETPID)
				if _, err := one.run(); err != nil {
					t.Errorf("goroutine %d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
	close(stop)
	busy.Wait()
}

func churn(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
			_ = fmt.Sprint(make([]byte, 1<<12))
			runtime.Gosched()
		}
	}
}

func TestRefusalOfAnUnknownError(t *testing.T) {
	if got := (&Refusal{Does: "x", Errno: 4000}).Error(); got != "x: errno 4000 (errno 4000)" {
		t.Errorf("got %q", got)
	}
}
