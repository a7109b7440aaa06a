package launch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// A process is before its exec while it is its creator's fork.
func TestBeforeExec(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", `exec 3<&0; (read x <&3) & echo $!; wait`)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var child int
	for lines := bufio.NewScanner(out); child == 0 && lines.Scan(); {
		_, _ = fmt.Sscan(lines.Text(), &child)
	}
	if firstChild(cmd.Process.Pid) != child || !beforeExec(child) {
		t.Errorf("the shell's child is %d, not %d, and is a fork only: %v", firstChild(cmd.Process.Pid), child, beforeExec(child))
	}
	if beforeExec(os.Getpid()) || beforeExec(cmd.Process.Pid) {
		t.Error("this process and the shell have exec'ed")
	}
	in.Close()
	_ = cmd.Wait()
	if beforeExec(cmd.Process.Pid) || beforeExec(0) || firstChild(cmd.Process.Pid) != 0 {
		t.Error("an ended process is taken for one that lives")
	}
}
