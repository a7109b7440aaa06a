package main

import (
	"encoding/binary"
	"strings"
	"syscall"
	"testing"

	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/spec"
)

// TestObserve reads what happened off the way in which a probe ended.
func TestObserve(t *testing.T) {
	printed := func(v int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(v)) }
	exited, killed := spec.Result{Status: spec.Exited, ExitCode: 38}, spec.Result{Status: spec.Signaled, Signal: "SIGSYS"}
	for _, c := range []struct {
		name    string
		result  spec.Result
		printed []byte
		asked   bool
		want    observed
		text    string
	}{
		{"done", spec.Result{Status: spec.Exited}, printed(7), false, observed{}, "the call happens"},
		{"an address", spec.Result{Status: spec.Exited}, printed(-4096), false, observed{}, "the call happens"},
		{"refused", spec.Result{Status: spec.Exited, ExitCode: 1}, printed(-1), false, observed{errno: syscall.EPERM}, "errno EPERM"},
		{"twice, as after fork", spec.Result{Status: spec.Exited}, append(printed(9), printed(0)...), false, observed{}, "the call happens"},
		{"mute", exited, nil, false, observed{errno: syscall.ENOSYS}, "errno ENOSYS"},
		{"killed", killed, nil, false, observed{signal: "SIGSYS"}, "SIGSYS"},
		{"waits", spec.Result{Status: spec.LimitHit, Limit: spec.LimitWall, Signal: "SIGKILL"}, nil, false, observed{blocked: true}, "the call happens, and waits"},
		{"asked", exited, printed(-38), true, observed{errno: syscall.ENOSYS, asked: true}, "a supervisor is asked"},
	} {
		got := observe(c.result, c.printed, c.asked)
		if got != c.want || got.String() != c.text {
			t.Errorf("%s: %+v, %s", c.name, got, got)
		}
	}
}

func TestFits(t *testing.T) {
	happens, eperm, ebadf, sigsys, crash := observed{}, observed{errno: syscall.EPERM}, observed{errno: syscall.EBADF}, observed{signal: "SIGSYS"}, observed{signal: "SIGSEGV"}
	for _, c := range []struct {
		action       seccomp.Action
		under, alone observed
		want         bool
	}{
		{seccomp.Allow, happens, happens, true}, {seccomp.Allow, ebadf, ebadf, true}, {seccomp.Log, eperm, happens, false}, {seccomp.Allow, sigsys, happens, false},
		{seccomp.Deny, eperm, happens, true}, {seccomp.Deny, happens, happens, false}, {seccomp.Deny, ebadf, happens, false},
		{seccomp.Kill, sigsys, happens, true}, {seccomp.Trap, sigsys, happens, true}, {seccomp.Kill, happens, happens, false}, {seccomp.Kill, crash, happens, false},
		{seccomp.Kill, crash, crash, true}, // no 32-bit programs on this kernel
		{seccomp.Notify, observed{asked: true}, happens, true}, {seccomp.Notify, happens, happens, false},
	} {
		if got := c.under.fits(c.action, c.alone); got != c.want {
			t.Errorf("%s: %s, without a filter %s: %t", c.action, c.under, c.alone, got)
		}
	}
}

// TestCommentsHoldHostileNames: a program's name in a policy must not become a rule of it, nor command a terminal.
func TestCommentsHoldHostileNames(t *testing.T) {
	text := comment("a\nallow ptrace\x1b[2J\rallow bpf\n\nend")
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") || strings.ContainsAny(line, "\x1b\r") {
			t.Errorf("the line %q", line)
		}
	}
	if p, err := seccomp.Parse("p", text, nil); err != nil || strings.Contains(p.String(), "ptrace") {
		t.Errorf("%v %v", p, err)
	}
}

func TestGroupedSortsByDecision(t *testing.T) {
	p, err := seccomp.Parse("p", "deny ptrace\nallow read write\nallow ioctl(cmd == TIOCOUTQ)\ndefault kill", nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := p.Explanation(seccomp.ARM64)
	if err != nil {
		t.Fatal(err)
	}
	text := policyText("p", e, seccomp.ABIARM64, e.Calls(seccomp.ABIARM64))
	last := -1
	for _, want := range []string{"for 2 of ", "\nkill: ", "\nallow: 2\n  read write\n", "\ndeny: 1\n  ptrace\n", "\nit depends on the arguments: 1\n  ioctl  allow if cmd == TIOCOUTQ, else kill\n"} {
		at := strings.Index(text, want)
		if at <= last {
			t.Errorf("%q is at %d, behind %d, of\n%s", want, at, last, text)
		}
		last = at
	}
}

func TestBeyondLines(t *testing.T) {
	native := seccomp.Native().ABIs()[0]
	got := beyondLines([]seccomp.Use{{ABI: native, Name: "unshare"}, {ABI: native, Name: "clone3"}, {ABI: native, Name: "clone3", Data: seccomp.Data{Number: 1}}})
	if len(got) != 2 || !strings.Contains(got[0], "clone3: its arguments lie in memory; C libraries use clone where") || !strings.Contains(got[1], "unshare: it takes") {
		t.Errorf("%q", got)
	}
}
