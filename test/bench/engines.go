package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// engines are the OCI runtimes and podman, each in a mount namespace where what they leave behind goes away with it.
func engines(b *bench) []subject {
	return []subject{
		// crun refuses a machine with both versions of cgroups, unless version 2 is out of sight.
		b.runtime("crun", place{Cover: []string{"/sys/fs/cgroup/unified", "/run"}}),
		b.runtime("runc", place{Cover: []string{"/run"}}),
		b.podman(),
	}
}

func (b *bench) runtime(name string, where place) subject {
	bundle := filepath.Join(b.dir, name)
	err := makeBundle(name, bundle)
	there, number := b.elsewhere(where), 0
	return subject{name: name + " run", peer: true, run: func() (float64, error) {
		if err != nil {
			return 0, err
		}
		number++
		return there(order{Argv: []string{name, "--root", bundle + "/state", "run", "--bundle", bundle, fmt.Sprint("bench-", number)}})
	}}
}

func (b *bench) podman() subject {
	rootfs := filepath.Join(b.dir, "podman")
	err := makeRootfs(rootfs)
	b.atEnd(leftGroups())
	there := b.elsewhere(place{Cover: []string{"/run", "/dev/shm", "/var/lib/containers", "/var/lib/cni"}})
	return subject{name: "podman run", peer: true, run: func() (float64, error) {
		if err != nil {
			return 0, err
		}
		// As for the others: no network but loopback, no log. Its default limits are above what root has without CAP_SYS_RESOURCE.
		return there(order{Argv: []string{"podman", "--cgroup-manager=cgroupfs", "--events-backend=none", "--runtime=runc", "run", "--rm",
			"--network=none", "--log-driver=none", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--volume=/usr:/usr:ro", "--rootfs", rootfs, program}})
	}}
}

// leftGroups returns what removes the cgroups that podman makes for all its containers, and leaves. Those that are there now stay.
func leftGroups() func() {
	const pattern = "/sys/fs/cgroup/*/libpod_parent"
	before, _ := filepath.Glob(pattern) // the pattern is right
	return func() {
		after, _ := filepath.Glob(pattern)
		for _, group := range after {
			if !slices.Contains(before, group) {
				os.Remove(filepath.Join(group, "conmon"))
				os.Remove(group)
			}
		}
	}
}

// makeBundle lets the runtime write its own configuration, and puts the host's programs in.
func makeBundle(runtime, bundle string) error {
	if err := makeRootfs(filepath.Join(bundle, "rootfs")); err != nil {
		return err
	}
	args := []string{"spec"}
	if !root() {
		args = append(args, "--rootless")
	}
	spec := exec.Command(runtime, args...)
	spec.Dir = bundle
	if out, err := spec.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w %s", spec, err, out)
	}
	return editConfig(filepath.Join(bundle, "config.json"))
}

func makeRootfs(dir string) error {
	for _, d := range []string{"usr", "etc", "proc", "dev", "sys", "tmp", "run"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for _, link := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+link, filepath.Join(dir, link)); err != nil {
			return err
		}
	}
	return nil
}

func editConfig(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return err
	}
	process, _ := config["process"].(map[string]any)
	mounts, _ := config["mounts"].([]any)
	if process == nil || mounts == nil {
		return fmt.Errorf("%s has no process or no mounts", file)
	}
	process["terminal"], process["args"] = false, []string{program}
	config["mounts"] = append(mounts, map[string]any{
		"destination": "/usr", "source": "/usr", "type": "bind", "options": []string{"rbind", "ro"},
	})
	if text, err = json.Marshal(config); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
