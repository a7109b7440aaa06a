package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

var logsCommand = cli.Command{
	Name:    "logs",
	Summary: "show what a detached sandbox has printed",
	Forms:   []string{"[OPTIONS] NAME"},
	Long: "What the program wrote to its standard output and error comes on those of this command, byte for byte; " +
		"on a terminal, what could command it is shown as escapes, such as \\x1b. " +
		"The newest 30 MiB are kept, until the name is used again or `bulkhead gc` runs.",
	Groups: []cli.Group{
		{Title: "What to show", Flags: []cli.Flag{
			{Short: "f", Long: "follow", Common: true, Set: onLogs(func(o *logOptions, _ string) error { o.Follow = true; return nil }),
				Doc: "go on until the sandbox has ended"},
			{Short: "n", Long: "tail", Arg: "N", Common: true, Default: "all lines", Set: onLogs((*logOptions).setTail),
				Doc: "begin with the last N lines"},
			{Long: "since", Arg: "WHEN", Common: true, Set: onLogs((*logOptions).setSince),
				Doc: "leave out lines that began before", More: "A duration counts back from now."},
		}},
		{Title: "How to print it", Flags: []cli.Flag{
			{Long: "timestamps", Common: true, Set: onLogs(func(o *logOptions, _ string) error { o.Timestamps = true; return nil }),
				Doc: "put the time before each line"},
			{Long: "raw", Set: onLogs(func(o *logOptions, _ string) error { o.raw = true; return nil }),
				Doc: "hand every byte to a terminal, too", More: "Colours come back with it; a program can then also change the terminal, and what it shows."},
		}},
	},
	Args: []cli.Arg{{Name: "NAME", Doc: "the sandbox, as ps -a shows it", Complete: cli.CompleteSandbox}},
	Foreign: []cli.Foreign{
		{Name: "-t", Use: "--timestamps"},
	},
	Exit:     verbExit,
	Examples: []cli.Example{{Line: "bulkhead logs --tail 20 -f web", Doc: "see the last lines and all that follow"}},
	Run:      runLogs,
}

type logOptions struct {
	sandbox.LogOptions
	raw bool
}

type onLogs = cli.On[logOptions]

func (o *logOptions) setTail(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return refuse("not a number of lines", "write a whole number, as in --tail 20")
	}
	if o.Tail = n; n == 0 {
		o.Tail = sandbox.NoTail
	}
	return nil
}

func (o *logOptions) setSince(value string) error {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		o.Since = at
		return nil
	}
	var back spec.Duration
	if err := back.UnmarshalText([]byte(value)); err != nil || back < 0 {
		return refuse("neither a duration nor a time", "write how long ago, as in 10m, or a time, as in 2006-01-02T15:04:05Z")
	}
	o.Since = time.Now().Add(-back.Std())
	return nil
}

func runLogs(call *cli.Call) (int, error) {
	var o logOptions
	if err := call.Apply(&o); err != nil {
		return 2, err
	}
	ctx := context.Background()
	if o.Follow {
		var stop func()
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
	}
	stdout, stderr := o.writer(call.Out), o.writer(call.Err)
	err := sandbox.Logs(ctx, call.Line.Words[0], o.LogOptions, stdout, stderr)
	return verbCode(call, errors.Join(err, stdout.Close(), stderr.Close()))
}

// writer is where one stream of the log goes.
func (o *logOptions) writer(f *os.File) io.WriteCloser {
	if !o.raw && sandbox.IsTerminal(f) {
		return sandbox.Sanitized(f)
	}
	return openWriter{f}
}

// openWriter stays open.
type openWriter struct{ io.Writer }

func (openWriter) Close() error { return nil }
