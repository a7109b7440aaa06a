package launch

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/bulkhead/bulkhead/internal/boxtest"
)

// defines reads the #defines of an assembly file.
func defines(t *testing.T, file string) map[string]uintptr {
	t.Helper()
	boxtest.RequireSource(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]uintptr{}
	for _, m := range regexp.MustCompile(`(?m)^#define\s+(\w+)\s+(\d+)\s*$`).FindAllStringSubmatch(string(text), -1) {
		n, err := strconv.ParseUint(m[2], 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		found[m[1]] = uintptr(n)
	}
	if len(found) == 0 {
		t.Fatalf("%s defines nothing", file)
	}
	return found
}

func assemblyFiles(t *testing.T, pattern string) []string {
	t.Helper()
	boxtest.RequireSource(t)
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 2 {
		t.Fatalf("%s: %v, %v; want one for each machine", pattern, files, err)
	}
	return files
}

// The walkers read records by these offsets.
func TestRecordLayout(t *testing.T) {
	var r record
	want := map[string]uintptr{
		"NR": unsafe.Offsetof(r.nr), "REF": unsafe.Offsetof(r.refs), "SAVE": unsafe.Offsetof(r.save), "ALLOW": unsafe.Offsetof(r.allow),
		"SKIP": unsafe.Offsetof(r.skip), "DONE": unsafe.Offsetof(r.done), "FORK": unsafe.Offsetof(r.fork), "AGAIN": unsafe.Offsetof(r.again), "SIZE": unsafe.Sizeof(r),
	}
	for i := range r.args {
		want["ARG"+strconv.Itoa(i)] = unsafe.Offsetof(r.args) + uintptr(i)*unsafe.Sizeof(r.args[0])
	}
	for _, file := range []string{"record.h"} {
		defined := defines(t, file)
		for name, offset := range want {
			if got, ok := defined[name]; !ok || got != offset {
				t.Errorf("%s: %s is %d, in Go %d", file, name, got, offset)
			}
		}
	}
}

// operands by which each walker reaches into call and report, in the order of the text.
var operands = map[string]*regexp.Regexp{
	"walk_amd64.s": regexp.MustCompile(`(\d+)\((BX|R13)\)`),
	"walk_arm64.s": regexp.MustCompile(`(?:ADD\s+\$|\b)(\d+)(?:, |\()(R19|R21)\b`),
}

func TestCallAndReportLayout(t *testing.T) {
	var c call
	var r report
	want := map[uintptr]bool{}
	for _, offset := range []uintptr{unsafe.Offsetof(c.args), unsafe.Offsetof(c.program), unsafe.Offsetof(c.report),
		unsafe.Offsetof(c.blocked), unsafe.Offsetof(c.mask), unsafe.Offsetof(c.result)} {
		want[offset] = true
	}
	for _, file := range assemblyFiles(t, "walk_*.s") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := offsetsIn(operands[file], string(text))
		for offset := range want {
			if !got[offset] {
				t.Errorf("%s does not use offset %d of call", file, offset)
			}
			delete(got, offset)
		}
		if len(got) > 0 {
			t.Errorf("%s uses offsets of call that it does not have: %v", file, got)
		}
		loop, err := os.ReadFile(strings.NewReplacer("walk", "loop", ".s", ".h").Replace(file))
		if err != nil {
			t.Fatal(err)
		}
		reports := offsetsIn(operands[file], string(loop))
		if len(reports) != 2 || !reports[unsafe.Offsetof(r.errno)] || !reports[unsafe.Offsetof(r.record)] {
			t.Errorf("%s: offsets of report %v", file, reports)
		}
	}
}

func offsetsIn(operand *regexp.Regexp, text string) map[uintptr]bool {
	found := map[uintptr]bool{}
	for _, m := range operand.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		found[uintptr(n)] = true
	}
	return found
}

// The spawner reads the image by these offsets, and has it at this address.
func TestImageLayout(t *testing.T) {
	var im image
	control := unsafe.Offsetof(im.control)
	want := map[string]uintptr{
		"PROGRAM": unsafe.Offsetof(im.program), "LAZY": unsafe.Offsetof(im.lazy), "REPORT": unsafe.Offsetof(im.report), "ARGS": unsafe.Offsetof(im.args),
		"HEADER": unsafe.Offsetof(im.header), "SENT": control + unsafe.Offsetof(im.control.fd), "STATUS": unsafe.Offsetof(im.status), "FULL": unsafe.Offsetof(im.full),
		"OWN": unsafe.Offsetof(im.own), "ENDED": unsafe.Offsetof(im.ended), "USAGE": unsafe.Offsetof(im.usage),
	}
	for _, file := range []string{"image.h"} {
		defined := defines(t, file)
		for name, offset := range want {
			if got, ok := defined[name]; !ok || got != offset {
				t.Errorf("%s: %s is %d, in Go %d", file, name, got, offset)
			}
		}
		text, _ := os.ReadFile(file)
		for name, value := range map[string]int{"IMAGE": imageAddress, "IMAGESIZE": imageSize} {
			if !regexp.MustCompile(fmt.Sprintf(`(?m)^#define %s +0x%x$`, name, value)).Match(text) {
				t.Errorf("%s: %s is not %#x", file, name, value)
			}
		}
	}
	if size := unsafe.Sizeof(im) + 4*200; size > recordsAt {
		t.Errorf("the image with its cells has %d bytes, of %d", size, recordsAt)
	}
}

// struct clone_args as of Linux 5.7, and the size that both walkers pass.
func TestCloneArgsLayout(t *testing.T) {
	var a cloneArgs
	for name, pair := range map[string][2]uintptr{
		"flags": {unsafe.Offsetof(a.flags), 0}, "pidfd": {unsafe.Offsetof(a.pidfd), 8}, "child_tid": {unsafe.Offsetof(a.childTID), 16},
		"parent_tid": {unsafe.Offsetof(a.parentTID), 24}, "exit_signal": {unsafe.Offsetof(a.exitSignal), 32}, "cgroup": {unsafe.Offsetof(a.cgrp), 80},
		"size": {unsafe.Sizeof(a), 88},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is at %d, want %d", name, pair[0], pair[1])
		}
	}
	for _, file := range assemblyFiles(t, "walk_*.s") {
		if text, _ := os.ReadFile(file); !strings.Contains(string(text), "$88,") {
			t.Errorf("%s does not pass the size 88", file)
		}
	}
}

// The numbers of this machine's system calls.
func TestSystemCallNumbers(t *testing.T) {
	checked := 0
	for _, kind := range []string{"walk_%s.s", "init_%s.s", "spawn_%s.s", "calls_%s.h"} {
		for name, number := range defines(t, fmt.Sprintf(kind, thisMachine)) {
			call, ok := strings.CutPrefix(name, "SYS_")
			if !ok {
				continue
			}
			checked++
			if want, known := kernelNumbers[call]; !known || number != want {
				t.Errorf("%s of %s is %d, want %d", name, kind, number, want)
			}
		}
	}
	if checked < 8 {
		t.Errorf("only %d numbers found", checked)
	}
}
