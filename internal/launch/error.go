package launch

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// StepError says which step of a plan failed.
type StepError struct {
	Step *plan.Step
	Call *plan.Call
	// Errno is why.
	Errno syscall.Errno
}

func (e *StepError) Error() string {
	return fmt.Sprintf("%s %s: %s: %s", e.Step.Does, e.Step.Object, e.Call.Name, e.Errno)
}

// Unwrap lets errors.Is find the errno.
func (e *StepError) Unwrap() error { return e.Errno }

// Hint is the step's advice for this errno, or for any.
func (e *StepError) Hint() string {
	general := ""
	for _, h := range e.Step.Hints {
		if h.Errno == e.Errno {
			return h.Text
		}
		if h.Errno == 0 && general == "" {
			general = h.Text
		}
	}
	return general
}

// FDError is a descriptor of the launcher that could not be made.
type FDError struct {
	Op  string
	Err error
}

func (e *FDError) Error() string { return e.Op + ": " + e.Err.Error() }
func (e *FDError) Unwrap() error { return e.Err }

// cloneError explains a refused clone3.
func cloneError(p *plan.Plan, errno syscall.Errno) error {
	step := &plan.Step{Actor: plan.Launcher, Does: "create", Object: "the sandbox's namespaces", Hints: []plan.Hint{
		{Errno: unix.EPERM, Text: "creating user namespaces is forbidden here (by sysctl, AppArmor or a sandbox around this one); see 'bulkhead doctor'"},
		{Errno: unix.ENOSPC, Text: "the limit on namespaces is reached (see /proc/sys/user/max_*_namespaces), or user namespaces are nested more than 32 deep"},
		{Errno: unix.EAGAIN, Text: "the limit on processes is reached; see 'ulimit -u' and pids.max"},
		{Errno: unix.ENOMEM, Text: "no process can be made: out of memory, or the pid namespace is ending"},
		{Errno: unix.ENOSYS, Text: "clone3 is blocked by a sandbox around this one: start that with --nest, or with its seccomp filter off"},
		{Errno: unix.EINVAL, Text: "the kernel lacks a kind of namespace; see 'bulkhead doctor'"},
	}}
	return &StepError{step, &plan.Call{Name: "clone3"}, errno}
}
