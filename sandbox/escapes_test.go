package sandbox_test

import (
	"bufio"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// What the machine's kernel tells and takes only from its own root.
func TestKernelFilesAreOutOfReach(t *testing.T) {
	for _, who := range []change{as(1000, 1000), as(0, 0)} {
		for _, file := range []string{"/proc/kcore", "/proc/kmsg", "/proc/timer_list", "/sys/firmware/acpi/tables/DSDT", "/sys/kernel/debug", "/dev/kmsg", "/dev/mem"} {
			denied(t, who, "EACCES|ENOENT|EPERM", "read", file)
		}
		for _, file := range []string{
			"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory", "/proc/irq/0/smp_affinity", "/proc/sys/fs/binfmt_misc/register",
			"/sys/kernel/uevent_helper", "/proc/sys/kernel/modprobe",
		} {
			denied(t, who, "EACCES|ENOENT|EPERM|EROFS", "write", file)
		}
	}
	allowed(t, nil, "read", "/proc/uptime")
}

// Parts of the kernel that no ordinary program needs.
func TestCallsThatAreRefused(t *testing.T) {
	for name, number := range map[string]int{
		"io_uring_setup": unix.SYS_IO_URING_SETUP, "add_key": unix.SYS_ADD_KEY, "keyctl": unix.SYS_KEYCTL, "bpf": unix.SYS_BPF, "userfaultfd": unix.SYS_USERFAULTFD,
		"perf_event_open": unix.SYS_PERF_EVENT_OPEN, "kexec_load": unix.SYS_KEXEC_LOAD, "init_module": unix.SYS_INIT_MODULE, "open_by_handle_at": unix.SYS_OPEN_BY_HANDLE_AT,
		"fsopen": unix.SYS_FSOPEN, "open_tree": unix.SYS_OPEN_TREE, "pivot_root": unix.SYS_PIVOT_ROOT, "swapon": unix.SYS_SWAPON, "a call of the future": 2000,
	} {
		if got := answer(t, as(0, 0), "syscall", itoa(number), "0", "0", "0"); got != "ENOSYS" && got != "EPERM" {
			t.Errorf("%s: %s", name, got)
		}
	}
	allowed(t, nil, "syscall", itoa(unix.SYS_GETPID))
}

// Sockets that no namespace holds, or that reach past the network's walls.
func TestSocketFamilies(t *testing.T) {
	for name, family := range map[string]int{"vsock": unix.AF_VSOCK, "packet": unix.AF_PACKET, "alg": unix.AF_ALG, "bluetooth": unix.AF_BLUETOOTH, "kcm": unix.AF_KCM} {
		if got := answer(t, nil, "socket", itoa(family), itoa(unix.SOCK_STREAM)); got != "EAFNOSUPPORT" && got != "EPERM" {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6, unix.AF_UNIX} {
		allowed(t, nil, "socket", itoa(family), itoa(unix.SOCK_STREAM))
	}
}

// The terminal of the caller takes no input from a program, by whichever bits the request is written.
func TestTerminalInputCannotBeFaked(t *testing.T) {
	for _, request := range []int{unix.TIOCSTI, unix.TIOCSTI + 1<<32, unix.TIOCLINUX, unix.TIOCSETD} {
		denied(t, nil, "EPERM", "syscall", itoa(unix.SYS_IOCTL), "0", itoa(request), "0")
	}
	denied(t, nil, "ENOTTY", "syscall", itoa(unix.SYS_IOCTL), "0", itoa(unix.TIOCGWINSZ), "0") // the control: it reaches the kernel
}

// Two sandboxes have no place in common.
func TestSandboxesShareNoPlace(t *testing.T) {
	b, _ := begun(t, box(t, shell("echo secret >/tmp/x; echo secret >/dev/shm/x; echo secret >/home/user/x; echo begun; sleep 60")))
	for _, place := range []string{"/tmp/x", "/dev/shm/x", "/home/user/x"} {
		denied(t, nil, "ENOENT", "read", place)
		if e := execute(t, b, "cat", place); e.out != "secret\n" {
			t.Errorf("the first one has lost %s: %v", place, e)
		}
	}
}

// Each of ten that run out of memory dies alone, and the launcher lives.
func TestTenOutOfMemory(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	survivor, _ := begun(t, box(t, strictly, withMemory(64*spec.MiB), attack("sleep")))
	var all sync.WaitGroup
	for range 10 {
		all.Add(1)
		go func() {
			defer all.Done()
			hits(t, run(t, strictly, withMemory(24*spec.MiB), attack("memory", "1024")), spec.LimitMemory)
		}()
	}
	all.Wait()
	if survivor.Signal(0) != nil {
		t.Error("a sandbox beside them died too")
	}
}

// A program that makes init the first to die of a lack of memory gains nothing by it.
func TestInitAsTheVictim(t *testing.T) {
	boxtest.RequireCgroup(t, boxtest.Memory|boxtest.Pids)
	e := run(t, strictly, withMemory(32*spec.MiB), shell("echo 1000 >/proc/1/oom_score_adj; exec "+hostile+" memory 1024"))
	hits(t, e, spec.LimitMemory)
	if e.ExitCode == 0 {
		t.Errorf("got %v", e)
	}
}

// Space that is promised without being written is capped as well.
func TestAllocatedSpaceIsCapped(t *testing.T) {
	denied(t, nil, "ENOSPC", "allocate", "/tmp/x", "10240")
	denied(t, nil, "ENOSPC|EFBIG|EPERM", "allocate", "/dev/shm/x", "10240")
	allowed(t, nil, "allocate", "/tmp/x", "16")
}

// No core is dumped, and no handler of the host is asked to.
func TestNoCoreDumps(t *testing.T) {
	e := run(t, shell("ulimit -c; ulimit -c unlimited 2>/dev/null && echo raised; cd /tmp; sh -c 'kill -SEGV $$'; ls -A /tmp"))
	if e.out != "0\n" {
		t.Errorf("got %v", e)
	}
}

// TestNobodySlipsInDuringExec has a program inside that waits for the moments
// in which a second one is set up: that process has the launcher's memory and
// descriptors until its exec.
func TestNobodySlipsInDuringExec(t *testing.T) {
	for _, asPID1 := range []bool{false, true} {
		b, out := begun(t, box(t, attack("lurk"), func(s *sandbox.Spec) {
			s.AsPID1, s.Seccomp.Policy = asPID1, "build" // which allows tracing
		}))
		saw := linesOf(out)
		deadline := time.Now().Add(2 * time.Second)
		for i := 0; i < 100 && time.Now().Before(deadline); i++ {
			if e := execute(t, b, hostile, "sleep", "3"); e.ExitCode != 0 || e.fault != nil {
				t.Fatalf("exec: %v", e)
			}
		}
		if err := b.Kill(); err != nil {
			t.Fatal(err)
		}
		if !sawSetUp(t, <-saw, hostile) {
			t.Errorf("as pid 1 %v: it saw no second program, so nothing was tested", asPID1)
		}
	}
}

// linesOf reads a program's lines to the end.
func linesOf(out *os.File) chan []string {
	saw := make(chan []string, 1)
	go func() {
		var lines []string
		for in := bufio.NewScanner(out); in.Scan(); {
			lines = append(lines, in.Text())
		}
		saw <- lines
	}()
	return saw
}

// sawSetUp checks that what lurked got into no process of ours, and tells whether it saw into one that runs this program.
func sawSetUp(t *testing.T, lines []string, program string) (met bool) {
	t.Helper()
	self, _ := os.Readlink("/proc/self/exe")
	for _, line := range lines {
		met = met || line == "saw /exe "+program
		if strings.Contains(line, self) || strings.HasPrefix(line, "saw /fd/") || strings.HasPrefix(line, "saw /root ") && line != "saw /root /" {
			t.Errorf("it got into a process that was being set up: %s", line)
		}
	}
	return met
}
