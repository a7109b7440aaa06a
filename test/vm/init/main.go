// Command init is process 1 of the test machine. It makes the file tree, hands
// over to a runner, reaps what is left to it, and switches the machine off.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

func main() {
	switch stage := append(os.Args, "")[1]; stage {
	case "": // as the kernel starts it
		fail(firstRoot())
	case "second": // again, in the final root
		fail(secondRoot())
		reapUntilDone()
		off()
	case "run":
		fail(runJobs())
	case "contain":
		fail(contain(os.Args[2:]))
	case "sleep": // a bystander in a test's cgroup
		time.Sleep(time.Hour)
	}
}

// fail reports an error and ends: the machine is then of no use.
func fail(err error) {
	if err == nil {
		return
	}
	fmt.Println("init:", err)
	report(guest.Line{Fail: err.Error()})
	if os.Getpid() == 1 {
		off()
	}
	os.Exit(1)
}

// report sends one line to the harness.
func report(l guest.Line) {
	port, err := os.OpenFile(guest.ReportPort, os.O_WRONLY|syscall.O_NOCTTY, 0)
	if err == nil {
		err = errors.Join(json.NewEncoder(port).Encode(l), port.Close())
	}
	if err != nil {
		fmt.Println("init: report to the harness:", err)
	}
}

// reapUntilDone starts the runner, waits for it, and meanwhile for every process that lost its parent.
func reapUntilDone() {
	runner := exec.Command("/init", "run")
	runner.Stdout, runner.Stderr = os.Stdout, os.Stderr
	fail(runner.Start())
	for {
		pid, err := syscall.Wait4(-1, nil, 0, nil)
		if pid == runner.Process.Pid || err != nil && err != syscall.EINTR {
			return
		}
	}
}

// off ends the machine: the emulator is told to exit instead of restarting.
func off() {
	syscall.Sync()
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_RESTART)
}
