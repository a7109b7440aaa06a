package seccomp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// interesting collects the numbers that a policy's conditions use, their
// neighbours, and the same with other high bits.
func interesting(p *Policy, on abi) []uint64 {
	found := []uint64{0, 1, ^uint64(0), 1 << 31, 1 << 32}
	var visit func(condition)
	visit = func(c condition) {
		switch c := c.(type) {
		case both:
			visit(c.left)
			visit(c.right)
		case either:
			visit(c.left)
			visit(c.right)
		case comparison:
			numbers := []uint64{c.value.on[on]}
			if c.mask != nil {
				numbers = append(numbers, c.mask.on[on], ^c.mask.on[on])
			}
			for _, n := range numbers {
				found = append(found, n, n+1, n-1, n|1<<32, n|1<<63, n|1<<16, n|0xffff0000, uint64(uint32(n)))
			}
		}
	}
	for _, r := range p.rules {
		if r.when != nil {
			visit(r.when)
		}
	}
	return found
}

// checkEquivalent holds both searches' programs to the policy's own verdict.
func checkEquivalent(t testing.TB, p *Policy, a Arch, rounds int, random *rand.Rand) {
	t.Helper()
	programs := map[string]Program{}
	for name, search := range map[string]searcher{"linear": linear, "tree": tree, "picked": searchFor} {
		program, err := p.compile(a, search)
		if err != nil {
			t.Fatal(err)
		}
		if program == nil { // everything is allowed
			return
		}
		checkSound(t, program)
		programs[name] = program
	}
	numbers := interesting(p, a.abi())
	for range rounds {
		for _, c := range a.abi().calls() {
			d := Data{Number: uint32(c.number), Audit: a.abi().audit()}
			for i := range d.Arguments {
				d.Arguments[i] = numbers[random.IntN(len(numbers))]
			}
			want := p.verdict(a.abi(), c.name, &d.Arguments)
			for name, program := range programs {
				if got := program.mustRun(t, d); got != want {
					t.Fatalf("%s, %s(%#x): the %s program says %s, the policy %s\n%s", a, c.name, d.Arguments, name, got, want, p)
				}
			}
		}
	}
}

func TestProgramsDecideAsThePolicy(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, name := range Names() {
		for _, o := range allOptions() {
			p := load(t, o, nil, name)
			for _, a := range Arches() {
				checkEquivalent(t, p, a, 20, random)
			}
		}
	}
}

func allOptions() []Options {
	return []Options{{}, {Nest: true}, {GuardSetID: true}, {Nest: true, GuardSetID: true}}
}

func load(t testing.TB, o Options, rules []string, name string) *Policy {
	t.Helper()
	p, err := Load(o, rules, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compile(t testing.TB, p *Policy, a Arch) Program {
	t.Helper()
	program, err := p.Compile(a)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// TestComparisons holds single comparisons to arithmetic written down by hand.
func TestComparisons(t *testing.T) {
	const high = 1 << 32
	for _, c := range []struct {
		when     string
		yes, no  []uint64
		argument int
	}{
		{"mmap(len == 5)", []uint64{5}, []uint64{4, 6, 5 + high, high}, 1},
		{"mmap(len != 5)", []uint64{4, 5 + high}, []uint64{5}, 1},
		{"mmap(len < 0x100000002)", []uint64{0, 9, high, high + 1}, []uint64{high + 2, 2 * high, ^uint64(0)}, 1},
		{"mmap(len <= 0x100000002)", []uint64{0, 9, high + 2}, []uint64{high + 3, 2 * high}, 1},
		{"mmap(len > 0x100000002)", []uint64{high + 3, 2 * high}, []uint64{0, 9, high + 2}, 1},
		{"mmap(len >= 0x100000002)", []uint64{high + 2, 2*high + 1}, []uint64{high + 1, 3}, 1},
		{"mmap(len >= 0x100000000)", []uint64{high, 2 * high}, []uint64{high - 1, 0}, 1},
		{"mmap(len == -1)", []uint64{^uint64(0)}, []uint64{1<<32 - 1, 0}, 1},
		{"mmap(len & 0x300000000 == 0x100000000)", []uint64{high, 5*high + 7}, []uint64{0, 2 * high, 3 * high}, 1},
		{"mmap(len & 0x300000001)", []uint64{1, high, 2 * high}, []uint64{0, 2, 4 * high}, 1},
		{"mmap(len & 0xf0 > 0x20)", []uint64{0x30, high + 0xff}, []uint64{0x2f, 0x10f}, 1},
		{"mmap(u32(len) == 5)", []uint64{5, 5 + high}, []uint64{6}, 1},
		{"ioctl(cmd == TIOCSTI)", []uint64{0x5412, 0x5412 + high, 0x5412 + high<<31}, []uint64{0x5413, 0x15412}, 1},
		{"ioctl(u32(arg1) == TIOCSTI)", []uint64{0x5412, 0x5412 + high}, []uint64{0x5413}, 1},
		{"kill(sig == -1)", []uint64{0xffffffff, ^uint64(0)}, []uint64{0, 0xfffffffe}, 1},
		{"kill(sig > 9)", []uint64{10, 0xffffffff}, []uint64{9, high + 9}, 1},
		{"chmod(mode == 04755)", []uint64{0o4755, 0o4755 + 1<<16, 0o4755 + high}, []uint64{0o755}, 1},
		{"chmod(mode > 0777)", []uint64{0o1000, 1<<16 + 0o1000}, []uint64{0o777, 1 << 16, high}, 1},
		{"chmod(mode & (S_ISUID|S_ISGID))", []uint64{0o4000, 0o2000, 1<<16 + 0o6000}, []uint64{0o1777, 1 << 16}, 1},
		{"personality(persona & ~(8|0x40000) == 0)", []uint64{0, 8, 0x40008, high}, []uint64{1, 0xffffffff}, 0},
	} {
		p := parse(t, "default allow\ndeny "+c.when)
		name, _, _ := strings.Cut(c.when, "(")
		for _, a := range Arches() {
			entry, ok := find(a.abi().calls(), name, callName)
			if !ok {
				continue
			}
			program := compile(t, p, a)
			check := func(values []uint64, want Action) {
				for _, v := range values {
					d := Data{Number: uint32(entry.number), Audit: a.abi().audit()}
					d.Arguments[c.argument] = v
					if got := program.mustRun(t, d); got != want {
						t.Errorf("%s on %s with %#x: %s", c.when, a, v, got)
					}
				}
			}
			check(c.yes, Deny)
			check(c.no, Allow)
		}
	}
}

// TestLongPrograms has more code than a conditional jump reaches over.
func TestLongPrograms(t *testing.T) {
	var b strings.Builder
	for i := range 350 {
		fmt.Fprintf(&b, "errno %d mmap(len == %d)\n", i%4000+1, i*3)
		fmt.Fprintf(&b, "errno %d getpriority(which == %d && who == %d)\n", i%4000+1, i, i)
	}
	b.WriteString("deny mmap getpriority\nallow read")
	p := parse(t, b.String())
	random := rand.New(rand.NewPCG(3, 4))
	for _, a := range Arches() {
		if n := len(compile(t, p, a)); n < 2000 {
			t.Fatalf("%d instructions are not long", n)
		}
		checkEquivalent(t, p, a, 30, random)
	}
	number := uint32(9) // mmap on amd64
	program := compile(t, p, AMD64)
	for i := range 350 {
		got := program.mustRun(t, Data{Number: number, Audit: abiAMD64.audit(), Arguments: [6]uint64{1: uint64(i * 3)}})
		if got != Errno|Action(i%4000+1) {
			t.Fatalf("mmap %d: %s", i, got)
		}
	}
}

func TestTooLongForTheKernel(t *testing.T) {
	var b strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&b, "deny mmap(len == %d)\n", i)
	}
	_, err := parse(t, b.String()).Compile(AMD64)
	if err == nil || !strings.Contains(err.Error(), "instructions, the kernel takes 4096: use fewer conditions") {
		t.Fatalf("got %v", err)
	}
}

func TestConstantOfAnotherMachine(t *testing.T) {
	p := parse(t, "deny mmap(flags & MAP_32BIT)")
	if _, err := p.Compile(AMD64); err != nil {
		t.Error(err)
	}
	_, err := p.Compile(ARM64)
	if err == nil || !strings.Contains(err.Error(), "test:1:6: mmap(flags & MAP_32BIT != 0): a constant in this condition does not exist on arm64") {
		t.Errorf("got %v", err)
	}
	// The directory bit differs between machines.
	program := compile(t, parse(t, "default allow\ndeny openat(flags & O_DIRECTORY)"), ARM64)
	openat := Data{Number: 56, Audit: abiARM64.audit(), Arguments: [6]uint64{2: 0o40000}}
	if got := program.mustRun(t, openat); got != Deny {
		t.Errorf("O_DIRECTORY of arm64: %s", got)
	}
}

// TestOtherABIs covers bug 96: the i386 entry's number 102 (socketcall) is getuid for a 64-bit program.
func TestOtherABIs(t *testing.T) {
	const arm, x32 = 0x40000028, 1 << 30
	for _, name := range []string{Default, Strict, Build, Shell, Agent} {
		for _, o := range allOptions() {
			for _, a := range Arches() {
				program := compile(t, load(t, o, nil, name), a)
				for number := range uint32(600) {
					for _, audit := range []uint32{abiI386.audit(), arm, abiAMD64.audit() ^ abiARM64.audit() ^ a.abi().audit(), 0} {
						if got := program.mustRun(t, Data{Number: number, Audit: audit}); got != Kill {
							t.Fatalf("%s %v on %s: call %d of ABI %#x: %s", name, o, a, number, audit, got)
						}
					}
					if got := program.mustRun(t, Data{Number: number | x32, Audit: a.abi().audit()}); got != unknown {
						t.Fatalf("%s %v on %s: x32 call %d: %s", name, o, a, number, got)
					}
				}
			}
		}
	}
}

// TestUnknownNumbers: calls of newer kernels look missing, whatever a policy's default.
func TestUnknownNumbers(t *testing.T) {
	for _, text := range []string{"default allow\ndeny ptrace", "default kill\nallow read", "include default"} {
		for _, a := range Arches() {
			program := compile(t, parse(t, text), a)
			highest := uint32(0)
			for _, c := range a.abi().calls() {
				highest = max(highest, uint32(c.number))
			}
			for number := range highest { // the gaps, where a newer kernel may put a call
				if !hasNumber(a.abi(), number) {
					if got := program.mustRun(t, Data{Number: number, Audit: a.abi().audit()}); got != unknown {
						t.Errorf("%s: call %d: %s", a, number, got)
					}
				}
			}
			for _, number := range []uint32{highest + 1, highest + 2, highest + 64, 1000, 1 << 30, 1<<30 + 1, 1<<31 - 1, 1 << 31, ^uint32(0)} {
				if got := program.mustRun(t, Data{Number: number, Audit: a.abi().audit()}); got != unknown {
					t.Errorf("%s: call %d: %s", a, number, got)
				}
			}
		}
	}
}

func hasNumber(on abi, number uint32) bool {
	return slices.ContainsFunc(on.calls(), func(c call) bool { return uint32(c.number) == number })
}

func TestNotifies(t *testing.T) {
	for text, want := range map[string]bool{"allow read": false, "notify mount": true, "notify mount(flags == 1)": true, "default notify": true} {
		if got := compile(t, parse(t, text), AMD64).Notifies(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestBytes(t *testing.T) {
	got := Program{{Code: opEqual, JT: 1, JF: 2, K: 0x01020304}}.Bytes()
	if want := "15 00 01 02 04 03 02 01"; fmt.Sprintf("% x", got) != want {
		t.Errorf("% x", got)
	}
}

// FuzzCompile feeds a policy and arguments; the programs must decide as the policy.
func FuzzCompile(f *testing.F) {
	f.Add("default allow\ndeny ioctl(cmd == TIOCSTI)\nkill chmod(mode & 06000)", uint64(1))
	f.Add("allow mmap(len > 0x100000000 && prot & 4 == 4 || flags != -1)\nabi i386 allow", uint64(2))
	f.Add("include default", uint64(3))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		p, err := Parse("fuzz", text, nil)
		if err != nil {
			return
		}
		for _, a := range Arches() {
			if _, err := p.Compile(a); err != nil {
				return
			}
			checkEquivalent(t, p, a, 1, rand.New(rand.NewPCG(seed, 0)))
		}
	})
}
