package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The two parsers are held against libraries: what ours take, the library must
// take, and read the same.

var yamlDocuments = []string{
	"command: [ls, -l]\n",
	"a: 1\nb:\n  c: x # comment\n  d: \"q\\n\\u00e9\\x41\"\n",
	"- a\n- - b\n  - c\n- d: 1\n  e: 2\n",
	"mounts:\n- type: bind\n  source: /a\n- type: tmpfs\n",
	"a: |\n  one\n   two\n\n  three\n\nb: x\n",
	"a: |-\n  one\nb: |+\n  two\n\n",
	"a: |2\n   x\n",
	"{a: 1, \"b\":2, c: [x, 'it''s'], d: {}}\n",
	"[\n  a, # one\n  b,\n]\n",
	"---\na: b\n...\n",
	"a: 'x: y'\n'b c': http://x/y\n",
	"a: -1\nb: - \n",
	"env:\n  A: \"x\"\n  B:\n  C: ~\n",
	"a: b\r\nc: d\r\n",
	"a:\n  - b:\n      - c\n    d: e\n",
	"\n# only a comment\n\na: [a, b]   # end\n",
	"a: [b\n, c]\n",
	"a: x#y\nb: x:y\n",
	"? a\n: b\n",
	"a: &x 1\nb: *x\n",
	"a: !!str 1\n",
	"<<: {a: 1}\n",
	"a: >\n  folded\n",
	"a: b\n c: d\n",
	"a: 1\n  b: 2\n",
	"\ta: 1\n",
	"a: \"b\n c\"\n",
	"a:\n  b: c\n d: e\n",
	"a: [1, 2\n",
	"%YAML 1.2\n---\na: 1\n",
	"a: 1\n---\nb: 2\n",
	"a: |\nb: 1\n",
	"- |\n  x\n- |\n x\n",
	"key with blanks: value with blanks\n",
	"a: [a b, c d]\n{x}: 1\n",
	"\"a\" : 1\n",
	"a: \n\n\n  b: 1\n",
	"'': ''\n",
	"a: \"\\U0001F600\"\n",
}

func FuzzYAMLMeansTheSame(f *testing.F) {
	taken := 0
	for _, text := range yamlDocuments {
		p := parser{text: text}
		if p.parseYAML(); p.err == nil {
			taken++
		}
		f.Add(text)
	}
	if taken < 15 || taken == len(yamlDocuments) {
		f.Fatalf("%d of %d seeds are taken: they no longer show both sides", taken, len(yamlDocuments))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := parser{}
		if p.open([]byte(text)) != nil || strings.Contains(text, `\/`) {
			return // the library does not know this escape of YAML 1.2 and JSON
		}
		n := p.parseYAML()
		if p.err != nil {
			return
		}
		decoder := yaml.NewDecoder(strings.NewReader(p.text))
		var document, second yaml.Node
		if err := decoder.Decode(&document); err != nil {
			t.Fatalf("only we take %q: %v", text, err)
		}
		if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
			t.Fatalf("the library sees a second document in %q: %v", text, err)
		}
		if got, want := show(&n), showYAML(document.Content[0]); got != want {
			t.Fatalf("%q\nwe read      %s\nthe library  %s", text, got, want)
		}
	})
}

// show writes a tree in a form in which the two can be compared.
func show(n *node) string {
	switch n.kind {
	case nodeNull:
		return "plain()"
	case nodePlain:
		return "plain(" + n.text + ")"
	case nodeList, nodeMapping:
		var parts []string
		for i := range n.children {
			parts = append(parts, show(&n.children[i]))
		}
		return fmt.Sprintf("%d%q", n.kind, parts)
	}
	return "text(" + n.text + ")"
}

func showYAML(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode, yaml.MappingNode:
		kind := nodeList
		if n.Kind == yaml.MappingNode {
			kind = nodeMapping
		}
		var parts []string
		for _, child := range n.Content {
			parts = append(parts, showYAML(child))
		}
		return fmt.Sprintf("%d%q", kind, parts)
	}
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle) != 0 {
		return "text(" + n.Value + ")"
	}
	return "plain(" + n.Value + ")"
}

func FuzzJSONMeansTheSame(f *testing.F) {
	for _, text := range []string{
		`{"a": [1, -0.5e+3, true, null, "x\u00e9\ud83d\ude00\n"], "b": {}}`, `[]`, `"\ud800"`, `01`, `1.`, `{"a" 1}`, `[1,]`, `"` + "\t" + `"`, `{"a":1}x`, ``, `nul`, `-`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := parser{}
		if p.open([]byte(text)) != nil {
			return
		}
		n := p.parseJSON()
		valid := json.Valid([]byte(p.text))
		if (p.err == nil) != valid {
			if valid && (strings.Contains(p.err.Why, "surrogate") || strings.Contains(p.err.Why, "nested")) {
				return // stricter on purpose
			}
			t.Fatalf("%q: we say %v, the library says valid = %v", text, p.err, valid)
		}
		if p.err != nil {
			return
		}
		if got, want := fmt.Sprint(plainJSON(&n)), fmt.Sprint(libraryJSON(t, p.text)); got != want {
			t.Fatalf("%q\nwe read      %s\nthe library  %s", text, got, want)
		}
	})
}

func libraryJSON(t *testing.T, text string) any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func plainJSON(n *node) any {
	switch n.kind {
	case nodeNull:
		return nil
	case nodeBool:
		return n.text == "true"
	case nodeNumber:
		return json.Number(n.text)
	case nodeText:
		return n.text
	case nodeList:
		list := []any{}
		for i := range n.children {
			list = append(list, plainJSON(&n.children[i]))
		}
		return list
	}
	object := map[string]any{}
	for i := 0; i < len(n.children); i += 2 {
		object[n.children[i].text] = plainJSON(&n.children[i+1])
	}
	return object
}

// TestJSONIsWhatTheStandardLibraryWrites keeps our encoder and encoding/json
// interchangeable: a Spec inside another program's document reads the same.
func TestJSONIsWhatTheStandardLibraryWrites(t *testing.T) {
	for _, name := range Profiles() {
		s, _ := Profile(name)
		for _, stage := range []Spec{s, s.WithDefaults(), fullSpec()} {
			var want bytes.Buffer
			encoder := json.NewEncoder(&want)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(stage); err != nil {
				t.Fatal(err)
			}
			if got := string(stage.JSON()); got != want.String() {
				t.Errorf("%s: JSON() differs from encoding/json:\n%s\nwant\n%s", name, got, want.String())
			}
		}
	}
}
