package manual

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli"
)

var toolVersion = "1"

var tool = cli.Program{Name: "hull", Summary: "float", Long: "It floats.\n\n    hull run 'x'\n    .hidden line", Version: &toolVersion,
	Placeholders: []cli.Placeholder{{Name: "SRC", Doc: "a path | with a bar"}},
	Commands: []*cli.Command{{
		Name: "run", Summary: "run it", Forms: []string{"[OPTIONS] COMMAND", "--spec"}, Long: "See `--bind` and back\\slash.",
		Args: []cli.Arg{{Name: "COMMAND", Doc: "the command"}},
		Groups: []cli.Group{{Title: "What it sees", Flags: []cli.Flag{
			{Short: "b", Long: "bind", Arg: "SRC[:DST]", Repeat: true, Doc: "show a *file* of a_b_c", More: "A colon is written `\\:`.", Default: "none"},
		}}},
		Examples: []cli.Example{{Line: "hull run -- 'a'", Doc: "try it"}}, Exit: []cli.Exit{{Code: "125", Doc: "it sank"}},
	}},
	Examples: []cli.Example{{Line: "hull run x", Doc: "begin"}},
	Exit:     []cli.Exit{{Code: "0", Doc: "fine"}},
}

const wantPage = `.\" Made from the command tables; do not edit.
.TH "HULL\-RUN" "1" "" "hull" "hull manual"
.nh
.ad l
.SH NAME
hull\-run \- run it
.SH SYNOPSIS
\fBhull run\fR [OPTIONS] COMMAND
.br
\fBhull run\fR \-\-spec
.SH DESCRIPTION
See \fB\-\-bind\fR and back\eslash.
.SH ARGUMENTS
.TP
\fICOMMAND\fR
the command
.SH OPTIONS
.SS What it sees
.TP
\fB\-b\fR, \fB\-\-bind\fR\fI SRC[:DST]\fR
Show a *file* of a_b_c. A colon is written \fB\e:\fR\&. May be repeated. Default: none.
.SS Help
.TP
\fB\-h\fR, \fB\-\-help\fR\fI\fR
\-h shows the most used options, \-\-help all of them.
.SH PLACEHOLDERS
.TP
\fISRC\fR
a path | with a bar
.SH EXAMPLES
.PP
try it:
.RS 4
.nf
hull run \-\- \(aqa\(aq
.fi
.RE
.SH EXIT STATUS
.TP
\fB125\fR
it sank
.SH "SEE ALSO"
\fBhull\fR(1)
`

const wantReference = "<!-- Made from the command tables; do not edit. -->\n# hull run\n\nRun it.\n\n```\nhull run [OPTIONS] COMMAND\nhull run --spec\n```\n\n" +
	"See `--bind` and back\\\\slash.\n\n## Arguments\n\n| argument | meaning |\n|---|---|\n| `COMMAND` | the command |\n\n## What it sees\n\n" +
	"- `-b, --bind SRC[:DST]`  \n  Show a \\*file\\* of a\\_b\\_c. A colon is written `\\:`. May be repeated. Default: none.\n\n## Help\n\n" +
	"- `-h, --help`  \n  -h shows the most used options, --help all of them.\n\n## Placeholders\n\n| placeholder | meaning |\n|---|---|\n" +
	"| `SRC` | a path \\| with a bar |\n\n## Examples\n\ntry it:\n\n```sh\nhull run -- 'a'\n```\n\n## EXIT STATUS\n\n| status | meaning |\n|---|---|\n| 125 | it sank |\n"

func TestPage(t *testing.T) {
	if got := Page(&tool, tool.Commands[0]); got != wantPage {
		t.Errorf("got\n%s", got)
	}
}

func TestReference(t *testing.T) {
	if got := Reference(&tool, tool.Commands[0]); got != wantReference {
		t.Errorf("got\n%s", got)
	}
}

func TestOverviewListsTheCommands(t *testing.T) {
	for _, want := range []string{".SH COMMANDS\n.TP\n\\fBrun\\fR\nrun it\n", "\\&.hidden line", "hull run \\(aqx\\(aq", `\fBhull\-run\fR(1)`} {
		if got := Overview(&tool); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := Index(&tool); !strings.Contains(got, "| [run](run.md) | run it |") {
		t.Errorf("got\n%s", got)
	}
}

// TestRoffIsClean lets the real formatter complain.
func TestRoffIsClean(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		if strings.Contains(","+os.Getenv("BULKHEAD_MUST")+",", ",groff,") {
			t.Fatalf("groff must be there, but: %v", err)
		}
		t.Skipf("groff is not installed: %v", err)
	}
	for _, page := range []string{Overview(&tool), Page(&tool, tool.Commands[0])} {
		cmd := exec.Command(groff, "-man", "-ww", "-z", "-Tutf8")
		cmd.Stdin = strings.NewReader(page)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("groff: %v\n%s\n%s", err, out, page)
		}
	}
}
