package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/internal/launch"
	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/spec"
)

// Kind says whose fault an Error is.
type Kind uint8

const (
	// Mistake: the Spec asks for something that cannot be.
	Mistake Kind = iota
	// HostLacks: this host, or this user on it, cannot provide what the Spec asks for.
	HostLacks
	// SetupFailed: a step of the set-up failed.
	SetupFailed
	// NotExecutable: the command was found and cannot be run.
	NotExecutable
	// NotFound: there is no such command inside.
	NotFound
	// Bug: bulkhead did something wrong; please report it.
	Bug
)

// Error says what could not be done, with which object, why, and what to do.
type Error struct {
	Kind Kind
	// Op is the step, such as "mount proc", and Object what it was about, such as "/proc".
	Op, Object string
	// Err is why; errors.Is finds the errno in it.
	Err error
	// Hint is what to do about it; it may be empty.
	Hint string
}

func (e *Error) Error() string {
	s := e.Op
	if e.Object != "" {
		s += " " + e.Object
	}
	if e.Err != nil {
		s += ": " + reason(e.Err)
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode is what `bulkhead run` ends with because of this error: 126 when the
// command cannot be run, 127 when it is not found, else 125.
func (e *Error) ExitCode() int {
	switch e.Kind {
	case NotExecutable:
		return 126
	case NotFound:
		return 127
	}
	return 125
}

// reason is an error in words, without bare numbers.
func reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) && err == error(errno) {
		return errno.Error()
	}
	return err.Error()
}

// SetupError is the form of an error in a Result.
func SetupError(err error) *spec.SetupError {
	var e *Error
	if !errors.As(err, &e) {
		return &spec.SetupError{Step: "start", Object: "the sandbox", Message: err.Error()}
	}
	s := &spec.SetupError{Step: e.Op, Object: e.Object, Message: e.Error(), Hint: e.Hint}
	var errno syscall.Errno
	if errors.As(e.Err, &errno) {
		s.Errno = errnoName(errno)
	}
	return s
}

// asError gives the errors of the inner packages their public form.
func asError(err error, s *Spec) error {
	var step *launch.StepError
	var lacks *plan.Error
	var group *cgroup.Error
	var fd *launch.FDError
	var ids *launch.MapError
	var stopped *launch.StoppedError
	switch {
	case errors.As(err, &step):
		return stepError(step, s)
	case errors.As(err, &lacks):
		return &Error{Kind: Mistake, Op: lacks.Object, Err: errors.New(lacks.Why), Hint: lacks.Hint}
	case errors.As(err, &group):
		return &Error{Kind: HostLacks, Op: group.Op, Object: group.Object, Err: group.Err, Hint: group.Hint}
	case errors.As(err, &ids):
		return &Error{Kind: HostLacks, Op: "map ids with", Object: ids.Tool, Err: ids,
			Hint: idHint()}
	case errors.As(err, &stopped):
		return &Error{Kind: SetupFailed, Op: "run", Object: s.Command[0], Err: stopped,
			Hint: "a program inside attacks what joins it, or leaves it no processor time: end " + attacked(s)}
	case errors.As(err, &fd):
		return &Error{Kind: HostLacks, Op: fd.Op, Err: fd.Err, Hint: descriptorHint(fd.Err)}
	}
	return err
}

// attacked is the sandbox whose program has stopped one that came in, and how to end it.
func attacked(s *Spec) string {
	name := s.Name
	if how, what := s.Namespaces.PID.Kind(); how == "sandbox" {
		name = what
	} else if how == "path" || how == "fd" {
		return "who is in that pid namespace"
	}
	return "the sandbox (bulkhead kill " + name + ")"
}

// idHint says how a user gets ids to map.
func idHint() string {
	return fmt.Sprintf("install the package uidmap, and give uid %d a range in /etc/subuid and /etc/subgid: "+
		"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME", os.Geteuid())
}

func descriptorHint(err error) string {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return "too many open files: raise 'ulimit -n' or run fewer sandboxes at once"
	}
	return ""
}

func stepError(e *launch.StepError, s *Spec) error {
	if e.Step.Exec {
		return execError(e, s)
	}
	if f, ok := blame(e); ok {
		return blamed(e, f)
	}
	hint := e.Hint()
	if hint == "" {
		hint = "this works on every kernel from 5.15 on: see 'bulkhead doctor' for what is different here ('bulkhead plan -v' shows the failing call, " + e.Call.Name + ")"
	}
	return &Error{Kind: SetupFailed, Op: e.Step.Does, Object: e.Step.Object, Err: e.Errno, Hint: hint}
}
