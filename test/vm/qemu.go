package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// boot runs the machine and returns how many jobs failed in it.
func boot(o options, k kernel, im *image, plan guest.Plan) (int, error) {
	work, err := os.MkdirTemp("", "bulkhead-vm-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	initrd, report := filepath.Join(work, "initrd"), filepath.Join(work, "report")
	data, err := im.bytes()
	if err == nil {
		err = os.WriteFile(initrd, data, 0o644)
	}
	if err != nil {
		return 0, err
	}
	fmt.Printf("vm: booting %s by %s, image %d MiB\n", k.release, o.accel, len(data)>>20)
	begin := time.Now()
	console, err := emulate(o, arguments(o, k, initrd, report))
	if err != nil {
		return 0, err
	}
	failed, err := judge(plan, report)
	if err != nil {
		return 0, fmt.Errorf("%w\nthe console's last lines:\n%s", err, console)
	}
	fmt.Printf("vm: %s took %.1f s, %d of %d jobs failed\n", k.release, time.Since(begin).Seconds(), failed, len(plan.Jobs))
	return failed, nil
}

// arguments of the emulator. The first serial port is the console, the second carries the report.
//
// FACT — QEMU 7.2 emulates cmpxchg16b with wrong flags now and then (seen: double fault of 6.12 in kmem_cache_alloc) —
// the machine's processor has no cx16, and the kernel takes its other path — no harm on versions that do it right.
func arguments(o options, k kernel, initrd, report string) []string {
	say := "quiet"
	if o.verbose {
		say = "loglevel=4"
	}
	return []string{"-accel", o.accel, "-cpu", "max,-cx16", "-smp", "2", "-m", strconv.Itoa(o.memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-serial", "stdio", "-serial", "file:" + report,
		"-kernel", k.image(), "-initrd", initrd,
		"-append", "console=ttyS0 panic=-1 psi=1 rdinit=/init " + say}
}

// emulate runs the machine until it is off, passes its console on, and returns the last of it.
func emulate(o options, args []string) (string, error) {
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
		fmt.Println(line)
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

// judge reads the report and counts the failed jobs. A machine that is not the expected one, or did not finish, is an error.
func judge(plan guest.Plan, report string) (failed int, err error) {
	f, err := os.Open(report)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return verdict(plan, f)
}

func verdict(plan guest.Plan, report io.Reader) (failed int, err error) {
	var done, known bool
	ended := 0
	for _, line := range guest.ReadReport(report) {
		switch {
		case line.Fail != "":
			return 0, errors.New("the machine could not be set up: " + line.Fail)
		case line.Facts != nil:
			fmt.Printf("vm: kernel %s, cgroup2 %s, Landlock ABI %d\n", line.Facts.Kernel, strings.Join(line.Facts.Controllers, " "), line.Facts.Landlock)
			if err := plan.Expect.Differs(*line.Facts); err != nil {
				return 0, err
			}
			known = true
		case line.Ended != nil:
			ended++
			if line.Ended.Exit != 0 {
				failed++
			}
			fmt.Printf("vm: %s: exit %d after %.1f s\n", plan.Jobs[line.Ended.Job].Name, line.Ended.Exit, line.Ended.Seconds)
		case line.Done != nil:
			done = true
		}
	}
	if !done || !known || ended != len(plan.Jobs) {
		return 0, fmt.Errorf("the machine went off before it was done: %d of %d jobs ended", ended, len(plan.Jobs))
	}
	return failed, nil
}
