package spec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// fullSpec sets every field, so that no test forgets one; TestFullSpecIsFull holds it to that.
func fullSpec() Spec {
	id, fd, yes := uint32(7), 5, true
	return Spec{
		Name: "web-1", Command: []string{"/bin/echo", "", "a b\n", "ünï"}, Workdir: "/srv",
		Env: map[string]string{"A": "1", "B": "x=y"}, KeepEnv: []string{"LC_*"}, Umask: Mode(0o77),
		User: User{
			UID: &id, GID: &id, Name: "me", Home: "/home/me", Groups: []uint32{8},
			UIDMap: []IDMap{{0, 100000, 1000}}, GIDMap: []IDMap{{0, 100000, 1000}},
		},
		Namespaces: Namespaces{"new", "new", "new", "netns:blue", "host", "new", "fd:4", "new"},
		Hostname:   "box", Domainname: "example.org",
		Root: Root{Kind: RootDir, Dir: "/srv/root", Writable: true, Overlay: &Overlay{Dir: "/srv/layer", Size: GiB, Inodes: 10}, Size: MiB, Inodes: 9},
		Mounts: []Mount{{
			Type: MountBind, Beneath: "/", Source: "/a", Target: "/b", Write: true, Dev: true, NoExec: true, Optional: true, Own: &yes,
			Size: 1000, Inodes: Unlimited, Mode: Mode(0o1777), Data: "x\x00y", DataFD: &fd, Upper: "/u",
			Guard: []string{"g"}, Hide: []string{"h"}, Git: true,
		}, {Type: MountTmpfs, Target: "/t"}},
		Proc:         Proc{Off: true, HidePID: "noaccess", PIDsOnly: true, ReadOnly: true, Mask: []string{"/proc/keys"}},
		Capabilities: []Capability{"NET_RAW"}, AllowNewPrivs: true,
		Seccomp:  Seccomp{Policy: "./mine", Rules: []string{"deny ptrace"}},
		Landlock: Landlock{Mode: "on", ConnectTCP: []uint16{}, BindTCP: []uint16{80}},
		Nest:     true,
		Limits: Limits{
			Memory: GiB, MemoryHigh: 512 * MiB, Swap: Unlimited, Pids: 10, CPUs: 1.5, CPUWeight: 50, Cpuset: "0-1",
			IO:      []IOLimit{{Device: "8:0", ReadBPS: MiB, WriteBPS: MiB, ReadIOPS: 5, WriteIOPS: Unlimited}},
			CPUTime: Seconds(1), Wall: Unlimited, Idle: Seconds(90), Grace: Seconds(0.25), Output: MiB, FileSize: MiB,
			Tmp: MiB, TmpInodes: 100, Stack: MiB, OpenFiles: 64, Rlimits: map[string]Size{"memlock": 64 * KiB, "nice": 5},
		},
		Scheduling: Scheduling{Nice: 5, Affinity: "0", Core: true},
		Clock:      Clock{Monotonic: Seconds(5), Boottime: Seconds(-5)},
		NoASLR:     true, Terminal: true, PassFDs: []int{3}, AsPID1: true, Watch: []string{"/w"}, AllowDrop: []Protection{ProtectionCgroup},
	}
}

func TestFullSpecIsFull(t *testing.T) {
	s := fullSpec()
	requireSet(t, "Spec", reflect.ValueOf(s))
}

func requireSet(t *testing.T, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			requireSet(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
		return
	case reflect.Pointer:
		if !v.IsNil() {
			requireSet(t, path, v.Elem())
			return
		}
	case reflect.Slice:
		if v.Len() > 0 {
			requireSet(t, path, v.Index(0))
			return
		}
		if !v.IsNil() {
			return
		}
	}
	if v.IsZero() && !strings.HasSuffix(path, ".Inside") {
		t.Errorf("%s is not set", path)
	}
}

func TestRoundTrip(t *testing.T) {
	want := fullSpec()
	for _, document := range []struct {
		file string
		text []byte
	}{{"x.json", want.JSON()}, {"x.yaml", want.YAML()}, {"as-json.yaml", want.JSON()}} {
		var got Spec
		if err := Decode(document.file, document.text, &got); err != nil {
			t.Fatalf("%s: %v\n%s", document.file, err, document.text)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read back\n%+v\nwant\n%+v", document.file, got, want)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	s := fullSpec()
	c := s.Clone()
	if !reflect.DeepEqual(s, c) {
		t.Fatalf("Clone() = %+v, want %+v", c, s)
	}
	requireApart(t, "Spec", reflect.ValueOf(s), reflect.ValueOf(c))
}

func requireApart(t *testing.T, path string, a, b reflect.Value) {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			requireApart(t, path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if !a.IsNil() && a.Pointer() == b.Pointer() && (a.Kind() != reflect.Slice || a.Len() > 0) {
			t.Errorf("%s is shared", path)
		}
		if a.Kind() == reflect.Slice {
			for i := range a.Len() {
				requireApart(t, path, a.Index(i), b.Index(i))
			}
		}
	}
}

func TestDecodeIntoAProfile(t *testing.T) {
	s, _ := Profile("strict")
	text := "limits:\n  memory: 512M\nproc:\n  mask: []\nenv: {N: 1000, DEBUG: true, V: 1.10, S: ''}\n"
	if err := Decode("spec.yaml", []byte(text), &s); err != nil {
		t.Fatal(err)
	}
	if s.Limits.Memory != 512*MiB || s.Limits.Pids != 64 {
		t.Errorf("limits are %+v: memory must change and pids stay", s.Limits)
	}
	if len(s.Proc.Mask) != 0 || !s.Proc.ReadOnly {
		t.Errorf("proc is %+v: the list must be replaced and the rest stay", s.Proc)
	}
	want := map[string]string{"N": "1000", "DEBUG": "true", "V": "1.10", "S": ""}
	if !reflect.DeepEqual(s.Env, want) {
		t.Errorf("env is %v, want %v", s.Env, want)
	}
}

func TestDecodeForms(t *testing.T) {
	var s Spec
	text := `
command: [sleep, 10]          # plain scalars are text
umask: 027
user: {uid: 0}
limits: {memory: 1.5G, swap: 0, pids: unlimited, wall: 90, cpu_time: 1m30s, output: 4096, cpus: 2, rlimits: {nofile: 100}}
mounts:
- {type: file, target: /etc/motd, mode: 0600, data: "hi\n"}
- type: file
  target: /x
  data: |
    line one
      line two
`
	if err := Decode("", []byte(text), &s); err != nil {
		t.Fatal(err)
	}
	zero := uint32(0)
	want := Spec{
		Command: []string{"sleep", "10"}, Umask: Mode(0o27), User: User{UID: &zero},
		Limits: Limits{
			Memory: 1536 * MiB, Pids: Unlimited, Wall: Seconds(90), CPUTime: Seconds(90), Output: 4096, CPUs: 2,
			Rlimits: map[string]Size{"nofile": 100},
		},
		Mounts: []Mount{
			{Type: MountFile, Target: "/etc/motd", Mode: Mode(0o600), Data: "hi\n"},
			{Type: MountFile, Target: "/x", Data: "line one\n  line two\n"},
		},
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("decoded\n%+v\nwant\n%+v", s, want)
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct{ name, file, text, want string }{
		{"unknown key", "s.yaml", "limits:\n  memroy: 1G\n", `s.yaml:2:3: limits.memroy: unknown key; did you mean "memory"?`},
		{"unknown key, json", "s.json", "{\n \"comand\": []\n}", `s.json:2:2: comand: unknown key; did you mean "command"?`},
		{"key of another case", "s.yaml", "Name: x\n", `s.yaml:1:1: Name: unknown key; did you mean "name"?`},
		{"far from every key", "s.yaml", "user: {zzzzzzzz: 1}", `s.yaml:1:8: user.zzzzzzzz: unknown key; known: uid, gid, name, home, groups, uid_map, gid_map`},
		{"twice", "s.yaml", "name: a\nworkdir: /\nname: b\n", `s.yaml:3:1: name: given twice, first on line 1; keep one`},
		{"twice in a map", "s.json", "{\"env\":{\"A\":\"1\",\n\"A\":\"2\"}}", `s.json:2:1: env.A: given twice, first on line 1; keep one`},
		{"wrong type", "s.json", `{"command": "ls -l"}`, `s.json:1:13: command: expected a list, found text; write it as [a, b], also when there is only one`},
		{"number for text", "s.json", `{"name": 5}`, `s.json:1:10: name: expected text, found the number 5; put it into quotes`},
		{"list for mapping", "s.yaml", "limits: [1]\n", `s.yaml:1:9: limits: expected a mapping, found a list; its keys are memory, `},
		{"no value", "s.yaml", "mounts:\nname: x\n", `s.yaml:1:8: mounts: has no value; write a list, or leave the key out`},
		{"tilde alone", "s.yaml", "workdir: ~\n", `s.yaml:1:10: workdir: has no value; write "~" in quotes if you mean the home directory, or leave the key out`},
		{"null", "s.json", `{"name": null}`, `s.json:1:10: name: has no value; write text, or leave the key out`},
		{"yes", "s.yaml", "nest: yes\n", `s.yaml:1:7: nest "yes": expected true or false; write it without quotes`},
		{"quoted true", "s.json", `{"nest": "true"}`, `s.json:1:10: nest "true": expected true or false; write it without quotes`},
		{"size without unit", "s.yaml", `limits: {memory: "64"}`, `s.yaml:1:18: limits.memory "64": no unit; write "64M" for MiB, "64K" for KiB, "64B" for bytes`},
		{"size of a wrong unit", "s.json", `{"limits":{"memory":"64Q"}}`, `s.json:1:21: limits.memory "64Q": unknown unit "Q"; `},
		{"negative size", "s.json", `{"limits":{"memory":-5}}`, `s.json:1:21: limits.memory "-5": negative; no limit is written "unlimited"`},
		{"huge number", "s.json", `{"limits":{"memory":99999999999999999999}}`, `s.json:1:21: limits.memory "99999999999999999999": does not fit into 63 bits; no limit is written "unlimited"`},
		{"fraction of a byte", "s.json", `{"limits":{"memory":1.5}}`, `s.json:1:21: limits.memory "1.5": not a whole number; `},
		{"nan", "s.yaml", "limits: {cpus: .nan}", `s.yaml:1:16: limits.cpus ".nan": not a finite number; write a number such as 1.5`},
		{"inf", "s.yaml", "limits: {cpus: 1e999}", `s.yaml:1:16: limits.cpus "1e999": not a finite number; write a number such as 1.5`},
		{"nan duration", "s.yaml", "limits: {wall: nan}", `s.yaml:1:16: limits.wall "nan": not a finite number; no limit is written "unlimited"`},
		{"count with fraction", "s.json", `{"limits":{"pids":1.5}}`, `s.json:1:19: limits.pids "1.5": not a whole number; write decimal digits`},
		{"octal count", "s.yaml", "limits: {pids: 010}", `s.yaml:1:16: limits.pids "010": not a whole number; write decimal digits`},
		{"id out of range", "s.json", `{"user":{"uid":4294967296}}`, `s.json:1:16: user.uid "4294967296": out of range; it is 0 to 4294967295`},
		{"negative id", "s.json", `{"user":{"uid":-1}}`, `s.json:1:16: user.uid "-1": out of range; it is 0 to 4294967295`},
		{"port out of range", "s.json", `{"landlock":{"bind_tcp":[65536]}}`, `s.json:1:26: landlock.bind_tcp[0] "65536": out of range; it is 0 to 65535`},
		{"mode as a number", "s.json", `{"umask": 22}`, `s.json:1:11: umask "22": expected text, found a number; put it into quotes`},
		{"mount type", "s.yaml", "mounts:\n- type: bnid\n  target: /x\n", `s.yaml:2:9: mounts[0].type "bnid": unknown; did you mean "bind"?`},
		{"capability", "s.yaml", "capabilities: [NET_BIND_SERVCE]", `s.yaml:1:16: capabilities[0] "NET_BIND_SERVCE": unknown; did you mean "NET_BIND_SERVICE"?`},
		{"namespace", "s.yaml", "namespaces: {net: hots}", `s.yaml:1:19: namespaces.net "hots": unknown; did you mean "host"?`},
		{"protection", "s.yaml", "allow_drop: [cgruop]", `s.yaml:1:14: allow_drop[0] "cgruop": unknown; did you mean "cgroup"?`},
		{"columns count characters", "s.yaml", "env: {ä: [1]}", `s.yaml:1:10: env.ä: expected text, found a list; put it into quotes`},
		{"not utf-8", "s.yaml", "name: a\nworkdir: \"/\xff\"\n", `s.yaml:2:12: not UTF-8: byte 0xff; save the file as UTF-8`},
		{"empty", "s.yaml", "# nothing\n", `s.yaml:2:1: the document is empty; write settings such as command: [ls]`},
		{"empty json", "s.json", "", `s.json:1:1: expected a value, found the end of the document`},
		{"a scalar", "s.yaml", "hello\n", `s.yaml:1:1: expected a mapping with settings such as command and limits, found text`},
		{"trailing comma", "s.json", `{"command": ["a",]}`, `s.json:1:18: expected a value, found "]"; JSON allows no comma before a closing bracket`},
		{"comment in json", "s.json", "// x\n{}", `s.json:1:1: expected a value, found "/"; JSON has no comments; YAML has`},
		{"two values", "s.json", "{} {}", `s.json:1:4: unexpected "{" after the value; a document holds one value`},
		{"open quote", "s.json", `{"name": "x`, `s.json:1:10: a quote is never closed`},
		{"half a pair", "s.json", `{"name": "\ud83d"}`, `s.json:1:11: half of a surrogate pair; `},
		{"half a pair before the replacement", "s.json", `{"name": "\ud83d\ufffd"}`, `s.json:1:11: half of a surrogate pair; `},
		{"two first halves", "s.json", `{"name": "\ud83d\ud83d"}`, `s.json:1:11: half of a surrogate pair; `},
		{"second half alone", "s.json", `{"name": "\ude00"}`, `s.json:1:11: half of a surrogate pair; `},
		{"control character", "s.json", "{\"name\": \"a\nb\"}", `s.json:1:12: control character "\n" inside quotes; write it as an escape, such as \n`},
		{"key that commands a terminal", "s.json", `{"env": {"a\u001b[2J\nhint: x": 5, "a\u001b[2J\nhint: x": 5}}`, `s.json:1:36: env."a\x1b[2J\nhint: x": given twice, first on line 1; keep one`},
		{"octal size", "s.yaml", "limits: {memory: 010}", `s.yaml:1:18: limits.memory "010": not a whole number; `},
		{"anchor", "s.yaml", "env: &e {A: b}\n", `s.yaml:1:6: anchors and aliases are not taken; `},
		{"alias", "s.yaml", "command: [*e]\n", `s.yaml:1:11: anchors and aliases are not taken; `},
		{"tag", "s.yaml", "name: !!str x\n", `s.yaml:1:7: tags are not taken; `},
		{"merge", "s.yaml", "limits:\n  <<: {}\n", `s.yaml:2:3: merge keys are not taken; write the settings out`},
		{"folded", "s.yaml", "name: >\n  x\n", `s.yaml:1:7: folded text is not taken; `},
		{"two documents", "s.yaml", "name: a\n---\nname: b\n", `s.yaml:2:1: a second document; a file holds one`},
		{"tab", "s.yaml", "limits:\n\tpids: 1\n", `s.yaml:2:1: a tab in the indentation; indent with spaces`},
		{"text of several lines", "s.yaml", "name: a\n  b\n", `s.yaml:2:3: indented deeper than the lines it follows; text of several lines is begun by | after the colon`},
		{"odd indentation", "s.yaml", "user:\n    uid: 1\n  gid: 1\n", `s.yaml:3:3: indented deeper than the lines it follows; `},
		{"colon in text", "s.yaml", "name: a: b\n", `s.yaml:1:8: a colon followed by a blank inside a value; put the text into quotes`},
		{"open bracket", "s.yaml", "command: [a\n", `s.yaml:2:1: expected a comma or a closing bracket, found the end of the document; `},
		{"several", "s.yaml", "nmae: x\nlimits: {pids: x}\n", "s.yaml:1:1: nmae: unknown key; did you mean \"name\"?\ns.yaml:2:16: limits.pids \"x\": not a whole number; write decimal digits"},
	} {
		t.Run(c.name, func(t *testing.T) {
			into := Spec{Name: "kept"}
			err := Decode(c.file, []byte(c.text), &into)
			if err == nil {
				t.Fatalf("no error, read %+v", into)
			}
			if got := err.Error(); got != c.want && !(strings.HasSuffix(c.want, " ") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if !reflect.DeepEqual(into, Spec{Name: "kept"}) {
				t.Errorf("the Spec was changed: %+v", into)
			}
		})
	}
}

func TestDecodeBounds(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"50 MB", `{"name":"` + strings.Repeat("x", 50<<20) + `"}`, "s.json: the document has 50 MiB; the most is 16 MiB; put large data into files of their own"},
		{"deep", strings.Repeat("[", 1<<20), "s.json:1:65: nested deeper than 64 levels"},
		{"many values", "[" + strings.Repeat("0,", 3<<20) + "0]", "s.json:1:4000000: more than 2000000 values; split the work over several sandboxes"},
	} {
		var s Spec
		if err := Decode("s.json", []byte(c.text), &s); err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if len(c.text) > maxDocument {
			continue
		}
		if err := Decode("s.yaml", []byte(c.text), &s); err == nil || strings.TrimPrefix(err.Error(), "s.yaml") != strings.TrimPrefix(c.want, "s.json") {
			t.Errorf("%s as YAML: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestTildeInQuotesIsTheHome(t *testing.T) {
	for _, text := range []string{"workdir: '~'\n", `{"workdir": "~"}`} {
		var s Spec
		if err := Decode("s", []byte(text), &s); err != nil || s.Workdir != "~" {
			t.Errorf("%s: %v, %q", text, err, s.Workdir)
		}
	}
}

func TestDecodeStopsAfterManyErrors(t *testing.T) {
	var s Spec
	err := Decode("s.yaml", []byte("command: ["+strings.Repeat("[], ", 1000)+"]\n"), &s)
	if n := len(FieldErrors(err)); n != maxErrors {
		t.Errorf("%d errors are reported, want %d", n, maxErrors)
	}
}

func FuzzDecode(f *testing.F) {
	full := fullSpec()
	f.Add("x.json", full.JSON())
	f.Add("x.yaml", full.YAML())
	f.Add("", []byte("command: [ls]\nlimits: {memory: 64M, cpus: 0.5}\n"))
	for _, text := range yamlDocuments {
		f.Add("x.yaml", []byte(text))
	}
	f.Fuzz(func(t *testing.T, file string, text []byte) {
		var s Spec
		if err := Decode(file, text, &s); err != nil {
			if len(FieldErrors(err)) == 0 || err.Error() == "" {
				t.Fatalf("an error without a field: %#v", err)
			}
			return
		}
		_ = s.Validate()
		again, fromYAML := Spec{}, Spec{}
		if err := Decode("x.json", s.JSON(), &again); err != nil {
			t.Fatalf("JSON() of %q cannot be read back: %v\n%s", text, err, s.JSON())
		}
		if err := Decode("x.yaml", s.YAML(), &fromYAML); err != nil {
			t.Fatalf("YAML() of %q cannot be read back: %v\n%s", text, err, s.YAML())
		}
		if want := string(s.JSON()); string(again.JSON()) != want || string(fromYAML.JSON()) != want {
			t.Fatalf("read back differently:\n%s\n%s\n%s", want, again.JSON(), fromYAML.JSON())
		}
		var std Spec
		if err := json.Unmarshal(s.JSON(), &std); err != nil || string(std.JSON()) != string(s.JSON()) {
			t.Fatalf("encoding/json reads something else: %v\n%s\n%s", err, s.JSON(), std.JSON())
		}
	})
}
