package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// killed starts a program that waits, and kills one of the sandbox's processes at a random moment.
func killed(s *sandbox.Spec, victim func(*sandbox.Sandbox) error) func(*site, *rand.Rand) (int, error) {
	return func(_ *site, r *rand.Rand) (int, error) {
		b, err := sandbox.Start(context.Background(), s, sandbox.IO{})
		if err != nil {
			return 1, err
		}
		time.Sleep(moment(r, 10*time.Millisecond))
		if err := victim(b); err != nil {
			return 1, errors.Join(err, b.Kill(), expect(b, spec.Signaled))
		}
		return 1, expect(b, spec.Signaled)
	}
}

// theFirst kills process 1 of the sandbox. Nobody else ends it here, so its number is still its own.
func theFirst(b *sandbox.Sandbox) error { return unix.Kill(b.PID(), unix.SIGKILL) }

// theProgram kills the program from outside, behind the back of its init.
func theProgram(b *sandbox.Sandbox) error {
	pid, err := childOf(b.PID())
	if err != nil {
		return err
	}
	return unix.Kill(pid, unix.SIGKILL)
}

// childOf is the only child of init; proc_tid_children(5).
func childOf(init int) (int, error) {
	number := strconv.Itoa(init)
	text, err := os.ReadFile("/proc/" + number + "/task/" + number + "/children")
	if err != nil {
		return 0, err
	}
	words := strings.Fields(string(text))
	if len(words) != 1 {
		return 0, fmt.Errorf("process %d has children %q, want one", init, words)
	}
	return strconv.Atoi(words[0])
}
