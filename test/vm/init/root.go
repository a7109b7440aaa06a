package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// mount is one mount of the machine.
type mount struct {
	kind, at string
	flags    uintptr
	data     string
}

// firstRoot replaces the kernel's first root by a tmpfs and starts init again there.
//
// FACT — always (pivot_root(2)) the first root, which an initramfs is unpacked into, cannot be pivoted away from —
// sandboxes pivot — so everything moves to a tmpfs, as switch_root(8) does.
func firstRoot() error {
	const root = "/newroot"
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	if err := mountAll([]mount{
		{"proc", "/proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"sysfs", "/sys", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"devtmpfs", "/dev", syscall.MS_NOSUID, "mode=755"},
		{"tmpfs", root, 0, "mode=755,size=75%"},
	}); err != nil {
		return err
	}
	if err := moveTree("/", root); err != nil {
		return err
	}
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if err := syscall.Mount(dir, root+dir, "", syscall.MS_MOVE, ""); err != nil {
			return fmt.Errorf("move %s into the new root: %w", dir, err)
		}
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := syscall.Mount(".", "/", "", syscall.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the new root to /: %w", err)
	}
	if err := syscall.Chroot("."); err != nil {
		return err
	}
	return syscall.Exec("/init", []string{"/init", "second"}, []string{"PATH=/usr/bin:/usr/sbin", "HOME=/root"})
}

func mountAll(mounts []mount) error {
	for _, m := range mounts {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return err
		}
		if err := syscall.Mount(m.kind, m.at, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mount %s on %s: %w", m.kind, m.at, err)
		}
	}
	return nil
}

// moveTree copies what is on the file system of from, and removes it there: it is held in memory.
func moveTree(from, to string) error {
	home, err := device(from)
	if err != nil {
		return err
	}
	return filepath.WalkDir(from, func(p string, d os.DirEntry, err error) error {
		if err != nil || p == from {
			return err
		}
		if p == to {
			return filepath.SkipDir
		}
		there, err := device(p)
		if err == nil {
			err = moveOne(p, filepath.Join(to, p), d)
		}
		if err == nil && there != home {
			return filepath.SkipDir // a mount point: only the directory
		}
		return err
	})
}

func moveOne(p, to string, d os.DirEntry) error {
	switch d.Type() {
	case os.ModeDir:
		return os.Mkdir(to, 0o755)
	case os.ModeSymlink:
		target, err := os.Readlink(p)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case 0:
		if err := copyFile(p, to); err != nil {
			return err
		}
		return os.Remove(p)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// device is the file system that a file, or a link itself, is on.
func device(p string) (uint64, error) {
	var st syscall.Stat_t
	err := syscall.Lstat(p, &st)
	return st.Dev, err
}

// secondRoot mounts the rest and sets the machine up.
func secondRoot() error {
	plan, err := guest.ReadPlan()
	if err != nil {
		return err
	}
	if err := mountAll([]mount{
		{"devpts", "/dev/pts", syscall.MS_NOSUID | syscall.MS_NOEXEC, "mode=620,ptmxmode=666"},
		{"tmpfs", "/dev/shm", syscall.MS_NOSUID | syscall.MS_NODEV, "mode=1777"},
		{"tmpfs", "/run", syscall.MS_NOSUID | syscall.MS_NODEV, "mode=755"},
		{"cgroup2", "/sys/fs/cgroup", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, "nsdelegate"},
	}); err != nil {
		return err
	}
	for link, to := range map[string]string{
		"/dev/ptmx": "pts/ptmx", "/dev/fd": "/proc/self/fd",
		"/dev/stdin": "/proc/self/fd/0", "/dev/stdout": "/proc/self/fd/1", "/dev/stderr": "/proc/self/fd/2",
	} {
		os.Remove(link) // devtmpfs may have made a node of that name
		if err := os.Symlink(to, link); err != nil {
			return err
		}
	}
	if err := os.MkdirAll("/tmp", 0o755); err != nil {
		return err
	}
	for _, dir := range []string{"/home/user", "/run/user/1000"} {
		if err := makeHome(dir); err != nil {
			return err
		}
	}
	if err := commands(plan); err != nil {
		return err
	}
	if err := temporary(); err != nil {
		return err
	}
	if err := delegate(); err != nil {
		return err
	}
	return applySysctls(plan.Sysctls)
}

// applySysctls sets what the machine differs in.
func applySysctls(settings []string) error {
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		if err := os.WriteFile("/proc/sys/"+strings.ReplaceAll(name, ".", "/"), []byte(value), 0o644); err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// makeHome makes a directory that belongs to the user alone, below one that all may pass.
func makeHome(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return os.Chown(dir, userID, userID)
}

// commands loads modules, makes swap space and starts the loopback interface, by the image's busybox.
func commands(plan guest.Plan) error {
	var list []string
	for _, m := range plan.Modules {
		list = append(list, "insmod "+guest.ModuleDir+"/"+m)
	}
	list = append(list, "ip link set lo up", "hostname vm")
	for _, line := range list {
		if err := command(line); err != nil {
			return err
		}
	}
	if !plan.Swap {
		return nil
	}
	return disk("zram0", "256M", "mkswap /dev/zram0", "swapon /dev/zram0")
}

// temporary puts a disk in memory at /tmp, where tests make the files that they share with sandboxes.
//
// FACT — since 6.3 (mount_setattr(2)) tmpfs knows id-mapped mounts, ext4 since 5.12 —
// root's writable binds need them — so /tmp is ext4, on every kernel.
func temporary() error {
	number, err := os.ReadFile("/sys/class/zram-control/hot_add")
	if err != nil {
		return fmt.Errorf("make a disk for /tmp: %w", err)
	}
	name := "zram" + strings.TrimSpace(string(number))
	if err := disk(name, "1G", "mke2fs -m 0 /dev/"+name, "mount -t ext4 /dev/"+name+" /tmp"); err != nil {
		return err
	}
	return os.Chmod("/tmp", 0o777|os.ModeSticky)
}

// disk gives a zram device its size and runs commands on it.
func disk(name, size string, lines ...string) error {
	if err := os.WriteFile("/sys/block/"+name+"/disksize", []byte(size), 0o644); err != nil {
		return fmt.Errorf("make a disk in memory: %w", err)
	}
	for _, line := range lines {
		if err := command(line); err != nil {
			return err
		}
	}
	return nil
}

func command(line string) error {
	words := strings.Fields(line)
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, out)
	}
	return nil
}
