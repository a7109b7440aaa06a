package spec

import (
	"strings"
	"testing"
	"time"
)

// TestHostileDocuments: what a stranger writes is refused or read in a moment, however it is built.
func TestHostileDocuments(t *testing.T) {
	fill := func(size int, head, item, tail string) string {
		return head + strings.Repeat(item, (size-len(head)-len(tail))/len(item)) + tail
	}
	big := func(head, item, tail string) string { return fill(4<<20, head, item, tail) }
	many := func(head, item, tail string) string { return fill(maxDocument, head, item, tail) }
	for _, c := range []struct{ name, file, text, want string }{
		{"one key many times", "x.yaml", big("env:\n", "  a: "+strings.Repeat("b", 20)+"\n", ""), "given twice"},
		{"one key many times on a line", "x.yaml", big("env: {", "a: "+strings.Repeat("b", 20)+", ", "}"), "given twice"},
		{"many quoted items on a line", "x.yaml", big("command: [", "'abc',    ", "]"), ""},
		{"many double-quoted items on a line", "x.yaml", big("command: [", `"abc",    `, "]"), ""},
		{"many escapes", "x.yaml", big(`command: ["`, `a\n`, `"]`), ""},
		{"many quotes that do not close", "x.yaml", big("command:\n", "- 'abc\n", ""), "not closed"},
		{"many unknown keys", "x.json", big("{", `"comand":              [], `, `"a": 1}`), "unknown key"},
		{"many unknown words", "x.json", big(`{"capabilities": [`, `"NET_BIND_SERVCE", `, `"x"]}`), "unknown"},
		{"too many texts", "x.json", many(`{"command": [`, `"",`, `""]}`), "more than 2000000 values"},
		{"too many brackets", "x.yaml", many("", "- []\n", ""), "more than 2000000 values"},
		{"too many brackets in brackets", "x.json", many("[", "[],", "[]]"), "more than 2000000 values"},
		{"too many quoted items", "x.yaml", many("", "- ''\n", ""), "more than 2000000 values"},
		{"too many double-quoted items", "x.yaml", many("", "- \"\"\n", ""), "more than 2000000 values"},
		{"too many blocks", "x.yaml", many("", "- |\n", ""), "more than 2000000 values"},
		{"too many keys", "x.yaml", many("", "a:\n", ""), "more than 2000000 values"},
		{"bracket too deep", "x.yaml", strings.Repeat("- ", maxDepth) + "[]", "nested deeper than 64 levels"},
		{"brace too deep", "x.yaml", strings.Repeat("- ", maxDepth) + "{", "nested deeper than 64 levels"},
		{"array too deep", "x.json", strings.Repeat("[", maxDepth+1), "nested deeper than 64 levels"},
		{"huge number", "x.json", `{"limits": {"memory": ` + strings.Repeat("9", 4<<20) + `}}`, "63 bits"},
		{"deep indentation", "x.yaml", big("command:\n", strings.Repeat(" ", 1000)+"- a\n", ""), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			var s Spec
			err := Decode(c.file, []byte(c.text), &s)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				text := "nothing"
				if err != nil {
					text = err.Error()[:min(300, len(err.Error()))]
				}
				t.Errorf("got %s, want %q", text, c.want)
			}
		})
	}
}
