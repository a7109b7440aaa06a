package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/bulkhead/bulkhead/spec"
)

const docs = "../../../docs"

func TestDocumentsAreCurrent(t *testing.T) {
	made := t.TempDir()
	if err := write("../..", made); err != nil {
		t.Fatal(err)
	}
	for _, d := range documents {
		want, err := os.ReadFile(filepath.Join(made, d.name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(docs, d.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("docs/%s is not what the sources say: run go generate ./spec", d.name)
		}
	}
}

func TestEveryFieldIsDocumented(t *testing.T) {
	src, err := load("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{"Spec", "Result"} {
		for _, name := range src.readingOrder(root) {
			for _, f := range src.structs[name].fields {
				if f.doc == "" && root == "Spec" {
					t.Errorf("%s.%s has no comment", name, f.goName)
				}
			}
		}
	}
	for _, p := range spec.Protections() {
		found := false
		for _, c := range src.constants["Protection"] {
			found = found || c.value == string(p) && c.doc != ""
		}
		if !found {
			t.Errorf("the protection %q has no constant with a comment", p)
		}
	}
	if got, want := len(src.constants["Protection"]), len(spec.Protections()); got != want {
		t.Errorf("%d protections are constants, %d are listed", got, want)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	compiler := jsonschema.NewCompiler()
	s, err := compiler.Compile(filepath.Join(docs, "spec.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(s *jsonschema.Schema, document []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

func TestSchemaTakesProfiles(t *testing.T) {
	s := compiled(t)
	for _, name := range spec.Profiles() {
		p, _ := spec.Profile(name)
		full := p.WithDefaults()
		for _, document := range [][]byte{p.JSON(), full.JSON()} {
			if err := check(s, document); err != nil {
				t.Errorf("%s: %v\n%s", name, err, document)
			}
		}
	}
}

// TestExamples takes every YAML and JSON block out of the pages: each must decode, and pass the schema.
func TestExamples(t *testing.T) {
	s := compiled(t)
	block := regexp.MustCompile("(?ms)^```(yaml|json)\n(.*?)^```$")
	pages, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		if name := filepath.Base(page); name != "spec.md" && name != "profiles.md" {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatch(text, -1) {
			found++
			var into spec.Spec
			if err := spec.Decode("example."+string(m[1]), m[2], &into); err != nil {
				t.Errorf("%s: %v\n%s", page, err, m[2])
			}
			if err := check(s, asJSON(t, string(m[1]), m[2])); err != nil {
				t.Errorf("%s: %v\n%s", page, err, m[2])
			}
		}
	}
	if want := 2 + len(spec.Profiles()); found != want {
		t.Errorf("%d examples were found, want %d", found, want)
	}
}

// asJSON makes JSON from YAML by a parser that is not ours.
func asJSON(t *testing.T, kind string, text []byte) []byte {
	if kind == "json" {
		return text
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	converted, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return converted
}

// TestSchemaAgreesWithDecode holds the schema to what Decode says, on documents of both sorts.
func TestSchemaAgreesWithDecode(t *testing.T) {
	s := compiled(t)
	for document, good := range map[string]bool{
		`{}`:                                  true,
		`{"$schema": "spec.schema.json"}`:     true,
		`{"limits": {"memory": "1.5GiB"}}`:    true,
		`{"limits": {"memory": "64mb"}}`:      true,
		`{"limits": {"memory": 4096}}`:        true,
		`{"limits": {"memory": "unlimited"}}`: true,
		`{"limits": {"pids": "unlimited", "wall": "1h30m", "idle": 5, "cpus": 0.5}}`: true,
		`{"limits": {"wall": "-5s"}}`: true,
		`{"umask": "022", "user": {"uid": 0}, "capabilities": ["NET_RAW", "cap_chown"]}`:         true,
		`{"namespaces": {"net": "netns:blue", "pid": "sandbox:web-1", "ipc": "/proc/1/ns/ipc"}}`: true,
		`{"env": {"A": 1, "B": true, "C": "x"}}`:                                                 true,
		`{"mounts": [{"type": "tmpfs", "target": "/t", "mode": "1777"}]}`:                        true,
		`{"limits": {"rlimits": {"nofile": 5, "memlock": "64K"}}}`:                               true,
		`{"landlock": {"mode": "on", "bind_tcp": [80]}, "proc": {"hidepid": "off"}}`:             true,
		`{"comand": []}`:                      false,
		`{"command": "ls"}`:                   false,
		`{"command": [1]}`:                    false,
		`{"name": null}`:                      false,
		`{"limits": {"memory": "64"}}`:        false,
		`{"limits": {"memory": "64X"}}`:       false,
		`{"limits": {"memory": -5}}`:          false,
		`{"limits": {"pids": 1.5}}`:           false,
		`{"limits": {"wall": "5 sec"}}`:       false,
		`{"limits": {"wall": ""}}`:            false,
		`{"umask": 22}`:                       false,
		`{"umask": "0888"}`:                   false,
		`{"user": {"uid": 4294967296}}`:       false,
		`{"user": {"uid": -1}}`:               false,
		`{"namespaces": {"net": "bridge"}}`:   false,
		`{"mounts": [{"type": "nfs"}]}`:       false,
		`{"allow_drop": ["seccomp"]}`:         false,
		`{"landlock": {"bind_tcp": [65536]}}`: false,
		`{"root": {"kind": "image"}}`:         false,
		`{"nest": "true"}`:                    false,
		`[]`:                                  false,
	} {
		var into spec.Spec
		if err := spec.Decode("x.json", []byte(document), &into); (err == nil) != good {
			t.Errorf("Decode of %s: %v, want good = %v", document, err, good)
		}
		if err := check(s, []byte(document)); (err == nil) != good {
			t.Errorf("schema on %s: %v, want good = %v", document, err, good)
		}
	}
}

func TestGeneratorRefusesUnknownTypes(t *testing.T) {
	src, err := load("../..")
	if err != nil {
		t.Fatal(err)
	}
	src.structs["Root"].fields = append(src.structs["Root"].fields, field{goName: "Odd", key: "odd", kind: "complex64"})
	if _, err := schema(src); err == nil || err.Error() != `no schema is known for the Go type "complex64"` {
		t.Errorf("got %v", err)
	}
}
