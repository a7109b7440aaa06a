package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// libraryDirs is where the dynamic loader looks, beside the program's own
// RUNPATH; ld.so(8). systemd's libraries find each other because its programs have loaded them.
func libraryDirs() []string {
	dirs, _ := filepath.Glob("/usr/lib/*-linux-gnu*")
	own, _ := filepath.Glob("/usr/lib/*-linux-gnu*/systemd")
	return append(append(dirs, own...), "/usr/lib", "/usr/lib64", "/lib", "/lib64")
}

// needed is the loader and the libraries that a program names, nothing for a file that is no dynamic program.
func needed(program string) ([]string, error) {
	f, err := elf.Open(program)
	if _, isText := errors.AsType[*elf.FormatError](err); isText || errors.Is(err, os.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, nil // shorter than a header: no program either
	}
	defer f.Close()
	names, _ := f.ImportedLibraries()
	runpath, _ := f.DynString(elf.DT_RUNPATH)
	dirs := libraryDirs()
	for _, p := range runpath {
		dirs = append(strings.Split(strings.ReplaceAll(p, "$ORIGIN", filepath.Dir(program)), ":"), dirs...)
	}
	files := interpreter(f)
	for _, name := range names {
		i := slices.IndexFunc(dirs, func(dir string) bool { return exists(filepath.Join(dir, name)) })
		if i < 0 {
			return nil, fmt.Errorf("put %s into the machine: its library %s is not in %s", program, name, strings.Join(dirs, ", "))
		}
		files = append(files, filepath.Join(dirs[i], name))
	}
	return files, nil
}

// interpreter is the dynamic loader that a program names.
func interpreter(f *elf.File) []string {
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			name := make([]byte, p.Filesz)
			if _, err := p.ReadAt(name, 0); err == nil {
				return []string{strings.TrimRight(string(name), "\x00")}
			}
		}
	}
	return nil
}

// moduleDepends is the modules that a kernel module needs loaded before it, as its .modinfo says.
func moduleDepends(module []byte) ([]string, error) {
	f, err := elf.NewFile(strings.NewReader(string(module)))
	if err != nil {
		return nil, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return nil, errors.New("no .modinfo section: not a kernel module")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(string(info), "\x00") {
		if list, ok := strings.CutPrefix(line, "depends="); ok && list != "" {
			return strings.Split(list, ","), nil
		}
	}
	return nil, nil
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
