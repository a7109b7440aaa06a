package main

import (
	"os"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/plan"
)

// peers are the tools that build a sandbox by themselves.
func peers() []subject {
	peer := func(name string, argv ...string) subject {
		return subject{name: name, run: timed(spawn(argv...)), peer: true}
	}
	return []subject{
		peer("unshare -pfmniuC", unshareArgs()...),
		peer(bwrap, bwrapArgs()...),
		peer(bwrapAs, sameMounts()...),
		peer("firejail --noprofile --net=none", "firejail", "--quiet", "--noprofile", "--net=none", "--", program),
		peer("firejail, its default profile", "firejail", "--quiet", "--", program),
	}
}

func unshareArgs() []string {
	args := []string{"unshare", "-pfmniuC", "--mount-proc"}
	if !root() {
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
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	return []string{"--ro-bind", dir, dir}
}
