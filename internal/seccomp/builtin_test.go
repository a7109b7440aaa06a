package seccomp

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEveryCallIsConsidered: the default policy has a rule for each call, so
// that a call which is added to the tables cannot slip in unseen.
func TestEveryCallIsConsidered(t *testing.T) {
	p := parse(t, "include default")
	ruled := map[string]bool{}
	for _, r := range p.rules {
		ruled[r.call] = true
	}
	for _, a := range Arches() {
		for _, c := range a.abi().calls() {
			if !ruled[c.name] {
				t.Errorf("%s: the default policy has no rule for %s", a, c.name)
			}
		}
	}
}

// TestHotCallsHaveNoConditions: the kernel then skips the filter for them (since 5.11).
func TestHotCallsHaveNoConditions(t *testing.T) {
	hot := strings.Fields(`read write readv writev pread64 pwrite64 lseek close openat newfstatat fstat statx mmap munmap mprotect madvise brk
		futex sched_yield clock_gettime gettimeofday nanosleep clock_nanosleep epoll_wait epoll_pwait ppoll poll sendto recvfrom sendmsg recvmsg
		rt_sigaction rt_sigprocmask rt_sigreturn getpid gettid tgkill execve wait4 exit exit_group getrandom prctl pipe2 dup2 getdents64`)
	for _, name := range []string{Default, Strict, Build, Shell, Agent} {
		for _, a := range Arches() {
			program := compile(t, load(t, Options{}, nil, name), a)
			for _, call := range hot {
				if entry, ok := find(a.abi().calls(), call, callName); ok && !program.ConstantlyAllows(uint32(entry.number), a.abi().audit()) {
					t.Errorf("%s on %s: %s is not always allowed", name, a, call)
				}
			}
		}
	}
}

func TestNoneIsNoFilter(t *testing.T) {
	for _, o := range []Options{{}, {Nest: true}} {
		if p := compile(t, load(t, o, nil, None), AMD64); len(p) != 0 {
			t.Errorf("%+v: %d instructions", o, len(p))
		}
		if b, ok := Precompiled(None, o, Native()); !ok || len(b) != 0 {
			t.Errorf("%+v: %d bytes, %v", o, len(b), ok)
		}
	}
	checkNoneGuarded(t)
	p := load(t, Options{}, []string{"deny ptrace"}, None)
	program := compile(t, p, AMD64)
	if got := program.mustRun(t, Data{Number: 101, Audit: abiAMD64.audit()}); got != Deny {
		t.Errorf("ptrace: %s", got)
	}
	if got := program.mustRun(t, Data{Number: 272, Audit: abiAMD64.audit(), Arguments: [6]uint64{0x10000000}}); got != Allow {
		t.Errorf("unshare: %s", got)
	}
}

// checkNoneGuarded: the guard of host directories is not a part of any policy, so none has it, too, for 32-bit programs as well.
func checkNoneGuarded(t *testing.T) {
	if _, ok := Precompiled(None, Options{GuardSetID: true}, Native()); ok {
		t.Error("none is precompiled without the guard")
	}
	for _, rules := range [][]string{nil, {"deny ptrace"}} {
		program := compile(t, load(t, Options{GuardSetID: true}, rules, None), AMD64)
		for _, c := range []struct {
			on   abi
			call string
			mode uint64
			want Action
		}{
			{abiAMD64, "chmod", 0o4755, Deny}, {abiAMD64, "chmod", 0o755, Allow}, {abiAMD64, "openat2", 0, unknown}, {abiAMD64, "unshare", 0x10000000, Allow},
			{abiI386, "chmod", 0o4755, Deny}, {abiI386, "chmod", 0o755, Allow}, {abiI386, "openat2", 0, unknown}, {abiI386, "unshare", 0x10000000, Allow},
		} {
			entry, _ := find(c.on.calls(), c.call, callName)
			if got := program.mustRun(t, Data{uint32(entry.number), c.on.audit(), [6]uint64{0, c.mode}}); got != c.want {
				t.Errorf("%v: %s(%#o) on %s: %s, want %s", rules, c.call, c.mode, c.on, got, c.want)
			}
		}
		if got := program.mustRun(t, Data{90 | 1<<30, abiAMD64.audit(), [6]uint64{0, 0o4755}}); got != unknown {
			t.Errorf("chmod of x32: %s", got)
		}
	}
}

func TestPrecompiledIsCompiled(t *testing.T) {
	for _, a := range Arches() {
		packed, err := Pack(a)
		if err != nil {
			t.Fatal(err)
		}
		committed, err := os.ReadFile("precompiled_" + a.String() + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(packed, committed) {
			t.Errorf("precompiled_%s.bin is not what the policies say: run go generate ./internal/seccomp", a)
		}
	}
	for _, name := range Names() {
		for _, o := range allOptions() {
			if name == None && o.GuardSetID {
				continue // rare: read and compiled
			}
			got, ok := Precompiled(name, o, Native())
			if want := compile(t, load(t, o, nil, name), Native()).Bytes(); !ok || !slices.Equal(got, want) {
				t.Errorf("%s %+v: %d bytes, compiled %d", name, o, len(got), len(want))
			}
		}
	}
	if _, ok := Precompiled("nonesuch", Options{}, Native()); ok {
		t.Error("nonesuch is precompiled")
	}
	if _, ok := Precompiled(Default, Options{}, AMD64+ARM64-Native()); ok {
		t.Error("the other machine's program is here")
	}
}

func TestPrecompiledAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(10, func() { Precompiled(Strict, Options{Nest: true}, Native()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEveryPolicyFileIsBuiltIn(t *testing.T) {
	files, err := filepath.Glob("policies/*.policy")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d policy files, %v", len(files), err)
	}
	names := append(Names(), Parts()...)
	if len(files) != len(names) {
		t.Errorf("%d files, %d names", len(files), len(names))
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".policy")
		if text, ok := Builtin(name); !ok || text != string(content) || !slices.Contains(names, name) {
			t.Errorf("%s is not built in as %s", file, name)
		}
	}
	if _, ok := Builtin("nonesuch"); ok {
		t.Error("nonesuch is built in")
	}
}

func TestLoadOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		o       Options
		rules   []string
		policy  string
		call    string
		want    Action
		failure string
	}{
		{"a rule overrides the policy", Options{}, []string{"allow ptrace"}, Default, "ptrace", Allow, ""},
		{"a rule may not allow what options refuse", Options{}, []string{"allow read", "allow setns"}, Default, "", 0,
			`rules:2:7: never reached: "setns" is already decided at no-nest:`},
		{"a rule may refuse what options refuse already", Options{GuardSetID: true}, []string{"deny setns", "errno ENOSYS openat2 mount"}, Default, "setns", Deny, ""},
		{"a rule may not allow what a guard refuses", Options{GuardSetID: true}, []string{"allow openat2"}, Default, "", 0,
			`rules:1:7: never reached: "openat2" is already decided at guard-set-id:14:14; it takes a sandbox that can write to no directory of the host`},
		{"a rule may refuse what options permit", Options{Nest: true}, []string{"deny mount"}, Default, "mount", Deny, ""},
		{"options permit before the policy refuses", Options{Nest: true}, nil, Default, "mount", Allow, ""},
		{"a rule sets the default", Options{}, []string{"default kill"}, Default, "read", Allow, ""},
		{"unknown policy", Options{}, nil, "strickt", "", 0, `system-call policy strickt: no built-in policy has this name, did you mean "strict"?`},
	} {
		p, err := Load(c.o, c.rules, c.policy, nil)
		if c.failure != "" {
			if err == nil || !strings.Contains(err.Error(), c.failure) {
				t.Errorf("%s: got %v", c.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := p.verdict(abiAMD64, c.call, &[6]uint64{}); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// TestNoFork covers bug 94: fork, vfork, clone and clone3 together; threads stay.
func TestNoFork(t *testing.T) {
	p := load(t, Options{}, []string{"include no-fork"}, Default)
	const thread, fork = 0x3d0f00, 17
	for _, c := range []struct {
		call  string
		flags uint64
		want  Action
	}{{"fork", 0, Deny}, {"vfork", 0, Deny}, {"clone", fork, Deny}, {"clone", thread, Allow}, {"clone3", 0, unknown}} {
		if got := p.verdict(abiAMD64, c.call, &[6]uint64{c.flags}); got != c.want {
			t.Errorf("%s(%#x): %s", c.call, c.flags, got)
		}
	}
}

func TestExplain(t *testing.T) {
	list := explained(t, load(t, Options{}, nil, Default), AMD64).Calls(ABIAMD64)
	if len(list) != len(amd64Calls) || list[0].Name != "read" || list[0].Number != 0 {
		t.Fatalf("%d entries, first %+v", len(list), list[0])
	}
	for _, e := range list {
		want := map[string]string{
			"read":   "allow",
			"bpf":    "deny",
			"keyctl": "errno ENOSYS",
			"ioctl":  "deny if cmd == TIOCSTI || cmd == TIOCLINUX || cmd == TIOCSETD, else allow",
		}[e.Name]
		if want != "" && e.Text != want {
			t.Errorf("%s: %s", e.Name, e.Text)
		}
	}
	partial := explained(t, parse(t, "default kill\nallow kill(sig == 0)"), ARM64).Calls(ABIARM64)
	for _, e := range partial {
		if e.Name == "kill" && e.Text != "allow if sig == 0, else kill" {
			t.Errorf("kill: %s", e.Text)
		}
	}
}

func TestTablesAreSorted(t *testing.T) {
	check := func(what string, names []string) {
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) || len(names) == 0 {
			t.Errorf("%s: not sorted, doubled or empty", what)
		}
	}
	for a := range abiCount {
		check(a.String(), namesOf(a.calls(), callName))
	}
	check("foreign", foreignCalls[:])
	check("constants", namesOf(constants[:], constantName))
	check("errnos", namesOf(errnos[:], errnoName))
	check("signatures", namesOf(signatures[:], signatureName))
}

func TestSignatures(t *testing.T) {
	position := regexp.MustCompile(`^(arg[0-9]+|u32|u64)$`)
	for _, s := range signatures {
		if !knownCall(s.name) {
			t.Errorf("no call %s", s.name)
		}
		names, widths := argumentsOf(s.name)
		if len(names) == 0 || len(names) > 6 {
			t.Errorf("%s has %d arguments", s.name, len(names))
		}
		for i, name := range names {
			if widths[i] == 0 || position.MatchString(name) || name != unnamed && slices.Index(names, name) != i {
				t.Errorf("%s: argument %s", s.name, name)
			}
		}
	}
}
