package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine is what of the host a call inside could have changed.
type machine struct {
	texts  map[string]string
	offset time.Duration // between the clock on the wall and the one since the start
}

// watched are files that say it; patterns as of filepath.Glob.
var watched = []string{
	"/proc/self/mountinfo", "/proc/swaps", "/proc/net/route", "/proc/net/ipv6_route", "/proc/self/personality", "/proc/self/limits",
	"/proc/self/cgroup", "/proc/self/oom_score_adj", "/proc/sys/kernel/*", "/proc/sys/vm/*", "/proc/sys/fs/*", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/core/*",
}

// moving change by themselves.
var moving = []string{
	"/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/pty/nr", "/proc/sys/fs/dentry-state", "/proc/sys/fs/file-nr", "/proc/sys/fs/inode-nr",
	"/proc/sys/fs/inode-state", "/proc/sys/fs/aio-nr", "/proc/sys/vm/stat_refresh", "/proc/sys/vm/compact_memory", "/proc/sys/vm/drop_caches",
	"/proc/sys/kernel/perf_event_max_sample_rate", "/proc/sys/kernel/hung_task_detect_count",
}

// observe takes a sample of the host.
func observe() machine {
	m := machine{texts: map[string]string{"keys": ownKeys()}, offset: clockOffset()}
	for _, pattern := range watched {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && !slices.Contains(moving, file) {
				m.texts[file] = string(text)
			}
		}
	}
	return m
}

// ownKeys are the keys of the caller's id, without the time they have left; proc(5), /proc/keys.
func ownKeys() string {
	text, _ := os.ReadFile("/proc/keys") // not there in kernels without keys
	var own []string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 7 && f[5] == fmt.Sprint(os.Geteuid()) && strings.Contains(line, "_uid") {
			own = append(own, f[0]+" "+strings.Join(f[4:], " "))
		}
	}
	return strings.Join(own, "\n")
}

func clockOffset() time.Duration {
	var wall, boot unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_REALTIME, &wall) // it cannot fail for these clocks
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot)
	return time.Duration(wall.Nano() - boot.Nano())
}

// steady is how far a clock that is being corrected may drift meanwhile.
const steady = 2 * time.Second

// changes are what differs between two samples.
func (m machine) changes(now machine) []string {
	var found []string
	for name, text := range m.texts {
		if now.texts[name] != text {
			found = append(found, fmt.Sprintf("the host changed: %s was %q and is %q", name, text, now.texts[name]))
		}
	}
	if d := (now.offset - m.offset).Abs(); d > steady {
		found = append(found, fmt.Sprintf("the host's clock was set by %s", d))
	}
	return found
}
