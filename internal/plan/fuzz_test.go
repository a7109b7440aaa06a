package plan

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// FuzzBuild plans Specs that nobody wrote. A Spec is a JSON document, changed by
// fragments that choices pick: so most of them are valid, and far from the usual.
func FuzzBuild(f *testing.F) {
	if len(goldens) == 0 {
		f.Fatal("no seeds")
	}
	for i := range goldens {
		f.Add(goldens[i].doc, []byte{})
		f.Add(goldens[i].doc, []byte{byte(i), byte(3 * i), byte(7 * i), byte(i), byte(11 * i)})
	}
	f.Fuzz(func(t *testing.T, doc string, choices []byte) {
		if len(choices) > mostChoices {
			t.Skip("the check of the plan takes the square of its length")
		}
		in, ok := chosen(doc, choices)
		if !ok {
			t.Skip("not a Spec")
		}
		planFor(t, &in)
	})
}

const mostChoices = 200

// Thousands of such Specs without the fuzzer, always the same.
func TestRandomSpecs(t *testing.T) {
	planned := 0
	state := uint32(1)
	for range 4000 {
		choices := make([]byte, 2+state>>8%24)
		for i := range choices {
			state = state*1664525 + 1013904223
			choices[i] = byte(state >> 24)
		}
		if in, ok := chosen("", choices); ok && planFor(t, &in) {
			planned++
		}
	}
	if planned < 1000 {
		t.Errorf("only %d of 4000 Specs had a plan", planned)
	}
}

// planFor plans, and tells whether there was a plan; a refusal must be one of ours.
func planFor(t *testing.T, in *input) bool {
	t.Helper()
	p, err := in.plan()
	if err != nil {
		var refused *Error
		var field *spec.FieldError
		if !errors.As(err, &refused) && !errors.As(err, &field) {
			t.Errorf("%v", err)
		}
		return false
	}
	for _, problem := range problems(in, p) {
		t.Errorf("%s\n%s", problem, in.spec.JSON())
	}
	_ = printed(p) // nothing that cannot be shown
	return true
}

// chosen is the input that a document and choices stand for. The first choice is about the host.
func chosen(doc string, choices []byte) (input, bool) {
	in := asRoot()
	if len(choices) > 0 {
		in = hostOf(choices[0])
		choices = choices[1:]
	}
	if doc != "" && spec.Decode("fuzz.json", []byte(doc), &in.spec) != nil {
		return in, false
	}
	for _, c := range choices {
		if int(c) < 2*len(mountFragments) {
			in.addMount(mountFragments[int(c)%len(mountFragments)])
			continue
		}
		if spec.Decode("fuzz.json", []byte(fragments[int(c)%len(fragments)]), &in.spec) != nil {
			panic("fragment " + fragments[int(c)%len(fragments)])
		}
	}
	return in, len(in.spec.Command) > 0
}

func hostOf(c byte) input {
	in := asRoot()
	if c&1 != 0 {
		in = asUser()
	}
	in.host.LandlockABI = int(c >> 1 & 7)
	if c&16 != 0 {
		in.run.Cgroup = cgroupV1()
	}
	in.run.Notify = c&32 != 0
	in.join = c&64 != 0
	if c&128 != 0 {
		in.run.Owners = map[string]Owner{"/srv/in": {1, 2}, "/srv/out": {3, 4}, "/srv/low": {5, 6}}
		in.host.MappedLayers = true
		in.run.Pass, in.run.Stdin = map[int]int{3: 0, 5: 3}, 5
		in.run.HardLimits = map[int64]uint64{unix.RLIMIT_NPROC: 3}
	}
	return in
}

// addMount appends: a list in a document would replace the one that is there.
func (in *input) addMount(fragment string) {
	one := spec.Spec{}
	if err := spec.Decode("fuzz.json", []byte(`{"mounts": [`+fragment+`]}`), &one); err != nil {
		panic(err)
	}
	in.spec.Mounts = append(slices.Clone(in.spec.Mounts), one.Mounts...)
}

var mountFragments = crossed(
	[]string{
		`"type": "bind", "source": "/srv/in"`, `"type": "bind", "source": "/srv/out", "write": true`, `"type": "bind", "source": "/srv/may-be", "optional": true`,
		`"type": "bind", "source": "fd:5", "dev": true`, `"type": "tmpfs", "noexec": true`, `"type": "overlay", "source": "/srv/low"`,
		`"type": "overlay", "source": "/srv/low", "upper": "/srv/kept"`, `"type": "file", "data": "x"`, `"type": "dir"`,
		`"type": "symlink", "source": "../../etc"`, `"type": "mqueue"`, `"type": "sysfs"`,
	},
	[]string{"/usr", "/usr/deep/er", "/data", "/data/in", "/tmp/x", "/dev/shm", "/proc", "/home/user"},
)

// crossed puts each thing at each place, those of one thing together only in the order of a stride.
func crossed(things, places []string) []string {
	var all []string
	for i, thing := range things {
		for j, place := range places {
			all = append(all, `{`+thing+`, "target": "`+place+strings.Repeat("/more", (i+j)%2)+`"}`)
		}
	}
	return all
}

var fragments = []string{
	`{"as_pid_1": true}`, `{"terminal": true}`, `{"nest": true}`, `{"no_aslr": true}`, `{"allow_new_privs": true}`,
	`{"namespaces": {"pid": "host"}}`, `{"namespaces": {"mount": "host"}}`, `{"namespaces": {"net": "host"}}`, `{"namespaces": {"user": "host"}}`,
	`{"namespaces": {"uts": "host"}}`, `{"namespaces": {"cgroup": "host"}}`, `{"namespaces": {"time": "host"}}`, `{"namespaces": {"ipc": "host"}}`,
	`{"namespaces": {"net": "netns:x"}}`, `{"namespaces": {"ipc": "fd:9"}}`, `{"namespaces": {"uts": "/proc/1/ns/uts"}}`,
	`{"root": {"kind": "dir", "dir": "/srv/root"}}`, `{"root": {"kind": "empty"}}`, `{"root": {"kind": "host"}}`, `{"root": {"writable": true}}`,
	`{"root": {"overlay": {}}}`, `{"root": {"overlay": {"dir": "/srv/changes"}}}`,
	`{"capabilities": ["NET_ADMIN"]}`, `{"capabilities": ["SYS_ADMIN", "CHOWN"]}`, `{"landlock": {"mode": "on"}}`, `{"landlock": {"mode": "only"}}`,
	`{"landlock": {"mode": "on", "bind_tcp": [1]}}`, `{"proc": {"off": true}}`, `{"proc": {"hidepid": "noaccess"}}`, `{"proc": {"mask": ["/proc/keys", "/sys/x"]}}`,
	`{"user": {"uid": 0}}`, `{"user": {"uid": 7, "gid": 8, "home": "/data"}}`, `{"user": {"home": "/"}}`, `{"user": {"home": "/dev/shm"}}`,
	`{"user": {"uid_map": [{"inside": 0, "outside": 5000, "count": 2000}], "gid_map": [{"inside": 0, "outside": 6000, "count": 2000}]}}`,
	`{"limits": {"memory": "1M"}}`, `{"limits": {"tmp": "unlimited"}}`, `{"limits": {"rlimits": {"core": 5, "nproc": 6}}}`,
	`{"clock": {"boottime": "1s"}}`, `{"hostname": "x"}`, `{"scheduling": {"nice": 1, "affinity": "0"}}`, `{"umask": "0"}`, `{"allow_drop": ["landlock"]}`,
}

// The fragments are what they look like.
func TestFragments(t *testing.T) {
	for _, doc := range slices.Concat(fragments, mountFragments) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(doc), &fields); err != nil || len(slices.Collect(maps.Keys(fields))) == 0 {
			t.Errorf("%s: %v", doc, err)
		}
	}
}
