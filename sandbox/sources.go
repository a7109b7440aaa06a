package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
	"github.com/bulkhead/bulkhead/internal/seccomp"
	"github.com/bulkhead/bulkhead/spec"
)

// owners looks up who owns the sources of binds and overlays. It returns the Spec without
// the optional ones whose source is missing: what is mounted on their places must not find them taken.
func owners(s *Spec) (present *Spec, found map[string]plan.Owner, err error) {
	present = s
	for i := range s.Mounts {
		m := &s.Mounts[i]
		layer := m.Type == spec.MountOverlay
		if !layer && m.Type != spec.MountBind || strings.HasPrefix(m.Source, "fd:") {
			continue
		}
		var st unix.Stat_t
		if err := unix.Stat(m.Source, &st); err != nil {
			if layer {
				continue // the step that mounts it tells why it cannot
			}
			if m.Optional && err == unix.ENOENT {
				present = without(present, m)
				continue
			}
			return nil, nil, &Error{Kind: Mistake, Op: "bind", Object: m.Source, Err: err, Hint: sourceHint(err)}
		}
		if sameAs(&st, "/") {
			m.Source = "/" // by whatever name: the planner has to know
		}
		if found == nil {
			found = map[string]plan.Owner{}
		}
		found[m.Source] = plan.Owner{UID: st.Uid, GID: st.Gid}
	}
	return present, found, nil
}

// without is a Spec that lacks all mounts of one missing source.
func without(s *Spec, missing *spec.Mount) *Spec {
	less := *s
	less.Mounts = slices.DeleteFunc(slices.Clone(s.Mounts), func(m spec.Mount) bool {
		return m.Type == spec.MountBind && m.Optional && m.Source == missing.Source
	})
	return &less
}

// sameAs tells whether a path is the directory that was looked at.
func sameAs(st *unix.Stat_t, path string) bool {
	var other unix.Stat_t
	return unix.Stat(path, &other) == nil && st.Dev == other.Dev && st.Ino == other.Ino
}

func sourceHint(err error) string {
	switch {
	case errors.Is(err, unix.ENOENT):
		return "there is no such file or directory on the host; with the option 'optional' a missing source is skipped"
	case errors.Is(err, unix.EACCES):
		return "you may not look there yourself"
	case errors.Is(err, unix.ELOOP):
		return "its symbolic links lead in a circle"
	}
	return ""
}

// mostData is how large a file from a descriptor may be.
const mostData = 64 << 20

// withData is a Spec whose files' contents have been read from their
// descriptors, which can be done only once: it may be started more than once.
func withData(s *Spec) (*Spec, error) {
	if !slices.ContainsFunc(s.Mounts, func(m spec.Mount) bool { return m.DataFD != nil }) {
		return s, nil
	}
	own := s.Clone()
	return &own, readData(own.Mounts)
}

// readData reads the contents of files that come from descriptors. Mistakes are left for Validate.
func readData(mounts []spec.Mount) error {
	for i := range mounts {
		m := &mounts[i]
		if m.DataFD == nil || *m.DataFD < 3 || m.Type != spec.MountFile || m.Data != "" {
			continue
		}
		// A copy: the descriptor stays the caller's, and a File closes its own in the end.
		fd, err := unix.FcntlInt(uintptr(*m.DataFD), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return &Error{Kind: Mistake, Op: "read", Object: fmt.Sprintf("descriptor %d", *m.DataFD), Err: err}
		}
		f := os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", *m.DataFD))
		defer f.Close()
		data, err := io.ReadAll(io.LimitReader(f, mostData+1))
		if err != nil {
			return &Error{Kind: Mistake, Op: "read", Object: f.Name(), Err: err, Hint: "it holds the content of " + m.Target}
		}
		if len(data) > mostData {
			return &Error{Kind: Mistake, Op: "read", Object: f.Name(), Err: errors.New("more than 64M"), Hint: "bind the file instead"}
		}
		m.Data, m.DataFD = string(data), nil
	}
	return nil
}

// filter is the compiled system-call policy, and whether it asks a supervisor.
// A program that is given files may own them, as it may those it makes on the host.
func filter(s *Spec, arch string, given bool) (program []byte, notifies bool, err error) {
	machine := seccomp.Native()
	options := filterOptions(s, given)
	if len(s.Seccomp.Rules) == 0 {
		if ready, ok := seccomp.Precompiled(s.Seccomp.Policy, options, machine); ok {
			return ready, false, nil
		}
	}
	policy, err := seccomp.Load(options, s.Seccomp.Rules, s.Seccomp.Policy, readPolicy)
	if err != nil {
		return nil, false, &Error{Kind: Mistake, Op: "read", Object: "the system-call policy", Err: err}
	}
	compiled, err := policy.Compile(machine)
	if err != nil {
		return nil, false, &Error{Kind: Mistake, Op: "compile", Object: "the system-call policy", Err: err}
	}
	if compiled.Notifies() {
		if err := startable(policy, machine); err != nil {
			return nil, false, err
		}
	}
	return compiled.Bytes(), compiled.Notifies(), nil
}

func filterOptions(s *Spec, given bool) seccomp.Options {
	return seccomp.Options{Nest: s.Nest, GuardSetID: given || writesHost(s)}
}

// keptPolicy is what a Pool has to know of its policy.
type keptPolicy struct {
	// early: it lets a process get from the wait for a job to the exec, so that it can be installed before.
	early bool
	// once: programs can leave keys, which the kernel shows to whoever has the same id on the host until it collects them.
	once bool
}

func keptPolicyOf(s *Spec) (k keptPolicy, err error) {
	policy, err := seccomp.Load(filterOptions(s, true), s.Seccomp.Rules, s.Seccomp.Policy, readPolicy)
	if err != nil {
		return k, &Error{Kind: Mistake, Op: "read", Object: "the system-call policy", Err: err}
	}
	e, err := policy.Explanation(seccomp.Native())
	if err != nil {
		return k, &Error{Kind: Mistake, Op: "compile", Object: "the system-call policy", Err: err}
	}
	k.early = !slices.ContainsFunc(plan.EarlyCalls(), func(name string) bool { return e.Call(name)[0].Text != "allow" })
	for _, name := range []string{"add_key", "request_key", "keyctl"} {
		k.once = k.once || slices.ContainsFunc(e.Call(name), mayHappen)
	}
	return k, nil
}

// mayHappen tells whether a policy lets a call through in some case, or lets a supervisor decide.
func mayHappen(c seccomp.Explained) bool {
	return slices.ContainsFunc(c.Reasons, func(r seccomp.Reason) bool {
		return r.Action == seccomp.Allow || r.Action == seccomp.Log || r.Action == seccomp.Notify
	})
}

// startCalls are what a program's start makes before a supervisor can answer: the listener is sent by sendmsg, and then comes
// the exec, or, where that fails, the end. The launcher waits for either.
var startCalls = [...]string{"sendmsg flags=0", "execve", "exit_group"}

// startable checks that a policy with a supervisor allows them.
func startable(policy *seccomp.Policy, machine seccomp.Arch) error {
	e, err := policy.Explanation(machine)
	for _, call := range startCalls {
		q, mistake := seccomp.ParseQuestion(call)
		answer, unknown := e.Ask(q)
		if err := errors.Join(err, mistake, unknown); err != nil {
			return err
		}
		if !answer.Is(seccomp.Allow) {
			return &Error{Kind: Mistake, Op: "use", Object: "the system-call policy", Err: fmt.Errorf("it does not allow %s", q.Name),
				Hint: "before the supervisor can answer, the program's start needs " + q.Name + ": allow it"}
		}
	}
	return nil
}

// mostPolicy is how large a policy file may be.
const mostPolicy = 1 << 20

func readPolicy(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostPolicy+1))
	if err == nil && len(text) > mostPolicy {
		err = fmt.Errorf("%s: more than 1M", name)
	}
	return string(text), err
}

// writesHost tells whether the program can make files in a directory of the
// host, where a set-user-ID one would act for its owner outside. A tree that it
// shares with others may hold any.
func writesHost(s *Spec) bool {
	if !s.Namespaces.Mount.IsNew() && s.Landlock.Mode != "only" {
		return true
	}
	if s.Root.Kind == spec.RootDir && s.Root.Writable || s.Root.Overlay != nil && s.Root.Overlay.Dir != "" {
		return true
	}
	for i := range s.Mounts {
		if s.Mounts[i].Write || s.Mounts[i].Upper != "" {
			return true
		}
	}
	return false
}
