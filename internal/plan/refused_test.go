package plan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What cannot be met on the host is an error that names the object, why, and what to do.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		user   bool
		doc    string
		with   func(*input)
		object string
		why    string
	}{
		{user: true, doc: `{"mounts": [{"type": "bind", "source": "fd:5", "target": "/x"}]}`, object: "bind fd:5", why: "needs root"},
		{user: true, doc: `{"namespaces": {"user": "host"}}`, object: "user namespace host", why: "cannot build a sandbox"},
		{doc: `{"namespaces": {"user": "sandbox:web"}, "capabilities": ["NET_RAW"]}`, object: "capability NET_RAW", why: "count over the programs"},
		{doc: `{"namespaces": {"user": "sandbox:web"}, "user": {"uid": 7}}`, object: "user 7:7", why: "do not hold it"},
		{user: true, doc: `{"namespaces": {"net": "sandbox:web"}, "user": {"uid_map": [{"inside": 1000, "outside": 5, "count": 9}], "gid_map": [{"inside": 1000, "outside": 9, "count": 9}]}}`,
			object: "id maps", why: "one id to give"},
		{user: true, doc: `{"namespaces": {"pid": "sandbox:web"}, "clock": {"monotonic": "1h"}}`, with: func(in *input) { in.host.SharedClocks = false }, object: "clock", why: "too early"},
		{doc: `{"namespaces": {"user": "host"}, "user": {"uid": 0}}`, object: "user", why: "root's on the host"},
		{doc: `{"user": {"uid": 0, "uid_map": [{"inside": 0, "outside": 0, "count": 9}], "gid": 0, "gid_map": [{"inside": 0, "outside": 9, "count": 9}]}}`,
			object: "user", why: "root's on the host"},
		{doc: `{"root": {"kind": "dir", "dir": "/srv"}, "mounts": [{"type": "dir", "target": "/new/dir"}]}`, object: "directory /new/dir", why: "makes nothing"},
		{doc: `{"root": {"kind": "dir", "dir": "/srv"}, "mounts": [{"type": "symlink", "source": "a", "target": "/b"}]}`, object: "link /b", why: "makes nothing"},
		{doc: manyOwners(80), with: ownersOfAll(80), object: "binds that are to belong to the program", why: "more than 74 owners"},
	} {
		in := asRoot()
		if test.user {
			in = asUser()
		}
		in.decode(t, test.doc)
		if test.with != nil {
			test.with(&in)
		}
		_, err := in.plan()
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.80s: %v", test.doc, err)
			continue
		}
		if e.Object != test.object || !strings.Contains(e.Why, test.why) || e.Hint == "" || strings.HasSuffix(e.Hint, ".") || err.Error() != e.Object+": "+e.Why {
			t.Errorf("%.80s: %q, hint %q", test.doc, err, e.Hint)
		}
	}
}

// Just as many as init can count are taken.
func TestManyOwnersAreTaken(t *testing.T) {
	in := asRoot()
	in.decode(t, manyOwners(74))
	ownersOfAll(74)(&in)
	p := in.mustPlan(t)
	argv, _ := one(t, p, "become init").Calls[0].Args[2].Vec()
	helpers := len(find(p, "end the helper"))
	if want := string(rune('2' + helpers)); argv[1] != want || len(argv[1]) != 1 || argv[1] > "~" {
		t.Errorf("init is told %q for a program after %d helpers, want %q", argv[1], helpers, want)
	}
}

func manyOwners(n int) string {
	var mounts []string
	for i := range n {
		mounts = append(mounts, fmt.Sprintf(`{"type": "bind", "source": "/srv/%d", "target": "/in/%d", "write": true}`, i, i))
	}
	return `{"mounts": [` + strings.Join(mounts, ",") + `]}`
}

func ownersOfAll(n int) func(*input) {
	return func(in *input) {
		in.run.Owners = map[string]Owner{}
		for i := range n {
			in.run.Owners[fmt.Sprintf("/srv/%d", i)] = Owner{uint32(5000 + i), 1}
		}
	}
}

// Several impossibilities are told together.
func TestAllThatIsImpossibleIsTold(t *testing.T) {
	in := asUser()
	in.decode(t, `{"mounts": [{"type": "bind", "source": "fd:5", "target": "/x"}, {"type": "bind", "source": "fd:6", "target": "/y"}]}`)
	if _, err := in.plan(); err == nil || strings.Count(err.Error(), "needs root") != 2 {
		t.Errorf("%v", err)
	}
}
