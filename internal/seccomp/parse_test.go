package seccomp

import (
	"errors"
	"strings"
	"testing"
)

// parse reads a policy that must be right.
func parse(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := Parse("test", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParsePrintsCanonically(t *testing.T) {
	const head = "default errno ENOSYS\nabi i386 kill\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", head},
		{"comment", "# nothing\n\n   # nothing\n", head},
		{"several calls", "allow read, write close # three", head + "allow read\nallow write\nallow close\n"},
		{"continued", "allow\n  read\n\twrite\nkill ptrace", head + "allow read\nallow write\nkill ptrace\n"},
		{"windows line ends", "allow read\r\n  write\r\n", head + "allow read\nallow write\n"},
		{"settings", "default deny\nabi i386 allow", "default deny\nabi i386 allow\n"},
		{"every action", "allow a\nlog b\nkill c\ntrap d\nnotify e\ndeny f\nerrno ENOENT g\nerrno 4095 h", ""},
		{"deny is EPERM", "errno EPERM read", head + "deny read\n"},
		{"call that is also a verb", "allow read\n  kill", head + "allow read\nallow kill\n"},
		{"group", "@io = read write\nallow @io", head + "allow read\nallow write\n"},
		{"group of groups", "@a = read\n@b = @a write @a\nallow @b", head + "allow read\nallow write\n"},
		{"group with condition", "@a = kill(sig == 9)\ndeny @a", head + "deny kill(sig == 9)\n"},
		{"first rule wins", "@all = read write\ndeny read\nallow @all", head + "deny read\nallow write\n"},
		{"precedence", "allow kill(pid == 1 || pid == 2 && sig == 0)", head + "allow kill(pid == 1 || pid == 2 && sig == 0)\n"},
		{"parentheses", "allow kill((pid == 1 || pid == 2) && sig == 0)", head + "allow kill((pid == 1 || pid == 2) && sig == 0)\n"},
		{"negation", "allow kill(!(pid == 1 || sig < 3))", head + "allow kill(pid != 1 && sig >= 3)\n"},
		{"mask alone", "deny clone(flags & CLONE_NEWNS)", head + "deny clone(flags & CLONE_NEWNS != 0)\n"},
		{"all bits as a negative number", "deny ioctl(cmd & 0xffffffff == -1)", head + "deny ioctl(cmd & 0xffffffff == -1)\n"},
		{"negated mask", "deny clone(!(flags & CLONE_THREAD))", head + "deny clone(flags & CLONE_THREAD == 0)\n"},
		{"or of numbers", "deny clone(flags & CLONE_NEWNS|0x80|-1 == 1|2)", head + "deny clone(flags & (CLONE_NEWNS|0x80|-1) == (1|2))\n"},
		{"complement", "deny personality(persona & ~(8|0x40000) != 0)", head + "deny personality(persona & ~(8|0x40000) != 0)\n"},
		{"conversion", "deny ioctl(u32(arg1) == TIOCSTI)", head + "deny ioctl(u32(arg1) == TIOCSTI)\n"},
		{"low half", "deny unshare(u32(flags) == 1)", head + "deny unshare(u32(flags) == 1)\n"},
		{"unlisted call", "deny vserver(u64(arg5) > 0x100000000)", head + "deny vserver(u64(arg5) > 0x100000000)\n"},
		{"include twice", "include groups\ninclude groups\nallow @pidfd", head + "allow pidfd_open\nallow pidfd_send_signal\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "" {
				letters := strings.NewReplacer(" a", " read", " b", " write", " c\n", " close\n", " d\n", " dup\n", " e\n", " open\n", " f\n", " stat\n", " g\n", " brk\n", " h", " poll")
				c.text = letters.Replace(c.text)
				c.want = head + c.text + "\n"
			}
			p := parse(t, c.text)
			if got := p.String(); got != c.want {
				t.Fatalf("got\n%swant\n%s", got, c.want)
			}
			if again := parse(t, p.String()).String(); again != c.want {
				t.Fatalf("printed and read again:\n%s", again)
			}
		})
	}
}

func TestParseNamesTheMistake(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown call", "allow read\nallow opennat", `test:2:7: unknown system call "opennat", did you mean "openat"?`},
		{"unknown everywhere", "allow zzzzzzzzzz", `test:1:7: unknown system call "zzzzzzzzzz"`},
		{"long word", "allow " + strings.Repeat("x", 1<<19) + "\nallow read", `test:1:7: unknown system call "xxxxx`},
		{"long number", "deny ioctl(cmd == " + strings.Repeat("0x100000000|", 1<<15) + "1)", "does not fit into the 32 bits that the kernel reads of the argument"},
		{"unknown verb", "alow read", `test:1:1: "alow" is not an action, did you mean "allow"?`},
		{"no call", "allow", `test:1:6: want at least one system call or @group`},
		{"no call, comment", "allow # all", `test:1:6: want at least one system call or @group`},
		{"unknown error", "errno ENOSY read", `"ENOSY" is not the name of an error, did you mean "ENOSYS"?`},
		{"error number", "errno 4096 read", "error number 4096 is not in 1 to 4095"},
		{"error zero", "errno 0 read", "error number 0 is not in 1 to 4095"},
		{"unknown constant", "allow socket(domain == AF_UNX)", `test:1:24: unknown constant "AF_UNX", did you mean "AF_UNIX"?`},
		{"unknown argument", "allow socket(family == AF_UNIX)", `test:1:14: socket has no argument "family": write domain, type, protocol, or arg0 to arg5`},
		{"argument out of range", "allow socket(arg6 == 1)", `socket has no argument "arg6"`},
		{"unknown width", "allow vserver(arg0 == 1)", "write u32(arg0) if the kernel takes an int, else u64(arg0)"},
		{"too wide", "deny ioctl(u64(cmd) == TIOCSTI)", "the kernel reads only 32 bits of cmd of ioctl, a comparison of 64 bits is no protection: write cmd alone"},
		{"too wide by number", "deny ioctl(u64(arg1) == TIOCSTI)", "the kernel reads only 32 bits of arg1 of ioctl"},
		{"mode has 16 bits", "deny chmod(u32(mode) == 04755)", "the kernel reads only 16 bits of mode of chmod"},
		{"value too wide", "deny ioctl(cmd == 0x100005412)", "0x100005412 does not fit into the 32 bits that the kernel reads of the argument"},
		{"mask of nothing", "deny open(flags & O_RDONLY)", "O_RDONLY is 0 in the 32 bits that the kernel reads, so no bit is tested: compare with a mask that covers it, as in flags & O_ACCMODE == O_RDONLY"},
		{"outside the mask", "deny open(flags & O_CREAT == O_EXCL)", "O_EXCL has bits outside the mask O_CREAT, so the two are never equal"},
		{"mask beyond the width", "deny chmod(mode & ~0xffff)", "~0xffff is 0 in the 16 bits that the kernel reads, so no bit is tested"},
		{"mask beyond the low word", "deny ioctl(cmd & ~0xffffffff == 0)", "~0xffffffff is 0 in the 32 bits that the kernel reads, so no bit is tested"},
		{"above all", "deny kill(sig > -1)", "this holds always or never: arguments are compared as unsigned numbers, and this one is at most 0xffffffff"},
		{"never above all", "deny kill(sig <= 0xffffffff)", "this one is at most 0xffffffff"},
		{"above the mask", "deny mmap(prot & 7 > 7)", "this one is at most 0x7"},
		{"at least more than the mask", "deny mmap(prot & 7 >= 8)", "this one is at most 0x7"},
		{"below zero", "deny kill(pid < 0)", "arguments are compared as unsigned numbers, so none is below 0"},
		{"never below zero", "deny kill(pid >= 0)", "arguments are compared as unsigned numbers, so none is below 0"},
		{"single =", "deny kill(pid = 0)", `want a comparison (== != < <= > >= &) of pid instead of "="`},
		{"empty condition", "deny kill()", "the condition is empty: write kill without parentheses"},
		{"open condition", "deny kill(pid == 0", `test:1:19: want ")" instead of the end of the rule`},
		{"not a number", "deny kill(pid == ==)", `want a number or a constant instead of "=="`},
		{"number too long", "deny kill(pid == 99999999999999999999)", "is not a number of 64 bits"},
		{"undefined group", "@file = read\nallow @fil", "group @fil is not defined above, did you mean \"@file\"?"},
		{"group twice", "@a = read\n@a = write", "group @a is already defined"},
		{"group without members", "@a =", "want at least one system call or @group"},
		{"group as a rule", "@a", `the end of the rule follows group @a: want "="`},
		{"group without name", "@ = read", "a group needs a name after the @"},
		{"never reached", "allow read\ndeny read", `test:2:6: never reached: "read" is already decided at test:1:7; put this rule above that one or drop it`},
		{"never reached behind an include", "include default\ndeny ptrace", `never reached: "ptrace" is already decided at groups:`},
		{"indented first line", "  allow read", "this line is indented, so it continues a rule, but none is above it"},
		{"indented rule", "allow read\n  deny write", `test:2:3: "deny" begins a rule of its own: put it on a new line without indentation`},
		{"default twice", "default deny\ndefault allow", "test:2:1: default is already set at test:1:1"},
		{"default without action", "default", `test:1:8: the end of the rule is not an action`},
		{"default with more", "default allow read", `"read" follows the action: it ends the line`},
		{"abi x32", "abi x32 allow", "x32 programs are always refused: drop this line"},
		{"abi other", "abi arm allow", `"arm" is not an ABI that can be set: only i386 is`},
		{"abi log", "abi i386 log", "abi i386 is allow (the same rules) or one of deny, errno, kill, trap"},
		{"include unknown", "include defualt", `test:1:9: include defualt: no built-in policy has this name, did you mean "default"?`},
		{"include nothing", "include", "the end of the rule follows include: want the name of a policy or a file"},
		{"include two", "include default strict", `"strict" follows the included name: one name a line`},
		{"not UTF-8", "allow \xff", "test:1:1: this line is not text in UTF-8"},
		{"control character", "allow read;", `test:1:11: ';' is no part of the policy language`},
		{"fork alone", "allow clone\ndeny fork", "refusing fork does not stop new processes, because C libraries use clone: write `include no-fork` instead"},
		{"vfork and clone", "deny clone vfork\nallow clone3", "refusing vfork does not stop new processes, because C libraries use clone3"},
		{"fork behind no-nest", "default allow\ninclude no-nest\ndeny fork", "refusing fork does not stop new processes, because C libraries use clone:"},
		{"long condition", "allow dup(" + strings.Repeat("fd==1||", 1<<17) + "fd==2)", "more than 8192 comparisons"},
		{"long condition many times", "@a = dup(" + strings.Repeat("fd==1||", 1<<10) + "fd==2)" + strings.Repeat("\nallow @a", 70), "more than 8192 comparisons"},
		{"deep", "allow kill(" + strings.Repeat("(", 100), "the condition is nested more than 32 deep"},
		{"deep number", "allow kill(pid == " + strings.Repeat("~", 100), "the number is nested more than 32 deep"},
		{"many members", "@a = " + strings.Join(amd64Names(), " ") + "\nallow " + strings.Repeat("@a ", 3000), "groups stand for more than 1048576 system calls in all"},
		{"long", strings.Repeat("#", maxText+1), "the text is 1048577 bytes long, a policy has at most 1048576"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Parse("test", c.text, nil)
			var mistake *Error
			if !errors.As(err, &mistake) {
				t.Fatalf("got %v, %v: want an Error", p, err)
			}
			if !strings.Contains(err.Error(), c.want) || len(err.Error()) > 1000 {
				t.Fatalf("got  %.1000s\nwant %s", err, c.want)
			}
		})
	}
}

func TestIncludeOfFiles(t *testing.T) {
	files := map[string]string{
		"a.policy":     "allow read\ndefault kill\ninclude b.policy",
		"b.policy":     "default trap\nallow write\ninclude a.policy",
		"with blanks":  "allow close",
		"bad.policy":   "allow read\nallow raed",
		"endless-0":    "include endless-1",
		"build":        "deny read",
		"late.policy":  "default log",
		"outer.policy": "include late.policy\ndefault deny",
		"/etc/x/main":  "include ./part\ninclude ../y/part\ninclude /abs/part\ninclude groups\ninclude part",
		"/etc/x/part":  "allow read",
		"/etc/y/part":  "allow write",
		"/abs/part":    "allow close",
	}
	include := func(name string) (string, error) {
		if strings.HasPrefix(name, "deeper") {
			return "include " + name + "r", nil
		}
		if text, ok := files[name]; ok {
			return text, nil
		}
		return "", errors.New("no such file")
	}
	for _, c := range []struct{ name, text, want, failure string }{
		{"in order, cycles do no harm", "include a.policy", "default kill\nabi i386 kill\nallow read\nallow write\n", ""},
		{"outermost setting wins", "include outer.policy", "default deny\nabi i386 kill\n", ""},
		{"beside the file that includes", "include /etc/x/main", "default errno ENOSYS\nabi i386 kill\nallow read\nallow write\nallow close\n", ""},
		{"missing file", "include ./gone", "", `test:1:9: include ./gone: no such file`},
		{"quoted", `include "with blanks"`, "default errno ENOSYS\nabi i386 kill\nallow close\n", ""},
		{"mistake inside", "include bad.policy", "", `bad.policy:2:7: unknown system call "raed", did you mean "read"?`},
		{"missing", "include gone", "", `test:1:9: include gone: no built-in policy has this name, did you mean "none"?, and as a file: no such file`},
		{"without end", "include deeper", "", "more than 32 files include each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Parse("test", c.text, include)
			if c.failure != "" {
				if err == nil || !strings.Contains(err.Error(), c.failure) {
					t.Fatalf("got %v, want %s", err, c.failure)
				}
				return
			}
			if err != nil || p.String() != c.want {
				t.Fatalf("got %v, %v", p, err)
			}
		})
	}
	if p, err := Parse("test", "include build", include); err != nil || !strings.Contains(p.String(), "allow ptrace") {
		t.Errorf("the built-in policy does not come first: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	seeds := 0
	for _, name := range append(Names(), Parts()...) {
		text, ok := Builtin(name)
		if !ok {
			f.Fatalf("no built-in %s", name)
		}
		f.Add(text)
		seeds++
	}
	if seeds < 10 {
		f.Fatalf("%d seeds", seeds)
	}
	f.Add("@a = kill(!(sig & ~(1|2) == -1 && pid > 3 || u32(arg0) != SIGKILL))\nerrno 7 @a\nabi i386 allow\ndefault log")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse("fuzz", text, nil)
		if err != nil {
			return
		}
		printed := p.String()
		again, err := Parse("printed", printed, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, printed)
		}
		if again.String() != printed {
			t.Fatalf("printed\n%sread as\n%s", printed, again)
		}
	})
}

func amd64Names() []string { return namesOf(amd64Calls[:], callName) }
