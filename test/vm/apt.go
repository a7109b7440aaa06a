package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// emulator is the program that runs the machine, and the package that has it.
const (
	emulator        = "qemu-system-x86_64"
	emulatorPackage = "qemu-system-x86"
)

// requireTools says what is missing on this host, or installs it.
func requireTools(install bool) error {
	for _, tool := range []string{"apt-get", "apt-cache", "dpkg-deb", "xz"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("find %s: %w: the kernels come from a Debian archive, so this needs Debian or a relative", tool, err)
		}
	}
	if _, err := exec.LookPath(emulator); err == nil {
		return nil
	}
	line := []string{"apt-get", "install", "-y", "--no-install-recommends", emulatorPackage}
	if !install {
		return errors.New("find " + emulator + ": not installed\nhint: apt-get update && " + strings.Join(line, " ") + "\nhint: or give -install")
	}
	if err := command("", "apt-get", "-qq", "update"); err != nil {
		return err
	}
	return command("", line[0], line[1:]...)
}

// command runs a program and shows its output only when it fails.
func command(dir, name string, args ...string) error {
	_, err := output(dir, name, args...)
	return err
}

func output(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		var said []byte
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			said = exit.Stderr
		}
		return "", fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, out, said)
	}
	return string(out), nil
}

// cacheDir is where kernels are kept between runs.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "bulkhead", "vm")
	return dir, os.MkdirAll(dir, 0o755)
}

// archiveOf is the options that make apt use a suite, with lists of its own when
// the host's own sources do not have it: nothing of the host's is changed.
func archiveOf(suite, cache string) ([]string, error) {
	sites, err := output("", "apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
	if err != nil {
		return nil, err
	}
	var own []string
	for line := range strings.Lines(sites) {
		own = append(own, strings.TrimSpace(line))
	}
	if slices.ContainsFunc(own, func(s string) bool { return strings.Contains(s, " "+suite+" main") }) {
		return nil, nil
	}
	i := slices.IndexFunc(own, func(s string) bool { return strings.Contains(s, "/debian ") && strings.HasSuffix(s, " main") })
	if i < 0 {
		return nil, fmt.Errorf("find an archive for %s: this host's apt sources have no archive of Debian with component main", suite)
	}
	site, _, _ := strings.Cut(own[i], " ")
	return privateLists(site, suite, filepath.Join(cache, "apt-"+suite))
}

// privateLists downloads a suite's lists into dir, once a day.
func privateLists(site, suite, dir string) ([]string, error) {
	sources := filepath.Join(dir, "sources.list")
	options := []string{"-o", "Dir::Etc::sourcelist=" + sources, "-o", "Dir::Etc::sourceparts=-",
		"-o", "Dir::State::lists=" + filepath.Join(dir, "lists"), "-o", "Dir::Cache=" + filepath.Join(dir, "cache")}
	if err := os.MkdirAll(filepath.Join(dir, "lists", "partial"), 0o755); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "cache", "archives", "partial"), 0o755); err != nil {
		return nil, err
	}
	signed := ""
	if key := "/usr/share/keyrings/debian-archive-keyring.gpg"; exists(key) {
		signed = "[signed-by=" + key + "] "
	}
	line := "deb " + signed + site + " " + suite + " main\n"
	if err := os.WriteFile(sources, []byte(line), 0o644); err != nil {
		return nil, err
	}
	return options, command("", "apt-get", append(slices.Clone(options), "-qq", "update")...)
}

// unpack downloads a package and unpacks it to dir, without installing it. It
// is put in place by one rename, so that an interrupted run leaves nothing half.
func unpack(cache, dir string, options []string, name string) error {
	work, err := os.MkdirTemp(cache, "download-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := command(work, "apt-get", append(slices.Clone(options), "-o", "APT::Sandbox::User=root", "-qq", "download", name)...); err != nil {
		return fmt.Errorf("%w\nhint: apt-get update", err)
	}
	debs, _ := filepath.Glob(filepath.Join(work, "*.deb"))
	if len(debs) != 1 {
		return fmt.Errorf("apt-get download %s left %d packages, want 1", name, len(debs))
	}
	tree := filepath.Join(work, "tree")
	if err := command(work, "dpkg-deb", "-x", debs[0], tree); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tree, dir)
}
