package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// exits STATUS PROGRAM [ARG...] runs a program, as exec does, that must exit with this very status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := statusOf(ts, args[1:]); got != want {
		ts.Fatalf("it exited with %d, not %d", got, want)
	}
}

func statusOf(ts *testscript.TestScript, words []string) int {
	err := ts.Exec(words[0], words[1:]...)
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		return ended.ExitCode()
	}
	ts.Check(err)
	return 0
}

// repeat N STATUS PROGRAM [ARG...] is exits N times; each time the program must print the same.
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: repeat N STATUS PROGRAM [ARG...]")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var first [2]string
	for i := range n {
		exits(ts, false, args[1:])
		now := [2]string{ts.ReadFile("stdout"), ts.ReadFile("stderr")}
		if i == 0 {
			first = now
		}
		if now != first {
			ts.Fatalf("time %d: it printed %q, and %q the first time", i+1, now, first)
		}
	}
}

// await REGEXP PROGRAM [ARG...] runs a program again and again until it prints what is awaited.
func await(ts *testscript.TestScript, neg bool, args []string) {
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		text, err := outputOf(ts, args[1:])
		if re.MatchString(text) != neg {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%q never came: %v\n%s", args[0], err, text)
		}
	}
}

// outputOf runs a program without a word in the log.
func outputOf(ts *testscript.TestScript, words []string) (string, error) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "XDG_RUNTIME_DIR="+ts.Getenv("XDG_RUNTIME_DIR"))
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// size FILE BYTES says how large a file must be.
func size(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if (info.Size() == want) == neg {
		ts.Fatalf("%s has %d bytes", args[0], info.Size())
	}
}

// binds FILE COUNT BYTES writes a Spec with many mounts, padded to a size.
func binds(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	bytesWanted, err := strconv.Atoi(args[2])
	ts.Check(err)
	var b bytes.Buffer
	b.WriteString(`{"command": ["true"], "env": {"PAD": "`)
	b.Write(bytes.Repeat([]byte("x"), bytesWanted))
	b.WriteString(`"}, "mounts": [`)
	for i := range count {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"type": "bind", "source": "/etc/hostname", "target": "/tmp/many/%d"}`, i)
	}
	b.WriteString("]}\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}
