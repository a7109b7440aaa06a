package plan

import "golang.org/x/sys/unix"

// makeCgroups creates the sandbox's group and writes its limits while it is still empty.
func (b *builder) makeCgroups() {
	for _, dir := range b.run.Cgroup.Shared {
		b.step("make cgroup", dir, call("mkdirat", cwd, str(dir), num(0o755, "0755")).allow(unix.EEXIST)).
			hint("see 'bulkhead doctor' for what this host's cgroups allow")
	}
	for _, dir := range b.run.Cgroup.Dirs {
		b.step("make cgroup", dir, call("mkdirat", cwd, str(dir), num(0o755, "0755"))).
			hint("see 'bulkhead doctor' for what this host's cgroups allow")
	}
	for _, w := range b.run.Cgroup.Writes {
		b.writeFile(w)
	}
}

// writeFile writes one value to one kernel file.
func (b *builder) writeFile(w Write) {
	fd := b.cell()
	opened := open(cwd, w.Path, unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(fd)
	if w.Optional {
		opened = opened.unless(unix.ENOENT)
	}
	b.step(w.What, w.Path, opened, write(fd, w.Value), closeFD(fd)).
		hint("the kernel did not accept " + quoted(w.Value) + "; see 'bulkhead doctor' for what this host's cgroups allow")
}

// enterCgroups puts the builder, and with it all it creates, under the limits.
//
// FACT — since 5.7 (clone(2), CLONE_INTO_CGROUP) — on v2 the builder is born in
// the group. On v1 it writes itself into each hierarchy.
func (b *builder) enterCgroups() {
	for _, procs := range b.run.Cgroup.Procs {
		b.writeFile(Write{Path: procs, Value: "0", What: "enter cgroup"})
	}
	// FACT — since 4.6 (cgroup_namespaces(7)) — the namespace's root is the
	// group its creator is in, and clone takes the parent's: so unshare, here.
	if isNew(b.spec.Namespaces.Cgroup) {
		b.step("hide", "the host's cgroups", call("unshare", num(unix.CLONE_NEWCGROUP, "CLONE_NEWCGROUP")))
	}
}

// afterwards is what has to wait until the builder no longer shares our memory.
//
// FACT — since 4.19 (cgroup v2, memory.oom.group) — the kernel kills every
// process of the group together, and with a process all that share its memory:
// set before the builder's exec it could take the launcher.
func (b *builder) afterwards() {
	b.actor = After
	for _, w := range b.run.Cgroup.After {
		b.writeFile(w)
	}
}
