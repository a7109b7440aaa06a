package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/sandbox"
)

// sample is what there is between two batches. The first half is of this process alone; the second is of
// the whole machine, where others may work, too: it is shown, and not judged.
type sample struct {
	Starts     int     `json:"starts"`
	Seconds    float64 `json:"seconds"`
	RSS        int     `json:"rss_bytes"`
	Heap       int     `json:"heap_bytes"`
	Goroutines int     `json:"goroutines"`
	FDs        int     `json:"fds"`
	Threads    int     `json:"threads"`
	Mounts     int     `json:"mounts"`

	Groups    int `json:"machine_cgroups"`
	NetNS     int `json:"machine_netns"`
	Processes int `json:"machine_processes"`
	Keys      int `json:"machine_keys"`
	Records   int `json:"records"`
	Temporary int `json:"temporary_files"`
}

// sample waits for goroutines that are on their way out, and counts.
func (s *site) sample(starts int, took time.Duration) sample {
	settle()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	p := sample{Starts: starts, Seconds: took.Seconds(), Heap: int(memory.HeapAlloc), Goroutines: runtime.NumGoroutine()}
	p.RSS, p.Threads = statusNumber("VmRSS:")<<10, statusNumber("Threads:")
	p.FDs = entries("/proc/self/fd") - 1 // the directory itself
	p.Mounts = lines("/proc/self/mountinfo")
	p.Groups, p.NetNS = groups(), namespaces("net")
	p.Processes = len(numbers("/proc"))
	p.Keys = lines("/proc/keys")
	p.Records = records()
	p.Temporary = entries(os.TempDir())
	return p
}

// settle gives what has ended up to half a second to be gone, and the garbage to be collected.
func settle() {
	before := -1
	for range 10 {
		now := runtime.NumGoroutine()
		if now == before {
			break
		}
		before = now
		time.Sleep(50 * time.Millisecond)
	}
	runtime.GC()
	runtime.GC() // the first one only makes finalizers ready
}

// statusNumber is a number in proc_pid_status(5).
func statusNumber(key string) int {
	text, _ := os.ReadFile("/proc/self/status") // 0 stands out in the table
	_, rest, _ := strings.Cut(string(text), key)
	words := strings.Fields(rest)
	if len(words) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(words[0])
	return n
}

func entries(dir string) int {
	list, _ := os.ReadDir(dir) // none is none
	return len(list)
}

func lines(file string) int {
	text, _ := os.ReadFile(file)
	return bytes.Count(text, []byte{'\n'})
}

// groups are the cgroups of all launchers of the machine, one for each directory.
func groups() int {
	l := boxtest.Layout()
	n := 0
	for _, parent := range []string{l.V2, l.V1.Memory, l.V1.Pids, l.V1.CPUAcct, l.V1.Freezer} {
		if parent != "" {
			found, _ := filepath.Glob(filepath.Join(parent, "bulkhead-*"))
			n += len(found)
		}
	}
	return n
}

// namespaces are those of a kind that have a process which we may ask.
func namespaces(kind string) int {
	seen := map[string]bool{}
	for _, pid := range numbers("/proc") {
		if link, err := os.Readlink(filepath.Join("/proc", pid, "ns", kind)); err == nil {
			seen[link] = true
		}
	}
	return len(seen)
}

// numbers are the entries that are processes.
func numbers(dir string) []string {
	list, _ := filepath.Glob(filepath.Join(dir, "[0-9]*"))
	for i := range list {
		list[i] = filepath.Base(list[i])
	}
	return list
}

// records are the entries of this user's sandboxes.
func records() int {
	dir, err := sandbox.Dir()
	if err != nil {
		return 0
	}
	return entries(dir)
}
