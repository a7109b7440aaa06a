package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCommittedFilesAreGenerated: nobody edits the tables, and a new
// golang.org/x/sys does not pass unnoticed.
func TestCommittedFilesAreGenerated(t *testing.T) {
	for what, atLeast := range map[string]int{"tables": 6, "programs": 2} {
		made, err := generate(what)
		if err != nil {
			t.Fatal(err)
		}
		if len(made) != atLeast {
			t.Errorf("%s: %d files", what, len(made))
		}
		for name, want := range made {
			got, err := os.ReadFile(filepath.Join("..", name))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what is generated: run go generate ./internal/seccomp", name)
			}
		}
	}
	if _, err := generate("nonesuch"); err == nil {
		t.Error("nonesuch is generated")
	}
}

// TestTablesAgreeWithTheHeaders compares with the kernel headers of this machine, which may be older or newer.
func TestTablesAgreeWithTheHeaders(t *testing.T) {
	dir, err := source()
	if err != nil {
		t.Fatal(err)
	}
	for goarch, header := range map[string]string{"amd64": "unistd_64.h", "386": "unistd_32.h"} {
		text, err := readHeader(header)
		if err != nil {
			if slices.Contains(strings.Split(os.Getenv("BULKHEAD_MUST"), ","), "kernel-headers") {
				t.Fatal(err)
			}
			t.Skipf("no kernel headers for x86: %v", err)
		}
		table, err := numbers(dir, goarch)
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, m := range regexp.MustCompile(`#define __NR_(\w+) (\d+)`).FindAllStringSubmatch(string(text), -1) {
			number, err := strconv.ParseUint(m[2], 10, 32)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := table[m[1]]; !ok || got != number {
				t.Errorf("%s: %s is %d in the header, %d (%v) in the table", goarch, m[1], number, got, ok)
			}
			compared++
		}
		if compared < 300 {
			t.Errorf("%s: only %d numbers in the header", goarch, compared)
		}
		if newest := slices.Max(slices.Collect(maps.Values(table))); newest < 467 {
			t.Errorf("%s: the newest call is %d, open_tree_attr is missing", goarch, newest)
		}
	}
}

func readHeader(name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join("/usr/include/x86_64-linux-gnu/asm", name))
	if err != nil {
		text, err = os.ReadFile(filepath.Join("/usr/include/asm", name))
	}
	return text, err
}
