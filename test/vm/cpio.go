package main

import (
	"fmt"
	"io"
	"io/fs"
)

// archive writes the "newc" form of cpio, which the kernel unpacks as its
// first root (initramfs/buffer-format in the kernel's documentation).
type archive struct {
	w     io.Writer
	inode int
	err   error
}

// The file types of st_mode; inode(7).
const (
	modeDir  = 0o040000
	modeFile = 0o100000
	modeLink = 0o120000
	modeChar = 0o020000
)

// add writes one entry; name has no leading slash. Errors are kept for close.
func (a *archive) add(name string, mode uint32, data []byte) {
	a.entry(name, mode, data, 0, 0)
}

// device writes a character device.
func (a *archive) device(name string, perm fs.FileMode, major, minor int) {
	a.entry(name, modeChar|uint32(perm), nil, major, minor)
}

func (a *archive) entry(name string, mode uint32, data []byte, major, minor int) {
	if a.err != nil {
		return
	}
	a.inode++
	_, a.err = fmt.Fprintf(a.w, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
		a.inode, mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name)+1, 0, name)
	const header = 110
	a.pad(header + len(name) + 1)
	a.write(data)
	a.pad(len(data))
}

func (a *archive) write(data []byte) {
	if a.err == nil {
		_, a.err = a.w.Write(data)
	}
}

// pad fills up to a multiple of four bytes.
func (a *archive) pad(length int) { a.write(make([]byte, (4-length%4)%4)) }

// close ends the archive and returns the first error.
func (a *archive) close() error {
	a.entry("TRAILER!!!", 0, nil, 0, 0)
	return a.err
}
