package seccomp

import "testing"

// TestWhatPoliciesDecide is the audit in a table: one line a promise of docs/seccomp.md.
func TestWhatPoliciesDecide(t *testing.T) {
	const afUnix, afInet, afInet6, afNetlink, afPacket, afVsock, afAlg = 1, 2, 10, 16, 17, 40, 38
	noFamily, noProtocol := Errno|97, Errno|93
	everywhere := []string{Default, Strict, Build, Shell, Agent}
	for _, c := range []struct {
		policies []string
		o        Options
		call     string
		a        [6]uint64
		want     Action
	}{
		{everywhere, Options{}, "clone", [6]uint64{17}, Allow},
		{everywhere, Options{}, "clone", [6]uint64{0x10000000 | 17}, Deny},
		{everywhere, Options{}, "clone", [6]uint64{0x00020000}, Deny},
		{everywhere, Options{}, "clone", [6]uint64{1<<32 | 0x40000000}, Deny},
		{everywhere, Options{}, "clone3", [6]uint64{}, unknown},
		{everywhere, Options{}, "unshare", [6]uint64{0x10000000}, Deny},
		{everywhere, Options{}, "unshare", [6]uint64{0x80}, Deny},
		{[]string{Default, Build}, Options{}, "unshare", [6]uint64{0x400}, Allow}, // CLONE_FILES
		{everywhere, Options{}, "setns", [6]uint64{3}, Deny},
		{everywhere, Options{}, "mount", [6]uint64{}, Deny},
		{everywhere, Options{}, "open_tree_attr", [6]uint64{}, Deny},
		{everywhere, Options{}, "fsopen", [6]uint64{}, Deny},
		{everywhere, Options{}, "move_mount", [6]uint64{}, Deny},
		{everywhere, Options{}, "sethostname", [6]uint64{}, Deny},
		{everywhere, Options{Nest: true}, "clone", [6]uint64{0x10000000 | 17}, Allow},
		{everywhere, Options{Nest: true}, "clone3", [6]uint64{}, Allow},
		{everywhere, Options{Nest: true}, "unshare", [6]uint64{0x10000000}, Allow},
		{everywhere, Options{Nest: true}, "setns", [6]uint64{}, Allow},
		{everywhere, Options{Nest: true}, "pivot_root", [6]uint64{}, Allow},
		{everywhere, Options{Nest: true}, "seccomp", [6]uint64{}, Allow},
		{everywhere, Options{Nest: true}, "sethostname", [6]uint64{}, Allow},
		{everywhere, Options{Nest: true}, "keyctl", [6]uint64{}, unknown},
		{everywhere, Options{Nest: true}, "bpf", [6]uint64{}, Deny},
		{everywhere, Options{}, "io_uring_setup", [6]uint64{}, unknown},
		{everywhere, Options{}, "keyctl", [6]uint64{}, unknown},
		{everywhere, Options{}, "bpf", [6]uint64{}, Deny},
		{everywhere, Options{}, "perf_event_open", [6]uint64{}, Deny},
		{everywhere, Options{}, "userfaultfd", [6]uint64{}, Deny},
		{everywhere, Options{}, "open_by_handle_at", [6]uint64{}, Deny},
		{everywhere, Options{}, "fanotify_init", [6]uint64{}, Deny},
		{everywhere, Options{}, "reboot", [6]uint64{}, Deny},
		{everywhere, Options{}, "clock_settime", [6]uint64{}, Deny},
		{everywhere, Options{}, "syslog", [6]uint64{}, Deny},
		{everywhere, Options{}, "lookup_dcookie", [6]uint64{}, unknown},
		{everywhere, Options{}, "ioctl", [6]uint64{1: 0x5412}, Deny},
		{everywhere, Options{}, "ioctl", [6]uint64{1: 1<<32 | 0x5412}, Deny},
		{everywhere, Options{}, "ioctl", [6]uint64{1: 0x541c}, Deny},
		{everywhere, Options{}, "ioctl", [6]uint64{1: 0x5423}, Deny},
		{everywhere, Options{}, "ioctl", [6]uint64{1: 0x5401}, Allow},
		{everywhere, Options{}, "socketpair", [6]uint64{afUnix}, Allow},
		{everywhere, Options{}, "socketpair", [6]uint64{30}, noFamily}, // AF_TIPC
		{everywhere, Options{}, "socket", [6]uint64{afVsock}, noFamily},
		{everywhere, Options{}, "socket", [6]uint64{afPacket, 3}, noFamily},
		{everywhere, Options{}, "socket", [6]uint64{afAlg}, noFamily},
		{[]string{Strict}, Options{}, "socket", [6]uint64{afUnix}, noFamily},
		{[]string{Strict}, Options{}, "memfd_create", [6]uint64{}, unknown},
		{[]string{Strict}, Options{}, "inotify_init1", [6]uint64{}, unknown},
		{[]string{Strict}, Options{}, "fcntl", [6]uint64{1: 1026}, Deny},
		{[]string{Strict}, Options{}, "fcntl", [6]uint64{1: 3}, Allow},
		{[]string{Strict}, Options{}, "symlinkat", [6]uint64{}, Deny},
		{[]string{Default, Build, Shell, Agent}, Options{}, "socket", [6]uint64{afUnix}, Allow},
		{[]string{Default, Build, Shell, Agent}, Options{}, "socket", [6]uint64{afInet, 1}, Allow},
		{[]string{Default, Build, Shell, Agent}, Options{}, "socket", [6]uint64{afInet, 1 | 0x80000, 6}, Allow},
		{[]string{Default, Build, Shell, Agent}, Options{}, "socket", [6]uint64{afInet6, 2}, Allow},
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet, 10}, noFamily}, // SOCK_PACKET
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet, 10 | 0x80000}, noFamily},
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet, 1, 132}, noProtocol},
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet, 5}, noFamily},           // SOCK_SEQPACKET: SCTP, if it is there
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet6, 6}, noFamily},          // SOCK_DCCP: loads it, without a protocol
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet, 6 | 0x80000}, noFamily}, // with SOCK_CLOEXEC
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet6, 3 | 0x800, 58}, Allow}, // raw, where a capability allows it
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet, 1, 256}, noProtocol},    // IPPROTO_SMC
		{[]string{Default}, Options{}, "socket", [6]uint64{afInet6, 1, 256}, noProtocol},   // the same
		{[]string{Default}, Options{}, "socket", [6]uint64{afNetlink, 3, 0}, Allow},
		{[]string{Default}, Options{}, "socket", [6]uint64{afNetlink, 3, 9}, noProtocol},
		{[]string{Default, Strict, Agent}, Options{}, "pidfd_getfd", [6]uint64{}, Deny},
		{[]string{Build, Shell}, Options{}, "pidfd_getfd", [6]uint64{}, Allow},
		{[]string{Default, Agent}, Options{}, "process_vm_readv", [6]uint64{}, Deny},
		{[]string{Default, Strict}, Options{}, "ptrace", [6]uint64{}, Deny},
		{[]string{Build, Shell, Agent}, Options{}, "ptrace", [6]uint64{}, Allow},
		{[]string{Build, Shell}, Options{}, "process_vm_readv", [6]uint64{}, Allow},
		{everywhere, Options{}, "personality", [6]uint64{0xffffffff}, Allow},
		{[]string{Default, Strict}, Options{}, "personality", [6]uint64{0x40000}, Deny},
		{[]string{Build, Shell, Agent}, Options{}, "personality", [6]uint64{0x40000}, Allow},
		{[]string{Build, Shell, Agent}, Options{}, "personality", [6]uint64{0x400000}, Deny},
		{everywhere, Options{GuardSetID: true}, "fchmod", [6]uint64{1: 0o4755}, Deny},
		{everywhere, Options{GuardSetID: true}, "fchmod", [6]uint64{1: 1<<16 | 0o2755}, Deny},
		{everywhere, Options{GuardSetID: true}, "fchmod", [6]uint64{1: 0o1777}, Allow},
		{everywhere, Options{GuardSetID: true}, "fchmodat2", [6]uint64{2: 0o4000}, Deny},
		{everywhere, Options{GuardSetID: true}, "openat", [6]uint64{2: 0o100, 3: 0o4644}, Deny},
		{everywhere, Options{GuardSetID: true}, "openat", [6]uint64{2: 0o20000000, 3: 0o4644}, Deny},
		{everywhere, Options{GuardSetID: true}, "openat", [6]uint64{2: 0o100, 3: 0o644}, Allow},
		{everywhere, Options{GuardSetID: true}, "openat", [6]uint64{2: 0, 3: 0o4644}, Allow}, // creates nothing
		{everywhere, Options{GuardSetID: true}, "openat2", [6]uint64{}, unknown},
		{everywhere, Options{GuardSetID: true, Nest: true}, "mkdirat", [6]uint64{2: 0o2755}, Deny},
		{everywhere, Options{}, "fchmod", [6]uint64{1: 0o4755}, Allow},
	} {
		for _, name := range c.policies {
			for _, a := range Arches() {
				entry, ok := find(a.abi().calls(), c.call, callName)
				if !ok {
					continue
				}
				program := compile(t, load(t, c.o, nil, name), a)
				if got := program.mustRun(t, Data{uint32(entry.number), a.abi().audit(), c.a}); got != c.want {
					t.Errorf("%s %+v on %s: %s(%#x): %s, want %s", name, c.o, a, c.call, c.a, got, c.want)
				}
			}
		}
	}
}
