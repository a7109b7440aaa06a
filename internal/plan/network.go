package plan

import (
	"slices"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// A network namespace is the dearest of all to make, half a millisecond. So a
// helper makes it while the builder is busy with the mounts, on another
// processor, and the builder enters it when both are done.

// enoughMemory is the least memory limit for that. Unlike the builder, whose
// creator sleeps (CLONE_VFORK), the helper can be chosen by the kernel when the
// group's memory runs out, and the launcher would die with it, whose memory it
// shares. Setting up takes less than 1 MiB.
//
// FACT — since 4.3 (oom_badness) — processes in vfork are not chosen.
const enoughMemory = 64 << 20

// aside tells whether the network is made by a helper.
func (b *builder) aside() bool {
	limit := b.spec.Limits.Memory
	sysfs := slices.ContainsFunc(b.spec.Mounts, func(m spec.Mount) bool { return m.Type == spec.MountSysfs })
	return isNew(b.spec.Namespaces.Net) && !isJoined(b.spec.Namespaces.Time) && isNew(b.spec.Namespaces.PID) && isNew(b.spec.Namespaces.Mount) &&
		!sysfs && (limit <= 0 || limit >= enoughMemory)
}

// startNetwork makes the network namespace, or has it made.
func (b *builder) startNetwork() {
	if !b.aside() {
		b.loopback()
		return
	}
	b.network = b.cell()
	b.step("start", "a helper for the network", clone3(cloneVM|cloneFiles, sigchld)).Fork = true
	b.helpers++
	b.actor = Helper
	b.step("make", "the network namespace", call("unshare", flags(unix.CLONE_NEWNET, asCloneFlags)))
	b.loopback()
	b.step("keep", "the network namespace", open(cell(b.hostProc), "self/ns/net", unix.O_RDONLY, "O_RDONLY|O_CLOEXEC").into(b.network))
	b.step("end", "the helper", call("exit_group", n(0)))
	b.actor = Builder
}

// enterNetwork waits for the helper. If that has failed, its report came first and is the one told.
func (b *builder) enterNetwork() {
	if b.network == 0 {
		return
	}
	b.reapHelper()
	b.step("enter", "the network namespace", setns(cell(b.network), unix.CLONE_NEWNET))
}

// loopback brings the only device of a new network namespace up, and opens the
// low ports: with a network of its own the program cannot take anybody's.
//
// FACT — always — lo starts down. FACT — since 4.11 (ip(7)) —
// ip_unprivileged_port_start belongs to the network namespace.
func (b *builder) loopback() {
	if !isNew(b.spec.Namespaces.Net) {
		return
	}
	sock, ports := b.cell(), b.cell()
	ifreq := make([]byte, 40)
	copy(ifreq, "lo")
	ifreq[16] = unix.IFF_UP | unix.IFF_LOOPBACK | unix.IFF_RUNNING
	b.step("bring up", "loopback",
		call("socket", num(unix.AF_INET, "AF_INET"), num(unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, "SOCK_DGRAM|SOCK_CLOEXEC"), n(0)).into(sock),
		call("ioctl", cell(sock), num(unix.SIOCSIFFLAGS, "SIOCSIFFLAGS"), data(string(ifreq), `{"lo", IFF_UP}`)), closeFD(sock))
	b.step("open", "ports below 1024",
		open(cell(b.hostProc), "sys/net/ipv4/ip_unprivileged_port_start", unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(ports).unless(unix.ENOENT),
		write(ports, "0"), closeFD(ports))
	if b.keeps {
		// FACT — always (igmp.c) — who joins a multicast group has reports sent by a timer, also after its end: they would be the next program's packets.
		groups := b.cell()
		b.step("forbid", "multicast groups",
			open(cell(b.hostProc), "sys/net/ipv4/igmp_max_memberships", unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(groups).unless(unix.ENOENT),
			write(groups, "0"), closeFD(groups))
	}
}
