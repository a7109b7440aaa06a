package host

import "strings"

// enclosure is what this process is enclosed by.
type enclosure struct {
	kind string // "docker", "podman", "bulkhead" ..., "" for nothing known
	// foreign lists the kinds of namespace that are not the machine's first.
	foreign []string
}

// firstNamespaces are the initial namespaces' numbers.
//
// FACT — since 3.8 (linux/proc_ns.h, PROC_USER_INIT_INO and its siblings) — the
// namespaces that exist from the start have fixed numbers — a process that sees others is in a container.
var firstNamespaces = [...]struct{ kind, number string }{
	{"user", "user:[4026531837]"}, {"pid", "pid:[4026531836]"}, {"uts", "uts:[4026531838]"},
	{"ipc", "ipc:[4026531839]"}, {"cgroup", "cgroup:[4026531835]"}, {"time", "time:[4026531834]"},
}

// around finds out what this process is enclosed by.
func (s *System) around() enclosure {
	var e enclosure
	for _, first := range firstNamespaces {
		if now, err := s.link("/proc/self/ns/" + first.kind); err == nil && now != first.number {
			e.foreign = append(e.foreign, first.kind)
		}
	}
	if len(e.foreign) > 0 {
		e.kind = s.enclosureKind()
	}
	return e
}

// enclosureKind looks for the marks that containers leave, the innermost first.
// A machine that was made from a container's image has such marks too: what
// counts is that there are namespaces.
func (s *System) enclosureKind() string {
	switch {
	case s.line("/proc/1/comm") == "bulkhead-init":
		return "bulkhead"
	case s.line("/proc/1/comm") == "bwrap":
		return "bubblewrap"
	case s.exists("/.flatpak-info"):
		return "flatpak"
	case s.env("KUBERNETES_SERVICE_HOST") != "":
		return "kubernetes"
	case s.exists("/run/.containerenv"):
		return "podman"
	case s.exists("/.dockerenv"):
		return "docker"
	}
	// systemd, as process 1 of a container, leaves its manager's name here; systemd(1), container interface.
	if kind := s.line("/run/systemd/container"); kind != "" {
		return kind
	}
	return s.env("container")
}

// enclosed tells whether there is a container at all.
func (e enclosure) enclosed() bool { return len(e.foreign) > 0 }

// text names the enclosure.
func (e enclosure) text() string {
	switch {
	case e.kind != "":
		return e.kind
	case e.enclosed():
		return "a container or sandbox around it"
	}
	return "what started it"
}

// opened is how to start the enclosure so that sandboxes work in it.
func (e enclosure) opened() string {
	switch e.kind {
	case "bulkhead":
		return "start the outer sandbox with: bulkhead run --nest"
	case "docker":
		return "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
	case "podman":
		return "podman run --security-opt seccomp=unconfined --security-opt unmask=ALL"
	case "kubernetes":
		return "in the pod: spec.hostUsers: false, and in the container: securityContext: {seccompProfile: {type: Unconfined}, procMount: Unmasked}"
	case "lxc":
		return "on the host: lxc config set NAME security.nesting true"
	case "systemd-nspawn":
		return "systemd-nspawn --system-call-filter=@mount"
	case "bubblewrap", "flatpak":
		return "start bulkhead outside of " + e.kind
	}
	return "start it without the filter (a systemd unit: remove SystemCallFilter= and RestrictNamespaces=)"
}

// unconfined is how to start the enclosure without an AppArmor profile.
func (e enclosure) unconfined(profile string) string {
	switch e.kind {
	case "docker", "podman":
		return e.kind + " run --security-opt apparmor=unconfined"
	case "kubernetes":
		return "in the container: securityContext: {appArmorProfile: {type: Unconfined}}"
	}
	profile, _, _ = strings.Cut(profile, "//")
	return "sudo aa-complain " + profile
}
