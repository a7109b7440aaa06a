package seccomp

import (
	"slices"
	"strings"
	"testing"
)

// use is a call as a program makes it.
func use(t testing.TB, b ABI, name string, arguments ...uint64) Use {
	t.Helper()
	number, ok := b.number(name)
	if !ok {
		t.Fatalf("no %s on %s", name, b)
	}
	u := Use{ABI: b, Name: name, Data: Data{Number: number, Audit: b.Audit()}}
	copy(u.Data.Arguments[:], arguments)
	return u
}

// TestAdditionsAllowWhatWasSeen adds the rules to the policy, and asks again.
func TestAdditionsAllowWhatWasSeen(t *testing.T) {
	base := explained(t, load(t, Options{}, nil, Default), AMD64)
	uses := []Use{
		use(t, ABIAMD64, "read"), use(t, ABIAMD64, "ptrace", 1), use(t, ABIAMD64, "keyctl"),
		use(t, ABIAMD64, "socket", 38, 5, 0), use(t, ABIAMD64, "socket", 40, 1, 0), use(t, ABIAMD64, "ioctl", 0, 1<<32|0x5412),
		use(t, ABIAMD64, "unshare", 0x10000000), use(t, ABII386, "getpid"),
	}
	rules, beyond := base.Additions(uses)
	want := []string{"allow keyctl ptrace", "allow ioctl(cmd == 0x5412)",
		"allow socket(domain == AF_ALG && type == 5 && protocol == 0)", "allow socket(domain == AF_VSOCK && type == 1 && protocol == 0)"}
	if !slices.Equal(rules, want) || len(beyond) != 2 || beyond[0].Name != "unshare" || beyond[1].ABI != ABII386 {
		t.Fatalf("rules %q, beyond %+v", rules, beyond)
	}
	widened := explained(t, load(t, Options{}, strings.Split(strings.Join(rules, "\n"), "\n"), Default), AMD64)
	for _, u := range uses[:6] {
		if action, refused, _ := widened.Refuses(u); refused {
			t.Errorf("%s(%s) still gets %s", u.Name, u.Arguments(), action)
		}
	}
	if _, refused, _ := widened.Refuses(use(t, ABIAMD64, "socket", 40, 2, 0)); !refused {
		t.Error("a socket that was not seen is allowed")
	}
}

// TestAdditionsToNothing allow calls whole where no rule of the base looks at arguments.
func TestAdditionsToNothing(t *testing.T) {
	nothing := func(string) (string, error) { return "", nil }
	p, err := Load(Options{}, nil, "nothing", nothing)
	if err != nil {
		t.Fatal(err)
	}
	rules, beyond := explained(t, p, AMD64).Additions([]Use{use(t, ABIAMD64, "clone", 17), use(t, ABIAMD64, "read", 3), use(t, ABIAMD64, "clone3")})
	if !slices.Equal(rules, []string{"allow clone read"}) || len(beyond) != 1 || beyond[0].Name != "clone3" {
		t.Errorf("rules %q, beyond %+v", rules, beyond)
	}
}

// TestManyVariantsAllowTheCall keeps the rules short.
func TestManyVariantsAllowTheCall(t *testing.T) {
	var uses []Use
	for family := range uint64(mostVariants + 1) {
		uses = append(uses, use(t, ABIAMD64, "socket", 50+family, 1, 0))
	}
	if rules, _ := explained(t, load(t, Options{}, nil, Strict), AMD64).Additions(uses); !slices.Equal(rules, []string{"allow socket"}) {
		t.Errorf("strict: %q", rules) // it refuses all sockets, without a condition
	}
	if rules, _ := explained(t, load(t, Options{}, nil, Default), AMD64).Additions(uses); !slices.Equal(rules, []string{"allow socket"}) {
		t.Errorf("default: %q", rules)
	}
}
