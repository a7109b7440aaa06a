package seccomp

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestReasonsAreTheProgram holds the rules that explain says decide to what the compiled program does, on every ABI.
func TestReasonsAreTheProgram(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := [6]bool{true, true, true, true, true, true}
	for _, name := range Names() {
		for _, rules := range [][]string{nil, {"abi i386 allow"}} {
			for _, a := range Arches() {
				p := load(t, Options{}, rules, name)
				e := explained(t, p, a)
				numbers := interesting(p, a.abi())
				for _, b := range a.ABIs() {
					for _, c := range e.Calls(b) {
						d := Data{Number: uint32(c.Number), Audit: b.Audit()}
						for i := range d.Arguments {
							d.Arguments[i] = numbers[random.IntN(len(numbers))]
						}
						want := e.Program.mustRun(t, d)
						by := decider(c.Reasons, b.table(), &d.Arguments, all)
						if by != nil && by.Action != want {
							t.Fatalf("%s on %s, %s(%#x): by %s %s, the program says %s", name, b, c.Name, d.Arguments, by.At, by.Action, want)
						}
						if by == nil && !slices.ContainsFunc(multiplexers[:], func(m multiplexer) bool { return m.name == c.Name }) {
							t.Fatalf("%s on %s: nothing decides %s", name, b, c.Name)
						}
						if c.Constant && (want != Allow || len(c.Reasons) != 1 && len(e.Program) > 0 && c.Text != "allow") {
							t.Errorf("%s on %s: %s is said to be always allowed", name, b, c.Name)
						}
					}
				}
			}
		}
	}
}

func TestReasonsNameTheRule(t *testing.T) {
	e := explained(t, load(t, Options{}, []string{"deny ptrace"}, Default), AMD64)
	for name, want := range map[string]string{"ptrace": "rules:1:1", "read": "default:10:1", "bpf": "refused:10:1", "mount": "no-nest:12:1"} {
		if got := e.Call(name)[0].Reasons[0].At.String(); got != want {
			t.Errorf("%s is decided at %s, want %s", name, got, want)
		}
	}
	if got := e.Call("open")[1]; got.ABI != ABII386 || got.Number != 5 || got.Text != "kill" {
		t.Errorf("open on i386: %+v", got)
	}
	socketcall := explained(t, parse(t, "abi i386 allow\nallow socket(domain == AF_UNIX) connect"), AMD64).Call("socketcall")[0]
	if !strings.Contains(socketcall.Text, "allow if arg0 is 3 (connect)") || !strings.Contains(socketcall.Text, "errno ENOSYS if arg0 is 1 (socket)") {
		t.Errorf("socketcall: %s", socketcall.Text)
	}
}

func TestOutcomes(t *testing.T) {
	program := compile(t, parse(t, "allow ioctl(cmd == TIOCSTI && fd == 0)\ndeny ioctl(cmd == TIOCSTI)\ntrap ioctl"), AMD64)
	for _, c := range []struct {
		known [6]bool
		want  []Action
	}{
		{[6]bool{}, []Action{Trap, Deny, Allow}},
		{[6]bool{1: true}, []Action{Deny, Allow}},
		{[6]bool{0: true}, []Action{Trap, Allow}},
		{[6]bool{true, true}, []Action{Allow}},
	} {
		d := Data{Number: 16, Audit: abiAMD64.audit(), Arguments: [6]uint64{0, 0x5412}}
		got := program.Outcomes(d, c.known)
		if !slices.Contains(got, Allow) || !slices.Equal(got, slices.Sorted(slices.Values(c.want))) && !c.known[0] {
			t.Errorf("known %v: %v", c.known, got)
		}
	}
}

func TestDisassemble(t *testing.T) {
	text := compile(t, parse(t, "allow read\ndeny ioctl(cmd & 0xff00 == 0x5400)\nerrno ENOSYS write"), AMD64).Disassemble()
	for _, want := range []string{"   0  load abi\n", "== amd64 then", "load number\n", "load arg1.low\n", "keep 0xff00\n", "arg1.low & 0xff00 == 0x5400 then", "(ioctl)", "return errno ENOSYS\n", "return kill\n", "return deny\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestCallOf(t *testing.T) {
	for _, c := range []struct {
		b      ABI
		number uint32
		name   string
	}{{ABIAMD64, 0, "read"}, {ABII386, 102, "socketcall"}, {ABIX32, x32Bit, "read"}, {ABIARM64, 63, "read"}, {ABIAMD64, 9999, ""}} {
		if b, name := CallOf(c.b.Audit(), c.number); b != c.b || name != c.name {
			t.Errorf("%d on %s: %q on %s", c.number, c.b, name, b)
		}
	}
}
