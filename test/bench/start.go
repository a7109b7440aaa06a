package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"
)

// program is what every subject starts: it does nothing, so that only the start is measured.
const program = "/bin/true"

// The names by which rows are compared.
const (
	plain    = "plain spawn (os/exec)"
	emptyGo  = "empty Go program"
	bwrap    = "bwrap --unshare-all"
	bwrapAs  = "bwrap, the same mounts"
	command  = "bulkhead run"
	cold     = "library, cold"
	coldPID1 = "library, cold, as pid 1"
)

var startSection = section{
	name: "start", title: "Start", measure: measureStart,
	how: "Each starts `" + program + "` and waits for its end, from one resident process. bwrap has two rows: as it is mostly called " +
		"(/usr and /etc shown, private /proc, /dev, /tmp and /home), and with exactly the mounts that bulkhead makes by default; it sets " +
		"no limits and no filter. crun and runc run the bundle that their own `spec` command writes, with the host's /usr in it; podman the same directory. " +
		"The library's rows have everything on: all namespaces, mounts, limits, filter, no capability; so have " +
		"the Pool's: template makes nothing ready before a job comes, warm has a kept sandbox ready, made so while the other rows ran.",
}

func measureStart(b *bench) ([]*table, error) {
	subjects := slices.Concat(baselines(b), ours(b), pooled(b), peers(), engines(b))
	if b.parts {
		subjects = append(subjects, withoutEach()...)
	}
	rows, absent, err := b.pace(pace{rounds: 120, warmups: 2, limit: 100 * time.Second}).measure(subjects)
	if err != nil {
		return nil, err
	}
	return []*table{{
		Name: "start", Title: "Start of " + program, Unit: inSeconds, Rows: rows, Absent: absent,
		Bases:   []base{always("plain spawn", plain), always("bwrap", bwrap), always("bwrap, same mounts", bwrapAs)},
		Budgets: slices.Concat(startBudgets, poolBudgets),
	}}, nil
}

var startBudgets = []budget{
	{Row: cold, Base: "plain spawn", Most: 1.9},
	{Row: coldPID1, Base: "plain spawn", Most: 1.5},
	{Row: command, Base: "bwrap", Most: 1},
	{Row: command, Base: "bwrap, same mounts", Most: 1},
}

func baselines(b *bench) []subject {
	return []subject{
		{name: plain, run: timed(spawn(program)), peer: true},
		{name: emptyGo, run: timed(spawn(b.empty)), peer: true},
	}
}

func ours(b *bench) []subject {
	return []subject{
		{name: command, run: timed(spawn(b.binary, "run", "--", program))},
		{name: cold, run: timed(library(everything))},
		{name: coldPID1, run: timed(library(asPID1))},
	}
}

// spawn starts a command with /dev/null as its standard input, and waits for its end.
func spawn(argv ...string) func() error {
	path, missing := exec.LookPath(argv[0])
	return func() error {
		if missing != nil {
			return missing
		}
		out, err := exec.Command(path, argv[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", argv[0], err, out)
		}
		return nil
	}
}

func root() bool { return os.Getuid() == 0 }
