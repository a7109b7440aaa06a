package seccomp

import "testing"

func TestI386FollowsTheNativeRules(t *testing.T) {
	const text = `abi i386 allow
default errno ENOSYS
allow read stat mmap(prot == 1) fcntl(cmd == 3) pread64(fd == 1) futex
allow socket(domain == AF_UNIX)
errno EAFNOSUPPORT socket
allow connect semop
deny setuid(uid == 0) clone(flags & CLONE_NEWUSER) lseek(whence == 2)
allow setuid clone lseek shmat(shmflg == 0)
deny semctl(cmd == 1)
allow semctl
allow ioctl(cmd == -1) kill(pid == 5)
allow mincore(addr == -1)
`
	program := compile(t, parse(t, text), AMD64)
	for _, c := range []struct {
		name string
		a    [6]uint64
		want Action
	}{
		{"read", [6]uint64{}, Allow},
		{"write", [6]uint64{}, unknown},
		{"stat", [6]uint64{}, Allow},
		{"stat64", [6]uint64{}, Allow},
		{"oldstat", [6]uint64{}, Allow},
		{"futex_time64", [6]uint64{}, Allow},
		{"vm86", [6]uint64{}, unknown},
		{"fcntl64", [6]uint64{1: 3}, Allow},
		{"fcntl64", [6]uint64{1: 4}, unknown},
		{"mmap2", [6]uint64{2: 1}, Allow},
		{"mmap2", [6]uint64{2: 7}, unknown},
		{"mmap", [6]uint64{2: 1}, unknown}, // its arguments lie in memory: permission does not hold
		{"pread64", [6]uint64{0: 1}, Allow},
		{"socket", [6]uint64{0: 1}, Allow},
		{"socket", [6]uint64{0: 40}, Errno | 97},
		{"socketcall", [6]uint64{0: 1}, Errno | 97}, // socket, domain unseen
		{"socketcall", [6]uint64{0: 3}, Allow},      // connect
		{"socketcall", [6]uint64{0: 2}, unknown},    // bind
		{"socketcall", [6]uint64{0: 99}, unknown},
		{"socketcall", [6]uint64{0: 0}, unknown},
		{"ipc", [6]uint64{0: 1}, Allow},         // semop
		{"ipc", [6]uint64{0: 1<<16 | 1}, Allow}, // a version above it
		{"ipc", [6]uint64{0: 3}, Deny},          // semctl: a refusal holds unseen
		{"ipc", [6]uint64{0: 21}, unknown},      // shmat: a permission does not
		{"setuid32", [6]uint64{0: 0}, Deny},
		{"setuid32", [6]uint64{0: 1}, Allow},
		{"setuid", [6]uint64{0: 1}, Deny}, // reads 16 bits: not to be trusted
		{"clone", [6]uint64{0: 0x10000000}, Deny},
		{"clone", [6]uint64{0: 17}, Allow},
		{"_llseek", [6]uint64{}, Deny}, // whence is another argument there
		{"lseek", [6]uint64{2: 1}, Allow},
		{"lseek", [6]uint64{2: 2}, Deny},
		{"ioctl", [6]uint64{1: 0xffffffff}, Allow},
		{"mincore", [6]uint64{0: 0xffffffff}, Allow}, // -1 in 32 bits
		{"mincore", [6]uint64{0: 1}, unknown},
		{"kill", [6]uint64{0: 5}, Allow},
	} {
		entry, ok := find(i386Calls[:], c.name, callName)
		if !ok {
			t.Fatalf("i386 has no %s", c.name)
		}
		if got := program.mustRun(t, Data{uint32(entry.number), abiI386.audit(), c.a}); got != c.want {
			t.Errorf("%s(%#x): %s, want %s", c.name, c.a, got, c.want)
		}
	}
}

// TestI386WithoutConditions: where no condition is involved, a call of i386 that the machine has under the same name is decided alike.
func TestI386WithoutConditions(t *testing.T) {
	p := load(t, Options{}, []string{"abi i386 allow"}, Default)
	program := compile(t, p, AMD64)
	conditional := map[string]bool{}
	for _, r := range p.rules {
		conditional[r.call] = conditional[r.call] || r.when != nil
	}
	compared := 0
	for _, c := range i386Calls {
		if conditional[c.name] || !abiAMD64.has(c.name) {
			continue
		}
		compared++
		want := p.verdict(abiAMD64, c.name, &[6]uint64{})
		if got := program.mustRun(t, Data{Number: uint32(c.number), Audit: abiI386.audit()}); got != want {
			t.Errorf("%s: %s on i386, %s on amd64", c.name, got, want)
		}
	}
	if compared < 250 {
		t.Errorf("only %d calls compared", compared)
	}
}

func TestI386Settings(t *testing.T) {
	for setting, want := range map[string]Action{"kill": Kill, "deny": Deny, "errno ENOSYS": unknown, "trap": Trap} {
		program := compile(t, parse(t, "abi i386 "+setting+"\ndefault allow\ndeny ptrace"), AMD64)
		if got := program.mustRun(t, Data{Number: 3, Audit: abiI386.audit()}); got != want {
			t.Errorf("%s: %s", setting, got)
		}
	}
}

func TestAliasesNameCalls(t *testing.T) {
	for i, a := range aliases {
		if !abiI386.has(a.i386) || !abiAMD64.has(a.native) {
			t.Errorf("alias %s of %s names no call", a.i386, a.native)
		}
		if i > 0 && aliases[i-1].i386 > a.i386 {
			t.Errorf("alias %s is not in order", a.i386)
		}
	}
	for _, m := range multiplexers {
		if !abiI386.has(m.name) {
			t.Errorf("i386 has no %s", m.name)
		}
		for _, native := range m.native {
			if native != "" && !abiAMD64.has(native) {
				t.Errorf("%s: no call %s", m.name, native)
			}
		}
	}
}
