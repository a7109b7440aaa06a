package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// TestRunRefuses is the list of mistakes people make, with what they read.
func TestRunRefuses(t *testing.T) {
	for _, c := range []struct{ line, text, hint string }{
		{"", "run: no command to run", "write it behind the flags, as in bulkhead run -- sh -c 'echo hello'"},
		{"--memory 64", `run: --memory "64": no unit`, `write "64M" for MiB, "64K" for KiB, "64B" for bytes`},
		{"--memory 64X", `run: --memory "64X": unknown unit "X"`, ""},
		{"--memory 99999999999T", `run: --memory "99999999999T": does not fit into 63 bits`, `no limit is written "unlimited"`},
		{"--memory -1", `run: --memory "-1": negative`, `no limit is written "unlimited"`},
		{"--memory nan", `run: --memory "nan": not a finite number`, `no limit is written "unlimited"`},
		{"--memory 0", `run: --memory "0": a limit of nothing`, "write unlimited for no limit; without the flag the default holds"},
		{"-m 1Q", `run: -m "1Q": unknown unit "Q"`, ""},
		{"--wall -5s", `run: --wall "-5s": negative`, "write unlimited for no limit"},
		{"--wall 5x", `run: --wall "5x": unknown unit "x"`, ""},
		{"--pids many", `run: --pids "many": not a whole number`, "write a whole number from 1 up, or unlimited"},
		{"--pids -3", `run: --pids "-3": negative`, "write a whole number from 1 up, or unlimited"},
		{"--pids 0", `run: --pids "0": a limit of nothing`, "write a whole number from 1 up, or unlimited"},
		{"--pids 99999999999999999999", `run: --pids "99999999999999999999": a number too large`, "write a whole number from 1 up, or unlimited"},
		{"--cpus nan", `run: --cpus "nan": not a positive number`, "write 1.5 for one and a half processors"},
		{"--cpus inf", `run: --cpus "inf": not a positive number`, "write 1.5 for one and a half processors"},
		{"--cpus -1", `run: --cpus "-1": not a positive number`, "write 1.5 for one and a half processors"},
		{"--cpu-weight 0", `run: --cpu-weight "0": not a whole number from 1 to 10000`, "write --cpu-weight N; N is a whole number"},
		{"--cpuset 1-", `run: --cpuset "1-": `, ""},
		{"--nice 20", `run: --nice "20": not a whole number from 0 to 19`, "write --nice N; N is a whole number"},
		{"--bind :/x", `run: --bind ":/x": an empty path`, "write . for the current directory"},
		{"--bind /a:b", `run: --bind "/a:b": unknown option "b"`, "options are ro, rw, dev, optional"},
		{"--bind /a:/b:rx", `run: --bind "/a:/b:rx": unknown option "rx"`, "did you mean ro?"},
		{"--bind /a:/b:rw:ro", `run: --bind "/a:/b:rw:ro": one part too many: "ro"`, `a colon that belongs to a path is written "\:"`},
		{"--bind /a:b:rw", `run: --bind "/a:b:rw": the path inside is not absolute: "b"`, "it begins with a slash, as in /b"},
		{"--bind /a:/b/../c", `run: --bind "/a:/b/../c": the path inside holds a "..": "/b/../c"`, "write the path without it"},
		{"--bind /a:/b:size=1M", `run: --bind "/a:/b:size=1M": unknown option "size"`, "did you mean hide? options are ro"},
		{"--bind /a:/b:rw=1", `run: --bind "/a:/b:rw=1": the option rw takes no value`, "write just rw"},
		{"--bind fd:3", `run: --bind "fd:3": the path inside is missing`, "write an absolute path, as in /data"},
		{"--tmpfs t", `run: --tmpfs "t": the path inside is not absolute: "t"`, "it begins with a slash, as in /t"},
		{"--tmpfs /t:size=64", `run: --tmpfs "/t:size=64": option size: no unit`, `write "64M" for MiB, "64K" for KiB, "64B" for bytes`},
		{"--tmpfs /t:size", `run: --tmpfs "/t:size": the option size needs a value`, "write size=VALUE"},
		{"--tmpfs /t:mode=9", `run: --tmpfs "/t:mode=9": option mode: `, ""},
		{"--root /x:ro", `run: --root "/x:ro": unknown option "ro"`, "the only one is rw"},
		{"--root host:rw", `run: --root "host:rw": unknown option "rw"`, "the host's system is always read-only; --overlay"},
		{"--overlay=dir:size=1M", `run: --overlay "dir:size=1M": unknown option "size=1M"`, "a layer kept in a directory has no options"},
		{"--file /x", `run: --file "/x": no = between the path and the text`, "write DST=TEXT, or DST=@HOSTFILE to copy a file"},
		{"--file /x=@none", `run: --file "/x=@none": cannot read "none": file does not exist`, "is the path right?"},
		{"--file-fd /x", `run: --file-fd "/x": not of the form N:DST`, "as in 3:/etc/token"},
		{"--symlink /x", `run: --symlink "/x": not of the form TARGET:LINK`, "as in /usr/bin/python3"},
		{"--dir /x:rw", `run: --dir "/x:rw": unknown option "rw"`, "options are mode"},
		{"--mqueue /x:rw", `run: --mqueue "/x:rw": unknown option "rw"`, "there are no options here"},
		{"--proc of", `run: --proc "of": no such choice`, "did you mean off? choose one of off, ro, pids-only"},
		{"--mask /etc/passwd", `run: --mask "/etc/passwd": not below /proc or /sys`, "elsewhere, cover"},
		{"--net", `run: --net needs a value`, "write --net none|host|PATH|NAME"},
		{"--share netw", `run: --share "netw": no such choice`, "did you mean net?"},
		{"--join net", `run: --join "net": not of the form NS=WHERE`, "as in net=/proc/1234/ns/net"},
		{"--join nett=/x", `run: --join "nett=/x": unknown namespace "nett"`, "did you mean net?"},
		{"--join net=web", `run: --join "net=web": unknown place "web"`, "write a path such as /proc/1234/ns/net, sandbox:NAME"},
		{"--join net=host", `run: --join "net=host": that is none to join`, "--share net shares the host's"},
		{"-u alice:users", `run: -u "alice:users": a name takes no group`, "write the number: -u UID:GID"},
		{"-u 4294967295", `run: -u "4294967295": option UID: not a whole number from 0 to 4294967294`, "write -u USER"},
		{"-u :5", `run: -u ":5": no user`, "write root, a number such as 1000"},
		{"--uid-map 0:1", `run: --uid-map "0:1": not of the form INSIDE:OUTSIDE:COUNT`, "as in 0:100000:65536"},
		{"--uid-map 0:x:1", `run: --uid-map "0:x:1": option OUTSIDE: not a whole number`, "write --uid-map"},
		{"-e =x", `run: -e "=x": no name before the =`, "write NAME=VALUE"},
		{"--env-file bad.env", `run: --env-file "bad.env": bad.env:2: the value's opening quote ' is never closed`, "close it on the same line"},
		{"--env-file none", `run: --env-file "none": cannot read "none": file does not exist`, "is the path right? a relative one is taken from /proj/dir"},
		{"--keep-env A*B", `run: --keep-env "A*B": a * that is not the last character`, "write a name, or the beginning"},
		{"--cap-add SYS_ADMINN", `run: --cap-add "SYS_ADMINN": unknown`, `did you mean "SYS_ADMIN"?`},
		{"--seccomp strickt", `run: --seccomp "strickt": unknown policy "strickt"`, "did you mean strict? known are"},
		{"--landlock-bind 0", `run: --landlock-bind "0": not a whole number from 1 to 65535`, ""},
		{"--pass-fd 2", `run: --pass-fd "2": not a whole number from 3`, "write --pass-fd N"},
		{"--json-fd 0", `run: --json-fd "0": not a whole number from 1`, "write --json-fd N"},
		{"--allow-drop memroy", `run: --allow-drop "memroy": no such choice`, "did you mean memory?"},
		{"--io sda", `run: --io "sda": not of the form DEVICE:KEY=VALUE`, "as in /dev/sda:rbps=10M"},
		{"--io 8:0", `run: --io "8:0": not of the form DEVICE:KEY=VALUE`, "as in /dev/sda:rbps=10M"},
		{"--io 8:0:bps=1M", `run: --io "8:0:bps=1M": unknown key "bps"`, "did you mean rbps?"},
		{"--io 8:0:rbps=1", `run: --io "8:0:rbps=1": option rbps: no unit`, ""},
		{"--rlimit memlok=1", `run: --rlimit "memlok=1": unknown resource "memlok"`, "did you mean memlock?"},
		{"--rlimit as", `run: --rlimit "as": not of the form NAME=VALUE`, "as in memlock=64K"},
		{"--clock-offset real=1h", `run: --clock-offset "real=1h": unknown clock "real"`, "known are monotonic, boottime"},
		{"--profile strickt", `run: --profile "strickt": unknown profile "strickt"`, "did you mean strict? known are default, strict, build, shell, agent; a file is written with a slash: ./strickt"},
		{"--profile ./none", `run: --profile "./none": cannot read "./none": file does not exist`, ""},
		{"--spec bad.json", "run: bad.json:1:2: hostnam: unknown key", `did you mean "hostname"?`},
		{"--volume /a:/b", "run: unknown flag --volume", "here it is --bind SRC:DST:rw"},
		{"--dry-run", "run: unknown flag --dry-run", "--dry-run is a flag of bulkhead gc"},
	} {
		words := strings.Fields(c.line)
		if len(words) > 0 && words[len(words)-1] != "--net" {
			words = append(words, "true")
		}
		_, _, err := parseTest(testCaller(testFiles), words...)
		e, ok := errors.AsType[*cli.Error](err)
		if !ok || !strings.HasPrefix(e.Text, c.text) || !strings.HasPrefix(e.Hint, c.hint) || e.Hint == "" {
			t.Errorf("%s\n got %v\nwant %s\n     %s", c.line, show(err), c.text, c.hint)
		}
	}
}

func show(err error) string {
	if e, ok := errors.AsType[*cli.Error](err); ok {
		return e.Text + "\n     " + e.Hint
	}
	return "no cli.Error"
}

// FuzzRunValues proves that no value crashes a flag, nor the check of what it made.
func FuzzRunValues(f *testing.F) {
	if len(flagCases) < 50 {
		f.Fatal("the cases are gone")
	}
	for _, c := range flagCases {
		f.Add(strings.ReplaceAll(c.line, " ", "\x00"))
	}
	f.Fuzz(func(t *testing.T, joined string) {
		s, _, err := parseTest(testCaller(testFiles), append(strings.Split(joined, "\x00"), "--", "true")...)
		if err != nil {
			if e, ok := errors.AsType[*cli.Error](err); !ok || e.Text == "" || e.Hint == "" {
				t.Errorf("%q: an error without text or hint: %v", joined, err)
			}
			return
		}
		if len(s.Command) == 0 {
			t.Errorf("%q: taken without a command", joined)
		}
		if err := s.Validate(); err != nil && len(spec.FieldErrors(err)) == 0 {
			t.Errorf("%q: a mistake that names no field: %v", joined, err)
		}
	})
}

// FuzzFields proves that what escapeField writes, fields reads.
func FuzzFields(f *testing.F) {
	f.Add("a:b", `c\`)
	f.Add("", ":")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := fields(escapeField(a) + ":" + escapeField(b))
		if len(got) != 2 || got[0] != a || got[1] != b {
			t.Errorf("%q %q came back as %q", a, b, got)
		}
	})
}
