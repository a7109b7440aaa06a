package seccomp

import (
	"errors"
	"strings"
	"testing"
)

// explained compiles a policy to be asked about.
func explained(t testing.TB, p *Policy, a Arch) *Explanation {
	t.Helper()
	e, err := p.Explanation(a)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAsk(t *testing.T) {
	e := explained(t, load(t, Options{}, nil, Default), AMD64)
	for _, c := range []struct{ question, answer, by string }{
		{"ptrace", "deny", "refused:10"},
		{"openat", "allow", "default:10"},
		{"openat AT_FDCWD, 0, O_RDONLY", "allow", "default:10"},
		{"socket AF_UNIX", "allow", "default:24"},
		{"socket AF_INET SOCK_STREAM|SOCK_CLOEXEC 0", "allow", "default:26"},
		{"socket AF_INET SOCK_STREAM", "allow or errno EPROTONOSUPPORT", ""},
		{"socket domain=AF_VSOCK protocol=0", "errno EAFNOSUPPORT", ""}, // whatever the type
		{"socket AF_VSOCK 1 0", "errno EAFNOSUPPORT", "default:29"},
		{"clone flags=CLONE_NEWUSER|SIGCHLD", "deny", "no-nest:5"},
		{"clone SIGCHLD", "allow", "default:11"},
		{"ioctl 0 TIOCSTI", "deny", "default:17"},
		{"ioctl arg1=0x100005412", "deny", "default:17"},
		{"kill -1 9", "allow", "default:11"},
		{"getpid on i386", "kill", "default:4"},
		{"getpid on x32", "errno ENOSYS", ""},
	} {
		q, err := ParseQuestion(c.question)
		if err != nil {
			t.Errorf("%s: %v", c.question, err)
			continue
		}
		a, err := e.Ask(q)
		by := ""
		if a.By != nil && a.By.At.Line > 0 {
			by = strings.TrimSuffix(a.By.At.String(), ":1")
		}
		if err != nil || a.String() != c.answer || by != c.by {
			t.Errorf("%s: %s by %q, want %s by %q (%v)", c.question, &a, by, c.answer, c.by, err)
		}
	}
}

func TestAskRefuses(t *testing.T) {
	arm := explained(t, load(t, Options{}, nil, Default), ARM64)
	for question, want := range map[string]string{
		"open": "arm64 has no system call open", "getpid on i386": "there are no i386 programs on arm64",
		"openat 0 0 O_LARGEFILE": "",
	} {
		q, err := ParseQuestion(question)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = arm.Ask(q); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", question, err, want)
		}
	}
}

func TestParseCases(t *testing.T) {
	cases, err := ParseCases("c", "# what must hold\ndeny ptrace\nallow openat AT_FDCWD\nkill kill 1 9 on i386\nkill getpid\nerrno EAFNOSUPPORT socket\n    AF_VSOCK\n")
	if err != nil || len(cases) != 5 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for i, want := range []string{"deny ptrace", "allow openat AT_FDCWD", "kill kill 1 9 on i386", "kill getpid", "errno EAFNOSUPPORT socket AF_VSOCK"} {
		if got := cases[i].Want.String() + " " + cases[i].Text(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if cases[4].At != (Position{"c", 6, 1}) {
		t.Errorf("the last case is at %s", cases[4].At)
	}
}

func TestCaseMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"ptrace":                       `c:1:1: nothing is expected of ptrace: begin the line with an action, as in: deny ptrace`,
		"\ndney ptrace":                `c:2:1: "dney" is not an action, did you mean "deny"?`,
		"deny ptrase":                  `c:1:6: unknown system call "ptrase", did you mean "ptrace"?`,
		"errno EPREM ptrace":           `c:1:7: "EPREM" is not the name of an error, did you mean "EPERM"?`,
		"deny socket AF_VSOK":          `c:1:13: unknown constant "AF_VSOK", did you mean "AF_VSOCK"?`,
		"deny socket domian=1":         `c:1:13: socket has no argument "domian", did you mean "domain"?`,
		"deny socket 1 domain=1":       `each written once`,
		"deny read 1 2 3 4 5 6 7":      `no more than six arguments`,
		"deny read on i368":            `c:1:14: "i368" is not an ABI, did you mean "i386"?`,
		"deny read on i386 now":        `"now" follows the ABI`,
		"deny read (":                  `want a number or a constant`,
		"deny":                         `unknown system call`,
		"  deny read":                  `continues a rule, but none is above it`,
		"deny read\x00":                `is no part of the policy language`,
		strings.Repeat(" ", maxText+1): `a file of cases has at most`,
	} {
		_, err := ParseCases("c", text)
		if _, ours := errors.AsType[*Error](err); !ours || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want %q", text, err, want)
		}
	}
}

// FuzzCases holds the reader of cases to reading what it prints, and the answers to the policy's own.
func FuzzCases(f *testing.F) {
	for _, seed := range []string{"deny ptrace", "allow openat AT_FDCWD 0 0x10\nerrno 5 clone flags=1 on i386", "kill kill -1 ~9", "log ioctl 0 (1|TIOCSTI)"} {
		f.Add(seed)
	}
	e := explained(f, load(f, Options{}, nil, Default), AMD64)
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := ParseCases("c", text)
		if err != nil {
			if _, ours := errors.AsType[*Error](err); !ours {
				t.Fatalf("not an *Error: %v", err)
			}
			return
		}
		for _, q := range cases {
			again, err := ParseQuestion(q.Text())
			if err != nil || again.Text() != q.Text() || again.Known != q.Known {
				t.Fatalf("%q reads back as %q: %v", q.Text(), again.Text(), err)
			}
			checkAnswer(t, e, q)
		}
	})
}

// checkAnswer asks once more with the open arguments 0: that must be among the answers.
func checkAnswer(t *testing.T, e *Explanation, q Question) {
	a, err := e.Ask(q)
	if err != nil {
		return
	}
	want, err := e.Program.Evaluate(a.Data)
	if err != nil || !contains(a.Actions, want) {
		t.Fatalf("%s: %s, and with zeros %s (%v)", q.Text(), &a, want, err)
	}
	if a.By != nil && (len(a.Actions) != 1 || a.By.Action != a.Actions[0]) {
		t.Fatalf("%s: %s, by a rule that says %s", q.Text(), &a, a.By.Action)
	}
}

func contains(list []Action, a Action) bool {
	for _, each := range list {
		if each == a {
			return true
		}
	}
	return false
}
