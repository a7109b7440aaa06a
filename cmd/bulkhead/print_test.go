package main

import (
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
)

func TestColumns(t *testing.T) {
	got := columns([][]string{{"NAME", "COMMAND"}, {"ünï", "a\x1b[31mb\nc"}, {"longer-name", "x"}})
	want := "NAME         COMMAND\nünï          a\\x1b[31mb\\nc\nlonger-name  x\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		humanSize(0): "0B", humanSize(1023): "1023B", humanSize(1<<20 - 1): "1.0M", humanSize(1<<60 - 1): "1.0E", humanSize(1024): "1.0K", humanSize(3 << 29): "1.5G", humanSize(-1): "unlimited", humanSize(1<<63 - 1): "unlimited",
		seconds(0.01): "10.0 ms", seconds(2): "2.00 s", count(-1): "unlimited", count(7): "7",
		ago(59 * time.Second): "59s", ago(61 * time.Second): "1m", ago(3 * time.Hour): "3h", ago(72 * time.Hour): "3d",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCommandLineQuotesWhatNeedsIt(t *testing.T) {
	if got, want := commandLine([]string{"sh", "-c", "echo $x", "", "plain"}), `sh -c "echo $x" "" plain`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCollectedText(t *testing.T) {
	found := sandbox.Collected{Groups: []string{"bulkhead-1-a"}, Records: []string{"web"}}
	if got, want := collectedText(found, false), "removed cgroup bulkhead-1-a\nremoved the record of web\n"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := collectedText(found, true), "would remove cgroup bulkhead-1-a\nwould remove the record of web\n"; got != want {
		t.Errorf("got %s", got)
	}
	if got, want := collectedText(sandbox.Collected{}, true), "nothing is left over\n"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestExecWords(t *testing.T) {
	for want, words := range map[string][]string{"ls -l": {"--", "ls", "-l"}, "ls --": {"ls", "--"}, "--": {"--"}} {
		if got := commandLine(execWords(words)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
