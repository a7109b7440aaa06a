package host

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// On the machine at hand every refusal must have a known cause: a probe that is
// refused by a kernel that is new enough is either wrong, or has found something to learn.
func TestNothingIsUnexpectedHere(t *testing.T) {
	began := time.Now()
	list := Examine(context.Background(), Probes())
	t.Logf("%d probes in %v", len(list), time.Since(began))
	if len(list) != len(Probes()) {
		t.Errorf("%d of %d probes were asked", len(list), len(Probes()))
	}
	for _, f := range list {
		t.Logf("%-8s %-17s %s", f.Status, f.Name, f.Found)
		if strings.HasPrefix(f.Why, "unexpected") {
			t.Errorf("%+v", f)
		}
	}
}

// Where other people's tools make a user namespace, so do we, and all that is done inside works too.
func TestUserNamespacesWorkWhereOthersMakeThem(t *testing.T) {
	requireUserns(t)
	for _, f := range Examine(context.Background(), Probes()) {
		if f.Area == "namespaces" && f.Status != StatusOK {
			t.Errorf("%+v", f)
		}
	}
}

func TestExamineLeavesNothingBehind(t *testing.T) {
	Examine(context.Background(), Probes()) // what is made once per process is there then
	before := traces(t)
	Examine(context.Background(), Probes())
	if after := traces(t); !slices.Equal(before, after) {
		t.Errorf("before: %v\nafter:  %v", before, after)
	}
	if pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("a child is left: %d %v", pid, err)
	}
}

// traces are our descriptors and mounts.
func traces(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no descriptors: %v", err)
	}
	var open []string
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil { // the one for reading the directory is closed again
			open = append(open, filepath.Base(f)+" "+to)
		}
	}
	return append(open, string(text))
}

// The configuration is found where the kernel or the distribution keeps it, and is that of a kernel like this one.
func TestKernelConfigIsOfThisKernel(t *testing.T) {
	config := kernelConfig()
	_, err := os.Stat("/proc/config.gz")
	_, gzip := os.Stat("/bin/gzip")
	if config == "" && err == nil && gzip == nil {
		t.Error("/proc/config.gz is there and was not read")
	}
	if config != "" && built(config, "CONFIG_PROC_FS") != "y" {
		t.Errorf("this kernel has a /proc, and its configuration of %d bytes does not say so", len(config))
	}
}

func TestOutputOfPrograms(t *testing.T) {
	if out, err := output("/bin/sh", "sh", "-c", "echo here; echo there >&2"); err != nil || string(out) != "here\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := output("/nonexistent", "x"); err == nil {
		t.Error("a program that is not there was run")
	}
	if got := unpacked("/nonexistent"); got != "" {
		t.Errorf("got %q from nothing", got)
	}
}
