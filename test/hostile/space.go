package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

const mib = 1 << 20

// touch makes memory real: a page that nobody wrote to costs nothing.
func touch(memory []byte) {
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
}

// memory takes so many MiB, one at a time.
func memory(args []string) int {
	want := number(args, 0, 10<<10)
	held := make([][]byte, 0, want)
	for range want {
		held = append(held, make([]byte, mib))
		touch(held[len(held)-1])
	}
	fmt.Println("held", len(held), "MiB")
	return 0
}

// memfd fills so many MiB of a file without a name.
func memfd(args []string) int {
	fd, err := unix.MemfdCreate("hostile", unix.MFD_CLOEXEC)
	if err != nil {
		return stopped("memfd", 0, "MiB", err)
	}
	block := make([]byte, mib)
	for i := range number(args, 0, 10<<10) {
		if _, err := unix.Write(fd, block); err != nil {
			return stopped("memfd", i, "MiB", err)
		}
	}
	return 0
}

// shm fills so many MiB of System V shared memory, in segments of 16.
func shm(args []string) int {
	for i := range number(args, 0, 10<<10) / 16 {
		id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 16*mib, unix.IPC_CREAT|0o600)
		if err != nil {
			return stopped("shm", 16*i, "MiB", err)
		}
		memory, err := unix.SysvShmAttach(id, 0, 0)
		if err != nil {
			return stopped("shm", 16*i, "MiB", err)
		}
		touch(memory)
	}
	return 0
}

// fill writes a file of so many MiB.
func fill(args []string) int {
	f, err := os.Create(filepath.Join(text(args, 0, "/tmp"), "fill"))
	if err != nil {
		return stopped("fill", 0, "MiB", err)
	}
	block := make([]byte, mib)
	for i := range number(args, 1, 10<<10) {
		if _, err := f.Write(block); err != nil {
			return stopped("fill", i, "MiB", err)
		}
	}
	return 0
}

// inodes makes so many empty files in a directory.
func inodes(args []string) int {
	dir := text(args, 0, "/tmp")
	for i := range number(args, 1, 300_000) {
		fd, err := unix.Open(filepath.Join(dir, strconv.Itoa(i)), unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY, 0o600)
		if err != nil {
			return stopped("inodes", i, "files", err)
		}
		unix.Close(fd)
	}
	return 0
}

// yes writes to stdout for ever, or so many KiB.
func yes(args []string) int {
	block := bytes.Repeat([]byte("y\n"), 2048)
	for n, end := 0, number(args, 0, -4); n != end; n += 4 {
		if _, err := unix.Write(1, block); err != nil {
			return 1
		}
	}
	return 0
}

// say writes a text to a descriptor.
func say(args []string) int {
	if _, err := unix.Write(number(args, 0, 1), []byte(text(args, 1, ""))); err != nil {
		fmt.Fprintln(os.Stderr, "hostile: say:", err)
		return 1
	}
	return 0
}
