package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bulkhead/bulkhead/cmd/bulkhead/proc"
	"github.com/bulkhead/bulkhead/spec"
)

// walls compares what was seen with what a profile builds. It reads nothing.
type walls struct {
	*sight
	spaces  []namespace
	want    *spec.Spec
	missing []gap
	unknown []string
}

func (w *walls) lacks(when bool, wall, means string) {
	if when {
		w.missing = append(w.missing, gap{wall, means})
	}
}

// unread notes that nothing can be said of a wall, and reports it.
func (w *walls) unread(what, wall string) bool {
	hidden := slices.Contains(w.sight.Unread, what)
	if hidden {
		w.unknown = append(w.unknown, wall+": its "+what+" may not be read")
	}
	return hidden
}

func (w *walls) compare() {
	for _, wall := range namespaceWalls {
		w.namespace(wall)
	}
	w.rights()
	w.files()
	w.network()
	w.descriptors()
	for _, l := range w.limitWalls() {
		w.limit(l)
	}
	if mode := w.want.Landlock.Mode; mode != "" && mode != "off" {
		w.unknown = append(w.unknown, "landlock: the kernel does not tell whether it is on")
	}
}

// namespaceWall is what a namespace of its own keeps from the program.
type namespaceWall struct {
	kind  string
	field func(*spec.Namespaces) spec.Namespace
	means string
}

var namespaceWalls = []namespaceWall{
	{"user", func(n *spec.Namespaces) spec.Namespace { return n.User }, "its user and capabilities count outside, too"},
	{"pid", func(n *spec.Namespaces) spec.Namespace { return n.PID }, "it sees the processes around it, and may signal those of its user"},
	{"mnt", func(n *spec.Namespaces) spec.Namespace { return n.Mount }, "it sees the host's files, and may change what its user may"},
	{"net", func(n *spec.Namespaces) spec.Namespace { return n.Net }, "it reaches every address that the host reaches, and the services on its loopback"},
	{"ipc", func(n *spec.Namespaces) spec.Namespace { return n.IPC }, "it shares System V memory and message queues with the programs around it"},
	{"uts", func(n *spec.Namespaces) spec.Namespace { return n.UTS }, "it sees the machine's name"},
	{"cgroup", func(n *spec.Namespaces) spec.Namespace { return n.Cgroup }, "it sees where in the machine's tree of cgroups it is"},
	{"time", func(n *spec.Namespaces) spec.Namespace { return n.Time }, "it sees how long the machine has been up"},
}

func (w *walls) namespace(wall namespaceWall) {
	i := slices.IndexFunc(w.spaces, func(n namespace) bool { return n.Kind == wall.kind })
	if i < 0 || !wall.field(&w.want.Namespaces).IsNew() {
		return
	}
	n := &w.spaces[i]
	init := n.Init != nil && *n.Init
	switch {
	case w.unread(wall.kind+" namespace", "no "+wall.kind+" namespace of its own"):
	case n.Yours || init:
		w.lacks(true, "no "+wall.kind+" namespace of its own", "it is "+n.whose()+": "+wall.means)
	}
}

func (w *walls) rights() {
	w.lacks(slices.Contains(w.UIDs, "0"), "user", "it runs as root, as seen from here: files of root are its own")
	extra := beyond(capabilityList(w.Effective), w.want.Capabilities)
	w.lacks(len(extra) > 0, "capabilities", "they count in "+w.where()+" and beneath: "+few(extra))
	gain := beyond(capabilityList(w.Bounding), w.want.Capabilities)
	w.lacks(len(gain) > 0, "capability bounding set", strconv.Itoa(len(gain))+" capabilities are left in it, which set-user-ID programs and file capabilities may give")
	w.lacks(!w.NoNewPrivs && !w.want.AllowNewPrivs, "no_new_privs is off", "set-user-ID programs and file capabilities act")
	w.lacks(w.Seccomp == 0 && w.want.Seccomp.Policy != "none", "no system-call filter", "every system call of the kernel is open to it, with all its faults")
	w.lacks(w.Tracer != 0, "traced", "process "+strconv.Itoa(w.Tracer)+" controls it")
}

func (w *walls) where() string {
	if i := slices.IndexFunc(w.spaces, func(n namespace) bool { return n.Kind == "user" && n.Yours }); i >= 0 {
		return "your own user namespace"
	}
	if w.sight.Process.Namespaces["user"] == "" {
		return "its user namespace, which may not be read,"
	}
	return "the user namespace " + w.sight.Process.Namespaces["user"]
}

func beyond(has []string, may []spec.Capability) []string {
	return slices.DeleteFunc(has, func(c string) bool { return slices.Contains(may, spec.Capability(c)) })
}

// files looks at a tree of its own; the one that is shared is told of by its namespace.
func (w *walls) files() {
	if w.unread("mounts", "read-only view of files") || w.shares("mnt") {
		return
	}
	writable := targets(w.Mounts, func(m *proc.Mount) bool { return m.Writable() && w.fromHost(m) })
	w.lacks(len(writable) > 0, "files of the host are writable", "what it changes stays: "+some(writable))
	whole := targets(w.Mounts, func(m *proc.Mount) bool { return m.Root == "/" && w.isHostRoot(m) })
	w.lacks(len(whole) > 0, "the host's whole root shows", "with its keys and configuration, at "+some(whole))
}

func (w *walls) isHostRoot(m *proc.Mount) bool {
	return slices.ContainsFunc(w.mounts, func(h proc.Mount) bool {
		return h.Target == "/" && h.Device == m.Device && h.Root == m.Root
	}) && !m.InMemory()
}

func (w *walls) shares(kind string) bool {
	return slices.ContainsFunc(w.spaces, func(n namespace) bool { return n.Kind == kind && (n.Yours || n.Init != nil && *n.Init) })
}

func (w *walls) network() {
	if !w.want.Namespaces.Net.IsNew() || w.shares("net") || w.unread("network devices", "no network but loopback") {
		return
	}
	// The kernel puts these into every namespace, switched off.
	idle := []string{"lo", "tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0"}
	devices := slices.DeleteFunc(slices.Clone(w.Devices), func(d string) bool { return slices.Contains(idle, d) })
	w.lacks(len(devices) > 0, "network devices besides loopback", "they lead out: "+some(devices))
}

// descriptors counts those that lead where its own tree does not.
func (w *walls) descriptors() {
	if w.unread("open files", "no open files but 0 to 2") {
		return
	}
	var names []string
	for _, f := range w.leadingOut() {
		if f.Outside && f.FD > 2 && f.Name != "/dev/null" {
			names = append(names, strconv.Itoa(f.FD)+" "+f.Name)
		}
	}
	w.lacks(len(names) > 0, "open files from outside of its tree", "no mount keeps it from these: "+some(names))
}

// some are the first of a list and how many more there are.
func some(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:most], ", ") + " and " + strconv.Itoa(len(list)-most) + " more"
}

// limitWall is a limit of the profile and the one in force.
type limitWall struct {
	name, key string
	most      int64
	show      func(int64) string
	means     string
}

func (w *walls) limitWalls() []limitWall {
	l := &w.want.Limits
	return []limitWall{
		{"memory", "memory_bytes", int64(l.Memory), humanSize, "it may take what the machine has"},
		{"processes", "pids", l.Pids, count, "it may make processes until the machine stands still"},
		{"open files", "open_files", max(l.OpenFiles, 4096), count, "it may hold more of the kernel's memory by descriptors"},
		{"the size of files", "file_size_bytes", int64(l.FileSize), humanSize, "it may fill a disk with one file"},
	}
}

// ours is how many processes of a sandbox's own, its init and guardian, are counted with it.
const ours = 2

// limit holds one against the profile's, where that has one.
func (w *walls) limit(l limitWall) {
	if l.most <= 0 {
		return
	}
	n, known := w.limits()[l.key]
	switch {
	case !known:
		w.unknown = append(w.unknown, "limit on "+l.name+": the one in force may not be read")
	case n < 0:
		w.lacks(true, "no limit on "+l.name, l.means)
	case n > l.most+ours:
		w.lacks(true, "limit on "+l.name, "it is "+l.show(n)+", the profile's "+l.show(l.most))
	}
}
