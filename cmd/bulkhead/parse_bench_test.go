package main

import (
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli"
)

// BenchmarkParseRun is what reading a command line of some length costs.
func BenchmarkParseRun(b *testing.B) {
	words := []string{"run", "--memory", "64M", "--pids=16", "--bind", "/srv/a:/a:rw,noexec", "--tmpfs", "/t:size=1M", "-e", "A=B", "-w", "/a", "--wall", "10s", "--", "sh", "-c", "true"}
	from := testCaller(nil)
	b.ReportAllocs()
	for b.Loop() {
		command, rest := program.Find(words)
		call := &cli.Call{Program: &program, Command: command}
		var err error
		if call.Line, err = cli.Parse(&program, command, rest); err != nil {
			b.Fatal(err)
		}
		if _, _, err = parseRun(call, from); err != nil {
			b.Fatal(err)
		}
	}
}
