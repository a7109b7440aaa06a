package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/seccomp"
)

var seccompSection = section{
	name: "seccomp", title: "System-call filters", measure: measureSeccomp,
	how: "Each figure is from a new thread of this process, which gets the filter and ends. Calls are made " + fmt.Sprint(callTurns) + " times in a row, and one of them is told. " +
		"The kernel runs no filter for a call that it always allows (Linux 5.11); for those whose arguments a policy looks at (ioctl, socketpair; openat where the program can write to the host) it must. " +
		"`allow everything` is a filter of one instruction: what it costs, any filter does.",
}

// filters are what a thread gets, by name; no instructions, no filter.
type filters struct {
	names    []string
	programs map[string]seccomp.Program
}

const (
	noFilter  = "no filter"
	oneInsn   = "allow everything"
	guardedBy = ", host writable"
	callTurns = 2000
)

func measureSeccomp(b *bench) ([]*table, error) {
	f, err := builtinFilters()
	if err != nil {
		return nil, err
	}
	sizes := &table{Name: "seccomp-size", Title: "Length of the built-in policies, in instructions", Unit: inInstructions}
	installs := &table{Name: "seccomp-install", Title: "Installing a filter", Unit: inSeconds, Bases: []base{always(oneInsn, oneInsn)}}
	calls := &table{Name: "seccomp-calls", Title: "A system call under a filter", Unit: inSeconds, PlotRatio: true, Bases: []base{{noFilter, withoutFilter}}}
	var installed, called []subject
	for _, name := range f.names {
		program := f.programs[name]
		sizes.Rows = append(sizes.Rows, &series{Name: name, Ours: true, Values: []float64{float64(len(program))}})
		installed = append(installed, subject{name: name, run: onThread(program, nil)})
	}
	for _, c := range filteredCalls {
		for _, name := range []string{noFilter, oneInsn, seccomp.Default, seccomp.Default + guardedBy, seccomp.Strict} {
			called = append(called, subject{name: c.name + ", " + name, peer: name == noFilter, run: onThread(f.programs[name], c.do)})
		}
	}
	p := b.pace(pace{rounds: 60, warmups: 2, limit: 30 * time.Second})
	if installs.Rows, installs.Absent, err = p.measure(installed); err != nil {
		return nil, err
	}
	calls.Rows, calls.Absent, err = p.measure(called)
	return []*table{sizes, installs, calls}, err
}

// builtinFilters are the built-in policies, each also for a program that can write to a directory of the host.
func builtinFilters() (*filters, error) {
	f := &filters{[]string{oneInsn}, map[string]seccomp.Program{noFilter: nil}}
	for _, name := range seccomp.Names() {
		for suffix, guarded := range map[string]bool{"": false, guardedBy: true} {
			policy, err := seccomp.Load(seccomp.Options{GuardSetID: guarded}, nil, name, nil)
			if err != nil {
				return nil, err
			}
			if f.programs[name+suffix], err = policy.Compile(seccomp.Native()); err != nil {
				return nil, err
			}
		}
		if len(f.programs[name]) > 0 {
			f.names = append(f.names, name)
		}
		f.names = append(f.names, name+guardedBy)
	}
	f.programs[oneInsn] = seccomp.Program{{Code: unix.BPF_RET | unix.BPF_K, K: uint32(seccomp.Allow)}}
	return f, nil
}

// withoutFilter is the row of the same call without a filter.
func withoutFilter(row string) string {
	call, filter, _ := strings.Cut(row, ", ")
	if filter == noFilter {
		return ""
	}
	return call + ", " + noFilter
}

// filteredCalls are made in turn, on a descriptor of /dev/null.
var filteredCalls = []struct {
	name string
	do   func(null int) error
}{
	{"getppid", func(int) error { unix.Getppid(); return nil }},
	{"read", func(null int) error { _, err := unix.Read(null, make([]byte, 1)); return err }},
	{"ioctl", func(null int) error {
		if _, err := unix.IoctlGetInt(null, unix.TIOCOUTQ); err != unix.ENOTTY {
			return fmt.Errorf("ioctl of /dev/null: %v", err)
		}
		return nil
	}},
	{"openat and close", func(int) error { return opened(unix.Open("/dev/null", unix.O_RDONLY, 0)) }},
	{"socketpair and close", func(int) error {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		unix.Close(pair[0])
		return unix.Close(pair[1])
	}},
}

func opened(fd int, err error) error {
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// onThread gives a new thread the filter, and tells how long that took; or, with a call to make, how long that one takes.
func onThread(program seccomp.Program, call func(int) error) func() (float64, error) {
	return func() (float64, error) {
		type outcome struct {
			seconds float64
			err     error
		}
		done := make(chan outcome)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with this function
			seconds, err := filtered(program, call)
			done <- outcome{seconds, err}
		}()
		o := <-done
		return o.seconds, o.err
	}
}

func filtered(program seccomp.Program, call func(int) error) (float64, error) {
	null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(null)
	seconds, err := install(program)
	if err != nil || call == nil {
		return seconds, err
	}
	begin := time.Now()
	for range callTurns {
		if err := call(null); err != nil {
			return 0, err
		}
	}
	return time.Since(begin).Seconds() / callTurns, nil
}

// install gives this thread a filter.
func install(program seccomp.Program) (float64, error) {
	if len(program) == 0 {
		return 0, nil
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	code := program.Bytes()
	begin := time.Now()
	err := setFilter(code, len(program))
	return time.Since(begin).Seconds(), err
}
