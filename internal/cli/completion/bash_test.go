package completion

import (
	"os"
	"path/filepath"
	"testing"
)

// tryBash does what readline does: it parts the line, at "=" too, and calls the function.
const tryBash = `
source "$1"
line=$2
read -ra words <<<"${line//=/ = }"
[[ $line == *' ' ]] && words+=('')
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
COMPREPLY=()
_hull 2>/dev/null
for word in "${COMPREPLY[@]}"; do [[ -d $word ]] && word+=/; echo "$word"; done | sort -u
`

func TestBash(t *testing.T) {
	bash, dir := shell(t, "bash"), world(t)
	script := filepath.Join(dir, "hull.bash")
	if err := os.WriteFile(script, []byte(Bash(&tool)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, q := range questions {
		if got := onOneLine(ask(t, dir, bash, "--norc", "-c", tryBash, "-", script, q.line)); got != q.want {
			t.Errorf("%q: got %q, want %q", q.line, got, q.want)
		}
	}
}
