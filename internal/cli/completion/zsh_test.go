package completion

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tryZsh types lines and a tab after each into an interactive zsh on a
// pseudo-terminal. There compadd is a function that notes what is offered, and
// the tab's widget notes that it is done. $1 is the script, the rest are lines.
const tryZsh = `
zmodload zsh/zpty || exit 3
dir=$1:h; shift
zpty z "zsh -f -i"
zpty -w z "PS1=; fpath=($dir \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w z "compadd() { [[ \$* == *-[ODA]* ]] || () { local -a offered_; builtin compadd -O offered_ \"\$@\"; print -rl -- \$offered_ >>$dir/offered } \"\$@\"; builtin compadd \"\$@\" }"
zpty -w z "asked() { zle list-choices; : >$dir/done }; zle -N asked; bindkey '^I' asked; print rea''dy"
zpty -r -m z junk '*ready*'
for line; do
    : >$dir/offered
    zpty -w -n z "$line"$'\t'
    for ((i = 0; i < 200; i++)); do
        while zpty -r -t z junk; do :; done
        [[ -e $dir/done ]] && break
        sleep 0.05
    done
    rm $dir/done || exit 4
    print -r -- $(sort -u $dir/offered)
    zpty -w -n z $'\x15'
done
exit 0
`

func TestZsh(t *testing.T) {
	zsh, dir := shell(t, "zsh"), world(t)
	script := filepath.Join(dir, "_hull")
	if err := os.WriteFile(script, []byte(Zsh(&tool)), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-f", "-c", tryZsh, "-", script}
	for _, q := range questions {
		args = append(args, q.line)
	}
	answers := strings.Split(ask(t, dir, zsh, args...), "\n")
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions: %q", len(answers), len(questions), answers)
	}
	for i, q := range questions {
		for want := range strings.FieldsSeq(q.want) {
			if !strings.Contains(" "+answers[i]+" ", " "+strings.TrimSuffix(want, "/")+" ") {
				t.Errorf("%q: got %q, want %q in it", q.line, answers[i], want)
			}
		}
	}
}
