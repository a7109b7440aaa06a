package cgroup

import (
	"context"
	"errors"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

// Error is a failure with its remedy.
type Error struct {
	Op     string // what was tried: "ask systemd for a scope"
	Object string // on what: a socket, a unit, a directory
	Err    error
	Hint   string // what to do about it
}

func (e *Error) Error() string { return e.Op + " " + e.Object + ": " + e.Err.Error() }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Delegate gets a place for groups from systemd: it asks the manager of this
// user (for root: of the system) for a transient scope with Delegate=yes that
// holds this process, and returns the Layout of that. Where [Probe] already
// finds a place for memory and pids it asks nobody.
//
// It takes milliseconds, 2 s at most, and it moves the whole calling process. The
// error is an [Error] with a hint.
func Delegate(ctx context.Context) (Layout, error) {
	if l := Probe(); l.Can().Has(Memory | Pids) {
		return l, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	scope := "bulkhead-" + strconv.Itoa(os.Getpid()) + ".scope"
	if err := startScope(ctx, managers(), scope, true); err != nil {
		return Layout{}, err
	}
	if err := arrived(ctx, scope); err != nil {
		return Layout{}, &Error{Op: "move into scope", Object: scope, Err: err, Hint: "systemctl --user status " + scope}
	}
	l := Probe()
	if !l.Can().Has(Memory | Pids) {
		return Layout{}, &Error{Op: "use scope", Object: scope, Err: errors.New(l.Why), Hint: l.Hint}
	}
	return l, nil
}

// manager is a place where a service manager can be spoken to.
type manager struct {
	socket string
	bus    bool // a message bus, not the manager itself
}

// managers is where to look, best first: the manager's own socket needs no bus daemon.
func managers() []manager {
	if os.Getuid() == 0 {
		return []manager{{"/run/systemd/private", false}, {"/run/dbus/system_bus_socket", true}}
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	list := []manager{{path.Join(dir, "systemd/private"), false}, {path.Join(dir, "bus"), true}}
	if socket, ok := strings.CutPrefix(os.Getenv("DBUS_SESSION_BUS_ADDRESS"), "unix:path="); ok {
		socket, _, _ = strings.Cut(socket, ",")
		list = append(list, manager{socket, true})
	}
	return list
}

// startScope asks the first manager that answers.
func startScope(ctx context.Context, from []manager, scope string, delegate bool) error {
	const op = "ask systemd for a cgroup at"
	var b *bus
	var err error
	var used manager
	for _, used = range from {
		if b, err = dialBus(ctx, used.socket); err == nil {
			break
		}
	}
	if err != nil {
		return &Error{Op: op, Object: from[0].socket, Err: err, Hint: "no service manager of this user answers; as root: loginctl enable-linger " +
			strconv.Itoa(os.Getuid()) + ", or make a cgroup that belongs to the user (docs/cgroups.md)"}
	}
	defer b.close()
	if used.bus {
		hello := target{"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello"}
		if err := b.call(hello, "", nil); err != nil {
			return &Error{Op: op, Object: used.socket, Err: err, Hint: "systemctl --user status dbus"}
		}
	}
	to := target{"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "StartTransientUnit"}
	if err := b.call(to, "ssa(sv)a(sa(sv))", scopeRequest(scope, os.Getpid(), delegate)); err != nil {
		return &Error{Op: "start unit", Object: scope, Err: err, Hint: "systemd-run --user --scope -p Delegate=yes true shows whether it works at all"}
	}
	return nil
}

// scopeRequest is the arguments of StartTransientUnit; org.freedesktop.systemd1(5).
func scopeRequest(scope string, pid int, delegate bool) []byte {
	var e encoder
	var yes uint32
	if delegate {
		yes = 1
	}
	property := func(name, kind string, value func()) {
		e.align(8)
		e.string(name)
		e.signature(kind)
		value()
	}
	e.string(scope)
	e.string("fail")
	e.array(8, func() {
		property("Description", "s", func() { e.string("bulkhead sandboxes of process " + strconv.Itoa(pid)) })
		property("Delegate", "b", func() { e.uint32(yes) })
		property("CollectMode", "s", func() { e.string("inactive-or-failed") })
		property("PIDs", "au", func() { e.array(4, func() { e.uint32(uint32(pid)) }) })
	})
	e.array(8, func() {})
	return e.buf
}

// arrived waits until this process is in the scope, or ctx ends: systemd answers before it has moved it.
func arrived(ctx context.Context, scope string) error {
	for {
		text, err := read("/proc/self/cgroup")
		if err != nil || strings.Contains(text, "/"+scope) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("systemd accepted the request, but did not move this process: " + ctx.Err().Error())
		case <-time.After(time.Millisecond):
		}
	}
}
