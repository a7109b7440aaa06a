package sandbox_test

import (
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// Nobody inside can look into init or take what it has: it is in another user namespace.
func TestProgramCannotTouchInit(t *testing.T) {
	who := map[string]change{
		"user": func(*sandbox.Spec) {},
		"root": func(s *sandbox.Spec) { s.User.UID = new(uint32) },
		"root with capabilities": func(s *sandbox.Spec) {
			s.User.UID = new(uint32)
			s.Capabilities = []spec.Capability{"SYS_PTRACE", "KILL", "SYS_ADMIN", "DAC_OVERRIDE", "DAC_READ_SEARCH"}
		},
	}
	for name, as := range who {
		t.Run(name, func(t *testing.T) {
			denied(t, as, "EPERM|EACCES|ENOSYS", "ptrace", "1")
			denied(t, as, "EPERM|EACCES", "write", "/proc/1/mem")
			denied(t, as, "EPERM|EACCES", "read", "/proc/1/environ")
			denied(t, as, "EPERM|EACCES", "readlink", "/proc/1/fd/3")
			denied(t, as, "EPERM|EACCES", "write", "/proc/1/fd/3")
			denied(t, as, "EPERM|EACCES", "readlink", "/proc/1/exe")
			denied(t, as, "EPERM|EACCES", "list", "/proc/1/root/")
			allowed(t, as, "readlink", "/proc/self/exe")
			allowed(t, as, "list", "/proc/self/fd")
		})
	}
}

// Signals from inside do nothing to init, whatever they are, and it goes on to report and to forward.
func TestInitIgnoresTheProgramsSignals(t *testing.T) {
	e := run(t, shell("i=1; while [ $i -le 64 ]; do kill -$i 1 2>/dev/null; i=$((i+1)); done; echo alive; exit 3"))
	if e.ExitCode != 3 || e.out != "alive\n" {
		t.Errorf("got %v", e)
	}
}

// A program that floods init with signals is still stopped, signalled and reaped.
func TestInitUnderSignalFlood(t *testing.T) {
	b, _ := begun(t, box(t, shell("echo begun; while :; do kill -USR1 1; kill -40 1; kill -CHLD 1; done")))
	time.Sleep(100 * time.Millisecond)
	if err := b.Stop(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	if e := end(t, b); e.Signal != "SIGTERM" || e.WallSeconds > patient(3) {
		t.Errorf("got %v", e)
	}
}

// Orphans are reaped while the program runs: a daemon's dead children do not fill the process table.
func TestInitReapsOrphans(t *testing.T) {
	e := run(t, withPids(30), shell("i=0; while [ $i -lt 200 ]; do (sleep 0 & exec true); i=$((i+1)); done; ps -o stat= -e 2>/dev/null | grep -c Z; exit 0"))
	if e.ExitCode != 0 || e.fault != nil {
		t.Errorf("got %v", e)
	}
}

// The program is not process 1 unless that was asked for.
func TestProgramsNumber(t *testing.T) {
	if r := inspect(t); r.PID < 2 || r.PPID != 1 {
		t.Errorf("the program is %d, child of %d", r.PID, r.PPID)
	}
	if r := inspect(t, func(s *sandbox.Spec) { s.AsPID1 = true }); r.PID != 1 || r.PPID != 0 {
		t.Errorf("as pid 1 the program is %d, child of %d", r.PID, r.PPID)
	}
}

// Everybody's children end with process 1 as well, when the program is that itself.
func TestOrphansOfProcess1(t *testing.T) {
	e := run(t, func(s *sandbox.Spec) { s.AsPID1 = true }, attack("orphans", "20", "4"))
	if e.ExitCode != 4 || e.WallSeconds > patient(5) {
		t.Errorf("got %v", e)
	}
}

// Root's init has a host id of its own, so that the program cannot weaken it:
// what the kernel allows between processes of one id it refuses here, once init is init.
func TestProgramCannotWeakenInit(t *testing.T) {
	boxtest.RequireRoot(t, "an ordinary user has one id, for the program and for init")
	for name, c := range map[string]change{
		"default":        func(*sandbox.Spec) {},
		"root inside":    func(s *sandbox.Spec) { s.User.UID = new(uint32) },
		"host's user ns": func(s *sandbox.Spec) { s.Namespaces.User = spec.NamespaceHost },
		"ranges": func(s *sandbox.Spec) {
			s.User.UIDMap = []spec.IDMap{{Inside: 0, Outside: 1_300_000_000, Count: 65536}}
			s.User.GIDMap = s.User.UIDMap
		},
	} {
		for _, attempt := range []string{"renice", "prlimit", "affinity"} {
			e := run(t, c, shell(`until read name </proc/1/comm; [ "$name" = bulkhead-init ]; do :; done; exec `+hostile+" try "+attempt+" 1"))
			if e.out != "EPERM\n" {
				t.Errorf("%s, %s of process 1: %v, want EPERM", name, attempt, e)
			}
			e = run(t, c, shell("sleep 100 & "+hostile+" try "+attempt+" $!; kill $!"))
			if e.out != "ok\n" {
				t.Errorf("%s, %s of a process of its own, the control: %v", name, attempt, e)
			}
		}
	}
}
