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

// runJobs reports the facts and runs every job.
func runJobs() error {
	plan, err := guest.ReadPlan()
	if err != nil {
		return err
	}
	facts, err := readFacts()
	if err != nil {
		return err
	}
	report(guest.Line{Facts: &facts})
	if plan.Users {
		if err := startUserManager(); err != nil {
			return err
		}
	}
	for i, job := range plan.Jobs {
		fmt.Printf("=== %s\n", job.Name)
		begin := time.Now()
		exit, err := runJob(i, job)
		if err != nil {
			return fmt.Errorf("job %s: %w", job.Name, err)
		}
		report(guest.Line{Ended: &guest.Ended{Job: i, Exit: exit, Seconds: time.Since(begin).Seconds()}})
	}
	done := "all jobs ran"
	report(guest.Line{Done: &done})
	return nil
}

// readFacts asks the kernel what it is.
func readFacts() (guest.Facts, error) {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return guest.Facts{}, err
	}
	controllers, err := os.ReadFile(cgroups + "/cgroup.controllers")
	if err != nil {
		return guest.Facts{}, err
	}
	return guest.Facts{Kernel: strings.TrimSpace(string(release)), Controllers: strings.Fields(string(controllers)), Landlock: landlockABI()}, nil
}

// landlockABI is what landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) returns, 0 without Landlock.
func landlockABI() int {
	const landlockCreateRuleset = 444
	abi, _, errno := syscall.Syscall(landlockCreateRuleset, 0, 0, 1)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// runJob runs one job and returns its exit status.
func runJob(number int, job guest.Job) (int, error) {
	p, known := places[job.Place]
	if !known {
		return 0, errors.New("unknown place " + job.Place)
	}
	dir, attr, err := p.enter(number)
	if err != nil {
		return 0, err
	}
	defer syscall.Close(attr.CgroupFD)
	if p.beside {
		if _, err := spawn(attr, p, "/init", "sleep"); err != nil {
			return 0, err
		}
	}
	argv := job.Argv
	if p.inside {
		argv = append([]string{"/init", "contain"}, argv...)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = job.Dir, append(p.env(), job.Env...), attr
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return 0, err
	}
	exit := status(cmd.ProcessState)
	if left := leftovers(); len(left) > 0 {
		fmt.Println("FAIL: cgroups are left over:", strings.Join(left, " "))
		exit = max(exit, 1)
	}
	if dir != "" {
		err = set(dir, "cgroup.kill", "1")
	} else {
		err = nil
	}
	return exit, err
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
