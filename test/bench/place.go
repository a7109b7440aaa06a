package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// make turns this process's surroundings into the place. What it returns keeps the memory in use.
func (p place) make() (keep func(), err error) {
	held := hold(p.Heap)
	keep = func() { runtime.KeepAlive(held) }
	for _, dir := range p.Cover {
		if err := cover(dir); err != nil {
			return keep, err
		}
	}
	return keep, p.crowd()
}

// hold fills the heap with pages that were written to.
func hold(size int64) [][]byte {
	const piece = 1 << 20
	held := make([][]byte, size/piece)
	for i := range held {
		held[i] = make([]byte, piece)
		for at := 0; at < piece; at += os.Getpagesize() {
			held[i][at] = 1
		}
	}
	return held
}

// cover hides a directory under an empty tmpfs; one that does not exist needs none.
func cover(dir string) error {
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0755")
	if err != nil && !errors.Is(err, syscall.ENOENT) {
		return fmt.Errorf("cover %s: %w", dir, err)
	}
	return nil
}

// crowd makes as many mounts as the place has, in a tmpfs that nobody else sees.
func (p place) crowd() error {
	if p.Mounts == 0 {
		return nil
	}
	dir := filepath.Join(p.Scratch, "mounts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := cover(dir); err != nil {
		return err
	}
	for i := range p.Mounts - 1 {
		at := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(at, 0o700); err != nil {
			return err
		}
		if err := syscall.Mount(at, at, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s: %w", at, err)
		}
	}
	return nil
}
