package seccomp

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary starts itself again to live under a filter: it installs the
// program in filterVariable and then does the work that workVariable names.
const (
	filterVariable = "BULKHEAD_TEST_FILTER"
	workVariable   = "BULKHEAD_TEST_WORK"
)

func TestMain(m *testing.M) {
	if work := os.Getenv(workVariable); work != "" {
		if err := underFilter(work); err != nil {
			fmt.Fprintln(os.Stderr, "helper:", err)
			os.Exit(99)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// underFilter is the helper process: what it does after install is filtered.
func underFilter(work string) error {
	runtime.LockOSThread()
	code, err := hex.DecodeString(os.Getenv(filterVariable))
	if err != nil {
		return err
	}
	os.Unsetenv(filterVariable)
	os.Unsetenv(workVariable)
	switch work {
	case "exec":
		path, err := exec.LookPath(os.Args[1])
		if err != nil {
			return err
		}
		if err := install(code); err != nil {
			return err
		}
		return syscall.Exec(path, os.Args[1:], os.Environ())
	case "calls":
		if err := install(code); err != nil {
			return err
		}
		return makeCalls()
	}
	return fmt.Errorf("unknown work %q", work)
}

// install gives the calling thread a filter; no code, no filter.
func install(code []byte) error {
	if len(code) == 0 {
		return nil
	}
	filter := make([]unix.SockFilter, len(code)/insnSize)
	for i := range filter {
		b := code[i*insnSize:]
		filter[i] = unix.SockFilter{Code: binary.LittleEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.LittleEndian.Uint32(b[4:])}
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, reflect.ValueOf(&program).Pointer())
	runtime.KeepAlive(filter)
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	return nil
}

// makeCalls makes the system calls that standard input lists, a number and six
// arguments a line, and prints each one's number and error.
func makeCalls() error {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		var nr uintptr
		var a [6]uintptr
		if _, err := fmt.Sscan(input.Text(), &nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]); err != nil {
			return err
		}
		_, _, errno := unix.RawSyscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
		fmt.Printf("%d %d\n", nr, errno)
	}
	return input.Err()
}

// helper is this test binary, about to do some work under a filter.
func helper(t testing.TB, code []byte, work string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), filterVariable+"="+hex.EncodeToString(code), workVariable+"="+work)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = time.Second
	return cmd
}

// systemCall is a number with its arguments.
type systemCall struct {
	number    uint64
	arguments [6]uint64
}

// results makes system calls in one helper and returns their errors. A missing
// one is the call that ended the helper.
func results(t testing.TB, code []byte, calls []systemCall) []syscall.Errno {
	t.Helper()
	var input strings.Builder
	for _, c := range calls {
		a := c.arguments
		fmt.Fprintln(&input, c.number, a[0], a[1], a[2], a[3], a[4], a[5])
	}
	cmd := helper(t, code, "calls")
	cmd.Stdin = strings.NewReader(input.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	var got []syscall.Errno
	for line := range strings.Lines(string(out)) {
		var number uint64
		var errno int
		if _, err := fmt.Sscan(line, &number, &errno); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got = append(got, syscall.Errno(errno))
	}
	if ended != nil {
		t.Logf("the helper ended after %d of %d calls: %v", len(got), len(calls), ended)
	}
	return got
}

// missing skips a test for want of a feature, unless it must be there.
func missing(t testing.TB, feature, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("BULKHEAD_MUST"), ","), feature) {
		t.Fatalf("%s must work here: %s", feature, why)
	}
	t.Skipf("no %s: %s", feature, why)
}

// needSeccomp skips where filters cannot be installed.
func needSeccomp(t testing.TB) {
	t.Helper()
	always := Program{{Code: opReturn, K: uint32(Allow)}}.Bytes()
	cmd := helper(t, always, "exec", "true")
	if out, err := cmd.CombinedOutput(); err != nil {
		missing(t, "seccomp", fmt.Sprintf("a filter that allows everything: %v %s", err, out))
	}
}

// needRoot skips where a refusal could not be told from missing rights.
func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "root", "without privilege the kernel itself refuses this call")
	}
}
