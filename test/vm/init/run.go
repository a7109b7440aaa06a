package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// runJobs reports the facts and runs every job, if they are the expected ones.
func runJobs() error {
	plan, err := guest.ReadPlan()
	if err != nil {
		return err
	}
	facts, err := readFacts()
	if err != nil {
		return err
	}
	report(guest.Line{Facts: facts})
	fmt.Println("facts:", facts)
	if err := plan.Expect.Differs(facts); err != nil {
		return err
	}
	if plan.Users {
		if err := startUserManager(); err != nil {
			return err
		}
	}
	for i, job := range plan.Jobs {
		fmt.Printf("=== %s, %s\n", job.Name, job.Place)
		begin := time.Now()
		ended, err := runJob(i, job, plan.Verbose)
		if err != nil {
			return fmt.Errorf("job %s: %w", job.Name, err)
		}
		ended.Job, ended.Seconds = i, time.Since(begin).Seconds()
		fmt.Printf("=== exit %d, %d passed, %d failed, %d skipped, %.1f s\n", ended.Exit, ended.Count.Passed, ended.Count.Failed, ended.Count.Skipped, ended.Seconds)
		report(guest.Line{Ended: &ended})
	}
	done := "all jobs ran"
	report(guest.Line{Done: &done})
	return nil
}

// runJob runs one job and returns its exit status and the count of its tests.
func runJob(number int, job guest.Job, verbose bool) (guest.Ended, error) {
	p, known := places[job.Place]
	if !known {
		return guest.Ended{}, errors.New("unknown place " + job.Place)
	}
	dir, attr, err := p.enter(number)
	if err != nil {
		return guest.Ended{}, err
	}
	defer syscall.Close(attr.CgroupFD)
	if p.beside {
		if _, err := spawn(attr, p, "/init", "sleep"); err != nil {
			return guest.Ended{}, err
		}
	}
	tests := guest.NewTests(os.Stdout, verbose || !job.Tests)
	exit, err := p.run(attr, job, tests)
	if err != nil {
		return guest.Ended{}, err
	}
	if left := leftovers(); len(left) > 0 {
		fmt.Println("FAIL: cgroups are left over:", strings.Join(left, " "))
		exit = max(exit, 1)
	}
	if job.Tests && tests.Count == (guest.Count{}) {
		fmt.Println("FAIL: no test ran")
		exit = max(exit, 1)
	}
	return guest.Ended{Exit: exit, Count: tests.Count}, endAll(dir)
}

// run runs a job's program to its end.
func (p place) run(attr *syscall.SysProcAttr, job guest.Job, tests *guest.Tests) (exit int, err error) {
	argv := job.Argv
	if p.inside {
		argv = append([]string{"/init", "contain"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = job.Dir, append(p.env(), job.Env...), attr
	cmd.Stdout, cmd.Stderr = tests, tests
	cmd.WaitDelay = 5 * time.Second // for what it left behind with its output open
	err = cmd.Run()
	if closeErr := tests.Close(); closeErr != nil {
		return 0, closeErr
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		fmt.Println("FAIL: a process is left over that holds the output")
		return 1, nil
	}
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return 0, err
	}
	return status(cmd.ProcessState), nil
}

// endAll ends everything in a job's cgroup.
//
// FACT — since 5.14 (cgroup-v2.rst, "cgroup.kill") — older kernels have no such file — what is left there lives on until the machine is off.
func endAll(dir string) error {
	if dir == "" || !has(filepath.Join(cgroups, dir, "cgroup.kill")) {
		return nil
	}
	return set(dir, "cgroup.kill", "1")
}

// spawn starts a program in a place and does not wait for it; process 1 reaps it.
func spawn(attr *syscall.SysProcAttr, p place, argv ...string) (*os.Process, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", p.env(), attr
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Start()
	return cmd.Process, err
}

func status(s *os.ProcessState) int {
	if w := s.Sys().(syscall.WaitStatus); w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}

// leftovers is the groups of sandboxes that exist although nothing should run any more.
func leftovers() []string {
	var left []string
	filepath.WalkDir(cgroups, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), "bulkhead-") && !strings.HasSuffix(d.Name(), ".scope") {
			left = append(left, p)
		}
		return nil
	})
	return left
}

// startUserManager starts systemd as the user's service manager and waits until it can be asked.
func startUserManager() error {
	// It refuses to run unless this directory says that systemd booted the machine; sd_booted(3).
	if err := os.MkdirAll("/run/systemd/system", 0o755); err != nil {
		return err
	}
	p := place{dir: userService + "/init.scope", uid: userID}
	_, attr, err := p.enter(0)
	if err != nil {
		return err
	}
	defer syscall.Close(attr.CgroupFD)
	manager, err := spawn(attr, p, "/usr/lib/systemd/systemd", "--user", "--log-target=console", "--log-level=warning")
	if err != nil {
		return fmt.Errorf("start systemd --user: %w", err)
	}
	ended := make(chan string, 1)
	go func() {
		state, err := manager.Wait()
		ended <- fmt.Sprint(state, err)
	}()
	const socket = "/run/user/1000/systemd/private"
	late := time.After(time.Minute)
	for {
		if _, err := os.Stat(socket); err == nil {
			return nil
		}
		select {
		case how := <-ended:
			return errors.New("systemd --user ended: " + how)
		case <-late:
			return errors.New("systemd --user did not open " + socket + " within a minute")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
