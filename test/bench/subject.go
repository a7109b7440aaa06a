package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// program is what every subject starts: it does nothing, so that only the start is measured.
const program = "/bin/true"

// The names by which subjects are compared.
const (
	plain    = "plain spawn (os/exec)"
	emptyGo  = "empty Go program"
	bwrap    = "bwrap --unshare-all"
	bwrapAs  = "bwrap, the same mounts"
	unshare  = "unshare -pfmniuC"
	command  = "bulkhead run"
	cold     = "library, cold"
	coldPID1 = "library, cold, as pid 1"
)

// subject is one way to start the program and wait for its end.
type subject struct {
	name string
	run  func() error
}

// subjects lists what this machine can measure, and why the rest is missing.
func subjects(bulkhead, empty string) (found []subject, missing []string) {
	add := func(name string, argv ...string) {
		path, err := exec.LookPath(argv[0])
		if err != nil {
			missing = append(missing, fmt.Sprintf("%s: %v", name, err))
			return
		}
		found = append(found, subject{name, spawn(path, argv[1:])})
	}
	add(plain, program)
	add(emptyGo, empty)
	add(unshare, unshareArgs()...)
	add(bwrap, bwrapArgs()...)
	add(bwrapAs, sameMounts()...)
	add(command, bulkhead, "run", "--", program)
	found = append(found, subject{cold, library(everything)}, subject{coldPID1, library(asPID1)})
	return found, missing
}

// spawn starts a command with /dev/null as its three standard files.
func spawn(path string, args []string) func() error {
	return func() error {
		cmd := exec.Command(path, args...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd, err, out)
		}
		return nil
	}
}

func unshareArgs() []string {
	args := []string{"unshare", "-pfmniuC", "--mount-proc"}
	if os.Getuid() != 0 {
		args = append(args, "--user", "--map-root-user")
	}
	return append(args, program)
}

// bwrapArgs is how bwrap is mostly called: the system's programs, all of /etc,
// fresh /proc and /dev, and private /tmp and /home. It sets no limit and no
// filter, for it has none.
func bwrapArgs() []string {
	args := []string{"bwrap", "--unshare-all", "--clearenv", "--ro-bind", "/usr", "/usr", "--ro-bind", "/etc", "/etc"}
	for _, dir := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64"} {
		args = append(args, show(dir)...)
	}
	args = append(args, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home")
	return append(args, "--", program)
}

// sameMounts asks for exactly what bulkhead shows by default, which of /etc is
// no more than programs need.
func sameMounts() []string {
	args := []string{"bwrap", "--unshare-all", "--clearenv", "--hostname", "bulkhead"}
	for _, e := range host.Facts().Entries {
		if e.Kind == plan.EntryLink {
			args = append(args, "--symlink", e.Link, e.Path)
		} else {
			args = append(args, "--ro-bind", e.Path, e.Path)
		}
	}
	for _, file := range []string{"passwd", "group", "nsswitch.conf", "hosts", "hostname"} {
		args = append(args, "--ro-bind-try", "/etc/"+file, "/etc/"+file)
	}
	args = append(args, "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/home/user", "--dir", "/run")
	return append(args, "--remount-ro", "/", "--", program)
}

// show repeats a directory of the root as it is on this host: a link on merged-/usr systems, a directory on others.
func show(dir string) []string {
	if target, err := os.Readlink(dir); err == nil {
		return []string{"--symlink", target, dir}
	}
	if _, err := os.Stat(filepath.Clean(dir)); err != nil {
		return nil
	}
	return []string{"--ro-bind", dir, dir}
}
