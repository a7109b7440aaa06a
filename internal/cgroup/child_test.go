package cgroup

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is its own test program: a copy of it, started with a job in
// the environment, enters its v1 groups as a sandbox's child does and does the
// job. So the tests need nothing but this one static file, in a virtual machine as well.
const (
	jobVar   = "BULKHEAD_TEST_JOB"
	enterVar = "BULKHEAD_TEST_ENTER"
)

// jobs by name; each gets the words after its name.
var jobs = map[string]func(args []string){
	"true":     func([]string) {},
	"sleep":    func([]string) { fmt.Println("ready"); time.Sleep(time.Hour) },
	"spin":     func(args []string) { spin(args[0]) },
	"count":    func([]string) { count() },
	"touch":    func(args []string) { touch(args[0]) },
	"children": func(args []string) { children(args[0]) },
	"crowd":    func(args []string) { startChildren(args[0]); touch(args[1]) },
	"forkbomb": func([]string) { forkBomb() },
	"probe":    func([]string) { json.NewEncoder(os.Stdout).Encode(Probe()) },
	"delegate": func([]string) { scopeJob(true) },
	"scope":    func([]string) { scopeJob(false) },
	"readonly": func([]string) { readOnlyTrees(); json.NewEncoder(os.Stdout).Encode(Probe()) },
}

func TestMain(m *testing.M) {
	words := strings.Fields(os.Getenv(jobVar))
	if len(words) == 0 {
		os.Exit(m.Run())
	}
	for file := range strings.FieldsSeq(os.Getenv(enterVar)) {
		if err := write(file, "0"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(125)
		}
	}
	jobs[words[0]](words[1:])
}

// spin uses a processor for so many milliseconds of its time, counted from its entry into the group, then waits.
func spin(ms string) {
	n, _ := strconv.Atoi(ms)
	entered, used := cpuTime(), time.Duration(0)
	for used < time.Duration(n)*time.Millisecond {
		used = cpuTime() - entered
	}
	fmt.Println("done", used.Nanoseconds(), cpuTime().Nanoseconds())
	time.Sleep(time.Hour)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// count prints a line every millisecond, to show whether it runs.
func count() {
	for i := 0; ; i++ {
		fmt.Println(i)
		time.Sleep(time.Millisecond)
	}
}

// touch uses so many MiB.
func touch(mib string) {
	n, _ := strconv.Atoi(mib)
	memory := make([]byte, n<<20)
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	fmt.Println("touched", len(memory))
}

// children starts so many sleeping children and says how many could be started.
func children(count string) {
	startChildren(count)
	time.Sleep(time.Hour)
}

func startChildren(count string) {
	n, _ := strconv.Atoi(count)
	started := 0
	for range n {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{jobVar + "=sleep", "GOMAXPROCS=1"}
		if cmd.Start() == nil {
			started++
		}
	}
	fmt.Println("started", started)
}

// forkBomb makes children that make children, for ever.
func forkBomb() {
	fmt.Println("ready")
	for {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = []string{jobVar + "=forkbomb", "GOMAXPROCS=1"}
		cmd.Start()
		time.Sleep(time.Millisecond)
	}
}

// readOnlyTrees makes every cgroup mount read-only, in a mount namespace of its own.
func readOnlyTrees() {
	text, err := read("/proc/self/mountinfo")
	if err == nil {
		err = syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	}
	for _, m := range cgroupMounts(text) {
		if err == nil {
			err = syscall.Mount("", m.mount, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make the cgroup trees read-only:", err)
		os.Exit(125)
	}
}
