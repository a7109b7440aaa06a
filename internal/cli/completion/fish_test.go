package completion

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFish(t *testing.T) {
	fish, dir := shell(t, "fish"), world(t)
	script := filepath.Join(dir, "hull.fish")
	if err := os.WriteFile(script, []byte(Fish(&tool)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, q := range questions {
		try := `source $argv[1]; complete -C $argv[2] | string replace -r '\t.*' '' | string replace -r '^--mode=' '' | sort -u`
		if got := onOneLine(ask(t, dir, fish, "--no-config", "-c", try, script, q.line)); got != q.want {
			t.Errorf("%q: got %q, want %q", q.line, got, q.want)
		}
	}
}
