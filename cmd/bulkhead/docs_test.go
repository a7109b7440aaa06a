package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli/completion"
	"github.com/bulkhead/bulkhead/internal/cli/manual"
)

//go:generate go test . -run ^TestDocsAreCurrent$ -update

var update = flag.Bool("update", false, "write the files that are made from the command tables")

// generated returns the files below docs/ that are made from the tables.
func generated() map[string]string {
	files := map[string]string{
		"cli/bulkhead.md":           manual.Index(&program),
		"man/bulkhead.1":            manual.Overview(&program),
		"completions/bulkhead.bash": completion.Bash(&program),
		"completions/_bulkhead":     completion.Zsh(&program),
		"completions/bulkhead.fish": completion.Fish(&program),
	}
	for _, c := range program.All() {
		files["cli/"+manual.File(&program, c)] = manual.Reference(&program, c)
		files["man/bulkhead-"+strings.ReplaceAll(program.Path(c), " ", "-")+".1"] = manual.Page(&program, c)
	}
	return files
}

func TestDocsAreCurrent(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	for name, text := range generated() {
		file := filepath.Join(docs, name)
		if *update {
			writeDoc(t, file, text)
		}
		have, err := os.ReadFile(file)
		if err != nil || string(have) != text {
			t.Errorf("%s is not what the command tables say (%v); run make docs", file, err)
		}
	}
}

func writeDoc(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestNoDocIsLeftOver finds pages of commands that are gone.
func TestNoDocIsLeftOver(t *testing.T) {
	files := generated()
	for _, dir := range []string{"cli", "man", "completions"} {
		entries, err := os.ReadDir(filepath.Join("..", "..", "docs", dir))
		if err != nil || len(entries) == 0 {
			t.Fatalf("docs/%s: %d files (%v)", dir, len(entries), err)
		}
		for _, e := range entries {
			name := dir + "/" + e.Name()
			if _, made := files[name]; !made && name != "cli/README.md" {
				t.Errorf("docs/%s is made from no command", name)
			}
		}
	}
}

func TestReadmeLeadsToTheReference(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli", "README.md"))
	if err != nil || !strings.Contains(string(text), "(bulkhead.md)") {
		t.Errorf("docs/cli/README.md does not link the reference (%v)", err)
	}
}
