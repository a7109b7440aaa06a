package cgroup

import (
	"path"
	"strings"
)

// missing says why a controller cannot be used here, and what to do about it.
func (l Layout) missing(c Controllers) (reason, hint string) {
	switch {
	case !l.Usable():
		return l.Why, l.Hint
	case l.V1 == V1{}:
		return l.missingV2(c)
	}
	name := namesV1[c.index()]
	return "no writable cgroup v1 hierarchy has the " + name + " controller",
		"as root: mkdir -p /sys/fs/cgroup/" + name + " && mount -t cgroup -o " + name + " cgroup /sys/fs/cgroup/" + name
}

// missingV2 is missing on a pure v2 tree: some directory above does not hand the controller down.
func (l Layout) missingV2(c Controllers) (reason, hint string) {
	name, parent := c.nameV2(), l.V2
	if l.Top != "" {
		parent = l.Top
	}
	reason = "the " + name + " controller is not handed down to " + parent
	if strings.Contains(parent, "/user@") {
		return reason, delegateHint
	}
	return reason, "as root: echo +" + name + " > " + path.Join(path.Dir(parent), "cgroup.subtree_control") +
		" (and in each directory above it)"
}

// delegateHint makes systemd give users every controller; systemd.resource-control(5).
//
// FACT — since systemd 244 users get memory and pids, since 252 also cpu (systemd NEWS) — cpuset and io are never there by default — this drop-in asks for them.
const delegateHint = `as root: mkdir -p /etc/systemd/system/user@.service.d && ` +
	`printf '[Service]\nDelegate=cpu cpuset io memory pids\n' > /etc/systemd/system/user@.service.d/delegate.conf && ` +
	`systemctl daemon-reload, then log out and in again`

// quote puts a name into quotes for a message.
func quote(s string) string { return `"` + strings.ToValidUTF8(s, "?") + `"` }
