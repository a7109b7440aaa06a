package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
)

var diffCommand = cli.Command{
	Name:    "diff",
	Summary: "list what is changed in a sandbox's overlays",
	Forms:   []string{"[OPTIONS] NAME|DIR"},
	Long: "Of a running sandbox, or of a detached one that has ended and whose changes are kept; or of the directory in which `--overlay=DIR` kept them. " +
		"A file is A added, C changed or D deleted; a directory is C if something in it is, and D with all that was in it. " +
		"What lies below other mounts is left out.\n\n" +
		"Control characters in names are shown as escapes; `--json` tells names exactly.",
	Groups: []cli.Group{{Title: "How to print it", Flags: []cli.Flag{
		{Short: "s", Long: "size", Common: true, Set: onDiff(func(d *diffing, _ string) error { d.size = true; return nil }),
			Doc: "print the sizes of files, too"},
		{Long: "json", Common: true, Set: onDiff(func(d *diffing, _ string) error { d.json = true; return nil }),
			Doc: "print JSON, for programs to read"},
	}}},
	Args: []cli.Arg{{Name: "NAME|DIR", Doc: "a sandbox, as ps -a shows it, or a directory, written with a slash", Complete: cli.CompleteSandbox}},
	Foreign: []cli.Foreign{
		{Name: "--stat", Use: "--size"},
	},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead diff web", Doc: "see what the sandbox web has changed"}, {Line: "bulkhead diff --size ./layer", Doc: "see what is kept in a layer"}},
	Run:      runDiff,
}

// diffing prints changes as they are found: there may be many.
type diffing struct {
	size, json bool
	out        *bufio.Writer
	count      int
	unread     []string
}

type onDiff = cli.On[diffing]

func runDiff(call *cli.Call) (int, error) {
	d := diffing{out: bufio.NewWriter(call.Out)}
	if err := call.Apply(&d); err != nil {
		return 2, err
	}
	compare, object := sandbox.Diff, call.Line.Words[0]
	if strings.Contains(object, "/") || object == "." || object == ".." {
		compare = sandbox.DiffDir
	}
	err := compare(object, d.tell)
	if err == nil {
		err = d.end(call)
	}
	return verbCode(call, meantDirectory(object, err))
}

// meantDirectory reminds of the slash that tells a directory from a name.
func meantDirectory(object string, err error) error {
	failed, ok := errors.AsType[*sandbox.Error](err)
	if info, statErr := os.Stat(object); ok && statErr == nil && info.IsDir() && !strings.Contains(object, "/") {
		failed.Hint += "; if you mean the directory: ./" + object
	}
	return err
}

func (d *diffing) tell(c sandbox.Change) error {
	d.count++
	if c.Unread != "" {
		d.unread = append(d.unread, c.Path+": "+c.Unread)
	}
	if d.json {
		return d.tellJSON(&c)
	}
	size := ""
	if d.size {
		size = "-"
		if c.Type == "file" {
			size = humanSize(c.Size)
		}
		size = strings.Repeat(" ", max(0, 9-len(size))) + size
	}
	_, err := d.out.WriteString(letter(c.Kind) + size + "  " + cli.OneLine(c.Path) + "\n")
	return err
}

func letter(kind sandbox.ChangeKind) string {
	switch kind {
	case sandbox.Added:
		return "A"
	case sandbox.Deleted:
		return "D"
	}
	return "C"
}

// tellJSON writes an element of an array, one a line.
func (d *diffing) tellJSON(c *sandbox.Change) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	before := ",\n  "
	if d.count == 1 {
		before = "[\n  "
	}
	_, err = d.out.WriteString(before + string(cli.PrintableJSON(text)))
	return err
}

// end finishes the list, and says what is not in it.
func (d *diffing) end(call *cli.Call) error {
	switch {
	case d.json && d.count == 0:
		d.out.WriteString("[]\n")
	case d.json:
		d.out.WriteString("\n]\n")
	}
	if err := d.out.Flush(); err != nil {
		return call.Unwritten(err)
	}
	if len(d.unread) == 0 {
		return nil
	}
	text := "cannot tell all that is in " + cli.OneLine(d.unread[0])
	if more := len(d.unread) - 1; more > 0 {
		text += ", and " + strconv.Itoa(more) + " directories more"
	}
	return &cli.Error{Text: text, Hint: "everything else is listed; --json names each, as unread"}
}
