package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// boot runs the machine and returns what became of its jobs.
func boot(o options, m machine, k kernel, im *image, plan guest.Plan) ([]result, error) {
	work, err := os.MkdirTemp("", "bulkhead-vm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	initrd, report := filepath.Join(work, "initrd"), filepath.Join(work, "report")
	data, err := im.bytes()
	if err == nil {
		err = os.WriteFile(initrd, data, 0o644)
	}
	if err != nil {
		return nil, err
	}
	say(m.name, fmt.Sprintf("booting %s by %s, image %d MiB, %d jobs", k.release, o.accel, len(data)>>20, len(plan.Jobs)))
	begin := time.Now()
	console, err := emulate(o, m.name, arguments(o, m, k, initrd, report))
	if err != nil {
		return nil, err
	}
	results, err := judge(m, plan, report)
	if err != nil {
		return results, fmt.Errorf("%w\nthe console's last lines:\n%s", err, console)
	}
	say(m.name, fmt.Sprintf("off after %.0f s", time.Since(begin).Seconds()))
	return results, nil
}

// arguments of the emulator. The first serial port is the console, the second carries the report.
//
// FACT — QEMU 7.2 emulates cmpxchg16b with wrong flags now and then (seen: double fault of 6.12 in kmem_cache_alloc) —
// the machine's processor has no cx16, and the kernel takes its other path — no harm on versions that do it right.
//
// FACT — QEMU 7.2 with a thread for each processor executes code that the other one is changing, half old and half new
// (seen: int3 of 6.12 in sched_clock_cpu) — one thread runs both in turn (-accel), which costs a third less besides — no harm where they are exact.
func arguments(o options, m machine, k kernel, initrd, report string) []string {
	level := "quiet"
	if o.verbose {
		level = "loglevel=4"
	}
	return []string{"-accel", o.accel, "-cpu", "max,-cx16", "-smp", "2", "-m", strconv.Itoa(o.memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-serial", "stdio", "-serial", "file:" + report,
		"-kernel", k.image(), "-initrd", initrd,
		"-append", "console=ttyS0 panic=-1 psi=1 rdinit=/init " + level + " " + m.boot}
}

// emulate runs the machine until it is off, passes its console on, and returns the last of it.
func emulate(o options, name string, args []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, emulator, args...)
	var tail lastLines
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	cmd.Stderr = &tail
	if err := cmd.Start(); err != nil {
		return "", err
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		line := strings.TrimRight(s.Text(), "\r")
		say(name, line)
		fmt.Fprintln(&tail, line)
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return "", fmt.Errorf("the machine was not done after %s; its console's last lines:\n%s", o.timeout, tail)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", emulator, err, tail)
	}
	return string(tail), nil
}

// lastLines keeps the last few KiB written to it.
type lastLines []byte

func (l *lastLines) Write(p []byte) (int, error) {
	const keep = 4096
	*l = append(*l, p...)
	if over := len(*l) - keep; over > 0 {
		*l = (*l)[over:]
	}
	return len(p), nil
}

// judge reads the report that a machine has left.
func judge(m machine, plan guest.Plan, report string) ([]result, error) {
	f, err := os.Open(report)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return verdict(m, plan, f)
}
