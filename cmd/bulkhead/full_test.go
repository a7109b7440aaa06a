package main

import (
	"os"
	"strings"
	"testing"
)

// onFull runs bulkhead with a standard output that takes nothing.
func onFull(t *testing.T, args ...string) (code int, errs string) {
	t.Helper()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	var stderr strings.Builder
	cmd := bulkhead(args...)
	cmd.Stdout, cmd.Stderr = full, &stderr
	_ = cmd.Run() // the status says it
	return cmd.ProcessState.ExitCode(), stderr.String()
}

// TestFullOutputIsNoSuccess: what could not be printed must not look as if it had been.
func TestFullOutputIsNoSuccess(t *testing.T) {
	for line, want := range map[string]int{
		"help": 1, "help run": 1, "run --help": 1, "ps -h": 1, "--version": 1, "version": 1, "profile --help": 1,
		"tour --list": 1, "ps": 1, "ps --json": 1, "ps -a": 1, "tree": 1, "tree --json": 1, "stats --no-stream": 1, "top --no-stream": 1,
		"gc --dry-run": 1, "gc --dry-run --json": 1, "doctor": 1, "doctor --json": 1, "profile ls": 1, "profile show strict": 1,
		"completion bash": 1, "seccomp explain": 1, "seccomp explain --json strict": 1, "seccomp test default ptrace": 1, "plan --print-spec true": 125,
	} {
		code, errs := onFull(t, strings.Fields(line)...)
		if code != want || !strings.Contains(errs, "cannot write to standard output") || !strings.Contains(errs, "hint: ") {
			t.Errorf("%s: status %d, %s", line, code, errs)
		}
	}
}

// TestFullOutputOfSandboxes is the same for what needs one.
func TestFullOutputOfSandboxes(t *testing.T) {
	needSandbox(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"plan", "true"}, "cannot write to standard output"},
		{[]string{"plan", "-v", "true"}, "cannot write to standard output"},
		{[]string{"run", "-q", "-t", "sh", "-c", "trap '' HUP; echo lost; sleep 0.2"}, "write stdout: no space left on device"},
		{[]string{"run", "-q", "--output", "1M", "echo", "lost"}, "stdout: no space left on device"},
	} {
		code, errs := onFull(t, c.args...)
		if code != 125 || !strings.Contains(errs, c.want) || !strings.Contains(errs, "hint: ") {
			t.Errorf("%q: status %d, %s", c.args, code, errs)
		}
	}
}
