package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// userID is the user and group of the unprivileged places.
const userID = 1000

const cgroups = "/sys/fs/cgroup"

// place is a situation that a job can be started in.
type place struct {
	dir    string // below the cgroup root; %d is the job's number
	uid    int
	beside bool   // another process lives in the same cgroup
	limit  string // memory.max
	inside bool   // in a cgroup namespace, with the cgroup tree mounted from there
}

var places = map[string]place{
	"root":      {dir: "user.slice/user-0.slice/session-%d.scope", beside: true},
	"top":       {dir: ""},
	"service":   {dir: "system.slice/test-%d.service", limit: "700M"},
	"container": {dir: "system.slice/container-%d.scope", limit: "700M", inside: true},
	"user":      {dir: userService + "/app.slice/test-%d.scope", uid: userID, beside: true},
	"login":     {dir: "user.slice/user-1000.slice/session-%d.scope", uid: userID, beside: true},
}

// userService is the cgroup that a user's manager gets from the system's, with everything in it.
const userService = "user.slice/user-1000.slice/user@1000.service"

// delegate makes the cgroup tree that systemd makes: all processes in leaves,
// all controllers handed down, the user's service owned by the user.
func delegate() error {
	for _, dir := range []string{"init.scope", "user.slice/user-0.slice", "system.slice", userService + "/app.slice", userService + "/init.scope"} {
		if err := os.MkdirAll(filepath.Join(cgroups, dir), 0o755); err != nil {
			return err
		}
	}
	if err := set("init.scope", "cgroup.procs", "0"); err != nil {
		return err
	}
	for _, dir := range []string{"", "system.slice", "user.slice", "user.slice/user-0.slice", "user.slice/user-1000.slice", userService, userService + "/app.slice"} {
		if err := set(dir, "cgroup.subtree_control", "+cpu +cpuset +io +memory +pids"); err != nil {
			return err
		}
	}
	for _, dir := range []string{userService, userService + "/app.slice", userService + "/init.scope"} {
		if err := give(dir); err != nil {
			return err
		}
	}
	return nil
}

// give makes a cgroup the user's, as systemd does for Delegate=yes: the directory and the three files for moving and handing down.
func give(dir string) error {
	for _, file := range []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"} {
		if err := os.Chown(filepath.Join(cgroups, dir, file), userID, userID); err != nil {
			return err
		}
	}
	return nil
}

func set(dir, file, value string) error {
	if err := os.WriteFile(filepath.Join(cgroups, dir, file), []byte(value), 0o644); err != nil {
		return fmt.Errorf("write %q: %w", value, err)
	}
	return nil
}

// enter makes the place for a job and returns how to start a process there.
func (p place) enter(job int) (dir string, attr *syscall.SysProcAttr, err error) {
	dir = p.dir
	if dir != "" {
		dir = strings.ReplaceAll(dir, "%d", strconv.Itoa(job))
		if err := os.MkdirAll(filepath.Join(cgroups, dir), 0o755); err != nil {
			return "", nil, err
		}
	}
	if p.uid == userID && p.dir == places["user"].dir {
		err = give(dir)
	}
	if err == nil && p.limit != "" {
		err = set(dir, "memory.max", p.limit)
	}
	if err != nil {
		return "", nil, err
	}
	fd, err := syscall.Open(filepath.Join(cgroups, dir), syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	id := uint32(p.uid)
	attr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd, Setsid: true, Credential: &syscall.Credential{Uid: id, Gid: id}}
	if p.inside {
		attr.Cloneflags = syscall.CLONE_NEWCGROUP | syscall.CLONE_NEWNS
	}
	return dir, attr, nil
}

// env of a process in this place.
func (p place) env() []string {
	env := []string{"PATH=/usr/bin:/usr/sbin", "TERM=dumb", "LANG=C.UTF-8"}
	if p.uid == 0 {
		return append(env, "HOME=/root", "USER=root")
	}
	return append(env, "HOME=/home/user", "USER=user", "XDG_RUNTIME_DIR=/run/user/"+strconv.Itoa(p.uid))
}

// contain mounts the cgroup tree as a container sees it, and becomes the program.
func contain(argv []string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := syscall.Unmount(cgroups, syscall.MNT_DETACH); err != nil {
		return err
	}
	if err := mountAll([]mount{{"cgroup2", cgroups, syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""}}); err != nil {
		return err
	}
	return syscall.Exec(argv[0], argv, os.Environ())
}
