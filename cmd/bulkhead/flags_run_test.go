package main

import (
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/internal/cli"
	"github.com/bulkhead/bulkhead/spec"
)

// testCaller is a host made of a few files.
func testCaller(files map[string]string) caller {
	return caller{
		Dir: "/proj/dir", Home: "/home/me",
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
		EvalLinks: func(name string) (string, error) {
			return path.Clean(strings.Replace(name, "/link/", "/real/target/", 1)), nil
		},
	}
}

func parseTest(from caller, line ...string) (spec.Spec, runOptions, error) {
	call := &cli.Call{Program: &program, Command: &runCommand}
	var err error
	if call.Line, err = cli.Parse(&program, &runCommand, line); err != nil {
		return spec.Spec{}, runOptions{}, err
	}
	return parseRun(call, from)
}

// flagCases gives for each flag of run a value and what becomes of an empty Spec.
var flagCases = []struct {
	line string
	want string // JSON of what differs from the Spec of "run true"
}{
	{`--root /srv/img`, `{"root":{"kind":"dir","dir":"/srv/img"}}`},
	{`--root ./img:rw`, `{"root":{"kind":"dir","dir":"/proj/dir/img","writable":true}}`},
	{`--root host`, `{"root":{"kind":"host"}}`},
	{`--root empty:size=1M,inodes=9`, `{"root":{"kind":"empty","size":"1M","inodes":9}}`},
	{`--bind /a`, `{"mounts":[{"type":"bind","source":"/a","target":"/a"}]}`},
	{`--bind /a:/b`, `{"mounts":[{"type":"bind","source":"/a","target":"/b"}]}`},
	{`--bind /a/:/b/:rw,dev,optional,noexec,noown`, `{"mounts":[{"type":"bind","source":"/a","target":"/b","write":true,"dev":true,"noexec":true,"optional":true,"own":false}]}`},
	{`--bind .:rw`, `{"mounts":[{"type":"bind","source":"/proj/dir","target":"/proj/dir","write":true}]}`},
	{`--bind ../x:/x:own`, `{"mounts":[{"type":"bind","source":"/proj/x","target":"/x","own":true}]}`},
	{`--bind link/../x:/x`, `{"mounts":[{"type":"bind","source":"/proj/dir/real/x","target":"/x"}]}`},
	{`--bind ~/x:/x`, `{"mounts":[{"type":"bind","source":"/home/me/x","target":"/x"}]}`},
	{`--bind /a\:b:/c\:d:ro`, `{"mounts":[{"type":"bind","source":"/a:b","target":"/c:d"}]}`},
	{`--bind /a\\:/b`, `{"mounts":[{"type":"bind","source":"/a\\","target":"/b"}]}`},
	{`--bind /a\b:/c`, `{"mounts":[{"type":"bind","source":"/a\\b","target":"/c"}]}`},
	{`--bind fd:3:/x`, `{"mounts":[{"type":"bind","source":"fd:3","target":"/x"}]}`},
	{`--tmpfs /t`, `{"mounts":[{"type":"tmpfs","target":"/t"}]}`},
	{`--tmpfs /t:size=1.5M,inodes=10,mode=1777,noexec`, `{"mounts":[{"type":"tmpfs","target":"/t","noexec":true,"size":"1536K","inodes":10,"mode":"1777"}]}`},
	{`--overlay`, `{"root":{"overlay":{}}}`},
	{`--overlay=keep`, `{"root":{"overlay":{"dir":"/proj/dir/keep"}}}`},
	{`--overlay=:size=1G,inodes=7`, `{"root":{"overlay":{"size":"1G","inodes":7}}}`},
	{`--overlay=/lower:/dst:upper=up`, `{"mounts":[{"type":"overlay","source":"/lower","target":"/dst","upper":"/proj/dir/up"}]}`},
	{`--overlay=/lower:/dst:noown`, `{"mounts":[{"type":"overlay","source":"/lower","target":"/dst","own":false}]}`},
	{`--overlay=/lower:/dst:size=1M`, `{"mounts":[{"type":"overlay","source":"/lower","target":"/dst","size":"1M"}]}`},
	{`--overlay --root /r`, `{"root":{"kind":"dir","dir":"/r","overlay":{}}}`},
	{`--file /etc/x=hello=1`, `{"mounts":[{"type":"file","target":"/etc/x","data":"hello=1"}]}`},
	{`--file /etc/x:mode=0600=a:b=c`, `{"mounts":[{"type":"file","target":"/etc/x","mode":"0600","data":"a:b=c"}]}`},
	{`--file /etc/x=@f.txt`, `{"mounts":[{"type":"file","target":"/etc/x","data":"from the file"}]}`},
	{`--file /etc/x=@@f`, `{"mounts":[{"type":"file","target":"/etc/x","data":"@f"}]}`},
	{`--file-fd 4:/in:mode=0400`, `{"mounts":[{"type":"file","target":"/in","mode":"0400","data_fd":4}]}`},
	{`--dir /d:mode=0700`, `{"mounts":[{"type":"dir","target":"/d","mode":"0700"}]}`},
	{`--symlink usr/bin:/bin2`, `{"mounts":[{"type":"symlink","source":"usr/bin","target":"/bin2"}]}`},
	{`--mqueue /dev/mqueue`, `{"mounts":[{"type":"mqueue","target":"/dev/mqueue"}]}`},
	{`--sysfs /sys`, `{"mounts":[{"type":"sysfs","target":"/sys"}]}`},
	{`--shm-size 1M`, `{"mounts":[{"type":"tmpfs","target":"/dev/shm","noexec":true,"size":"1M","mode":"1777"}]}`},
	{`--dir /a --bind /b --tmpfs /c --file /d= --symlink x:/e`, `{"mounts":[{"type":"dir","target":"/a"},{"type":"bind","source":"/b","target":"/b"},{"type":"tmpfs","target":"/c"},{"type":"file","target":"/d"},{"type":"symlink","source":"x","target":"/e"}]}`},
	{`--proc ro,pids-only`, `{"proc":{"pids_only":true,"read_only":true}}`},
	{`--proc off`, `{"proc":{"off":true}}`},
	{`--hidepid invisible`, `{"proc":{"hidepid":"invisible"}}`},
	{`--mask /proc/keys`, `{"proc":{"mask":["/proc/keys"]}}`},
	{`--net none`, `{"namespaces":{"net":"new"}}`},
	{`--net private`, `{"namespaces":{"net":"new"}}`},
	{`--net host`, `{"namespaces":{"net":"host"}}`},
	{`--net /proc/1/ns/net`, `{"namespaces":{"net":"/proc/1/ns/net"}}`},
	{`--net blue`, `{"namespaces":{"net":"netns:blue"}}`},
	{`--net sandbox:web`, `{"namespaces":{"net":"sandbox:web"}}`},
	{`--hostname h --domainname d`, `{"hostname":"h","domainname":"d"}`},
	{`--share ipc,uts --share time`, `{"namespaces":{"ipc":"host","uts":"host","time":"host"}}`},
	{`--join net=sandbox:web`, `{"namespaces":{"net":"sandbox:web"}}`},
	{`--join ipc=/proc/5/ns/ipc`, `{"namespaces":{"ipc":"/proc/5/ns/ipc"}}`},
	{`-u root`, `{"user":{"uid":0,"gid":0}}`},
	{`-u 5`, `{"user":{"uid":5,"gid":5}}`},
	{`-u 5:6`, `{"user":{"uid":5,"gid":6}}`},
	{`-u alice -u 7`, `{"user":{"name":"alice","uid":7,"gid":7}}`},
	{`--home /h`, `{"user":{"home":"/h"}}`},
	{`--uid-map 0:100000:10 --gid-map 0:100000:10 --gid-map 10:200000:5 --group 3,4`, `{"user":{"groups":[3,4],"uid_map":[{"inside":0,"outside":100000,"count":10}],"gid_map":[{"inside":0,"outside":100000,"count":10},{"inside":10,"outside":200000,"count":5}]}}`},
	{`-w /tmp`, `{"workdir":"/tmp"}`},
	{`-w .`, `{"workdir":"/proj/dir"}`},
	{`-e A=1 -e B=x=y -e C`, `{"env":{"A":"1","B":"x=y"},"keep_env":["C"]}`},
	{`-e A=1 -e A`, `{"keep_env":["A"]}`},
	{`--env-file env`, `{"env":{"N":"Mike White"},"keep_env":["M"]}`},
	{`--keep-env LC_*,TZ`, `{"keep_env":["LC_*","TZ"]}`},
	{`--umask 077`, `{"umask":"077"}`},
	{`--cap-add net_raw,CAP_CHOWN --cap-add CHOWN`, `{"capabilities":["NET_RAW","CHOWN"]}`},
	{`--cap-add KILL,CHOWN --cap-drop chown`, `{"capabilities":["KILL"]}`},
	{`--cap-add KILL --cap-drop all`, `{}`},
	{`--new-privs --no-aslr --nest --as-pid-1`, `{"allow_new_privs":true,"no_aslr":true,"nest":true,"as_pid_1":true}`},
	{`--seccomp strict`, `{"seccomp":{"policy":"strict"}}`},
	{`--seccomp ./p --seccomp-rule allow`, `{"seccomp":{"policy":"/proj/dir/p","rules":["allow"]}}`},
	{`--landlock on --landlock-connect 80,443 --landlock-bind 8080`, `{"landlock":{"mode":"on","connect_tcp":[80,443],"bind_tcp":[8080]}}`},
	{`--pass-fd 3,5`, `{"pass_fds":[3,5]}`},
	{`--memory-high 1M --fsize 2M --tmp-size 3M --tmp-inodes 4 --stack unlimited`, `{"limits":{"memory_high":"1M","file_size":"2M","tmp":"3M","tmp_inodes":4,"stack":"unlimited"},"allow_drop":["swap","pids","cpu","io"]}`},
	{`--memory 64M`, `{"limits":{"memory":"64M"},"allow_drop":["swap","pids","cpu","io"]}`},
	{`-m max`, `{"limits":{"memory":"unlimited"},"allow_drop":["swap","pids","cpu","io"]}`},
	{`--swap 0`, `{"allow_drop":["memory","pids","cpu","io"]}`},
	{`--pids 7 --allow-drop landlock`, `{"limits":{"pids":7},"allow_drop":["memory","swap","cpu","io","landlock"]}`},
	{`--memory 1M --allow-drop memory`, `{"limits":{"memory":"1M"},"allow_drop":["swap","pids","cpu","io","memory"]}`},
	{`--cpus 1.5 --cpu-weight 5 --cpuset 0-1 --cpu-time 2s`, `{"limits":{"cpus":1.5,"cpu_weight":5,"cpuset":"0-1","cpu_time":"2s"},"allow_drop":["memory","swap","pids","io"]}`},
	{`--io 8:0:rbps=1M,wiops=5`, `{"limits":{"io":[{"device":"8:0","read_bps":"1M","write_iops":5}]},"allow_drop":["memory","swap","pids","cpu"]}`},
	{`--io /dev/sda:wbps=1M,riops=5`, `{"limits":{"io":[{"device":"/dev/sda","write_bps":"1M","read_iops":5}]},"allow_drop":["memory","swap","pids","cpu"]}`},
	{`--wall 1.5s --idle 2m --grace 100ms --output 1M --nofile 99`, `{"limits":{"wall":"1.5s","idle":"2m","grace":"100ms","output":"1M","open_files":99}}`},
	{`--rlimit memlock=64K --rlimit RLIMIT_NPROC=5`, `{"limits":{"rlimits":{"memlock":"64K","nproc":"5B"}}}`},
	{`--nice 5 --affinity 0,2`, `{"scheduling":{"nice":5,"affinity":"0,2"}}`},
	{`--core-sched`, `{"scheduling":{"core":true}}`},
	{`--clock-offset 1h`, `{"clock":{"monotonic":"1h","boottime":"1h"}}`},
	{`--clock-offset boottime=+2h`, `{"clock":{"boottime":"2h"}}`},
	{`-t --name box`, `{"terminal":true,"name":"box"}`},
	{`-t -T`, `{}`},
	{`-d`, `{"limits":{"wall":"unlimited"}}`},
	{`-d --wall 5s`, `{"limits":{"wall":"5s"}}`},
	{`--spec s.json`, `{"hostname":"from-file"}`},
	{`--hostname flag --spec s.json`, `{"hostname":"flag"}`},
}

var testFiles = map[string]string{
	"f.txt": "from the file", "env": "N=\"Mike White\"\nM\n", "s.json": `{"hostname": "from-file"}`,
	"/proj/dir/p.yaml": "hostname: from-profile\nlimits:\n  pids: 9\n", "p.yaml": "hostname: from-profile\nlimits:\n  pids: 9\n",
	"bad.env": "A=1\nB='x\n", "bad.json": `{"hostnam": "x"}`,
}

func TestRunFlagsBecomeASpec(t *testing.T) {
	for _, c := range flagCases {
		got, _, err := parseTest(testCaller(testFiles), append(strings.Fields(c.line), "true")...)
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		want, _ := spec.Profile("default")
		want.Command = []string{"true"}
		wantChanged(t, &want, c.want)
		if g, w := toJSON(t, got), toJSON(t, want); g != w {
			t.Errorf("%s\n got %s\nwant %s", c.line, g, w)
		}
	}
}

// wantChanged lays a JSON document over a Spec.
func wantChanged(t *testing.T, s *spec.Spec, document string) {
	t.Helper()
	if strings.Contains(document, "allow_drop") {
		s.AllowDrop = nil
	}
	if err := json.Unmarshal([]byte(document), s); err != nil {
		t.Fatalf("%s: %v", document, err)
	}
}

func toJSON(t *testing.T, s spec.Spec) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestEveryRunFlagIsTried holds the table of cases against the table of flags.
func TestEveryRunFlagIsTried(t *testing.T) {
	tried := ""
	for _, c := range flagCases {
		tried += " " + c.line
	}
	for _, c := range optionCases {
		tried += " " + c.line
	}
	tried = strings.ReplaceAll(tried, "=", " ") + " --profile "
	for _, g := range runGroups {
		for _, f := range g.Flags {
			if !strings.Contains(tried, " --"+f.Long+" ") && (f.Short == "" || !strings.Contains(tried, " -"+f.Short+" ")) {
				t.Errorf("no case tries --%s", f.Long)
			}
		}
	}
}

var optionCases = []struct {
	line string
	want runOptions
}{
	{"-i -d --rm ", runOptions{Interactive: true, Detach: true, Remove: true}},
	{"-t ", runOptions{TerminalSet: true}},
	{"-T ", runOptions{TerminalSet: true}},
	{"--stdin a --stdout b --stderr c ", runOptions{Stdin: "a", Stdout: "b", Stderr: "c"}},
	{"--json-file r.json --json-fd 4 ", runOptions{JSONFile: "r.json", JSONFD: new(4)}},
	{"--explain-exit -v -q ", runOptions{Explain: true, Verbose: true, Quiet: true}},
}

func TestRunOptions(t *testing.T) {
	for _, c := range optionCases {
		_, got, err := parseTest(testCaller(nil), append(strings.Fields(c.line), "true")...)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v (%v), want %+v", c.line, got, err, c.want)
		}
	}
}

func TestProfileThenFileThenFlags(t *testing.T) {
	got, _, err := parseTest(testCaller(testFiles), "--hostname", "flag", "--spec", "s.json", "--profile", "p.yaml", "true")
	if err != nil || got.Hostname != "flag" || got.Limits.Pids != 9 {
		t.Errorf("got %q, %d pids (%v)", got.Hostname, got.Limits.Pids, err)
	}
	got, _, err = parseTest(testCaller(testFiles), "--profile=strict", "true")
	if err != nil || got.Limits.Memory != 256*spec.MiB || len(got.AllowDrop) != 0 {
		t.Errorf("strict: got %v (%v)", got.Limits.Memory, err)
	}
	got, _, err = parseTest(testCaller(testFiles), "--profile=agent", "true")
	if err != nil || got.Workdir != "." || got.Seccomp.Policy != "agent" {
		t.Errorf("agent: got workdir %q, policy %q (%v)", got.Workdir, got.Seccomp.Policy, err)
	}
}

func TestTheCommandOfASpecFileStands(t *testing.T) {
	files := map[string]string{"s.yaml": "command: [echo, hi]"}
	got, _, err := parseTest(testCaller(files), "--spec", "s.yaml")
	if err != nil || strings.Join(got.Command, " ") != "echo hi" {
		t.Errorf("got %q (%v)", got.Command, err)
	}
	got, _, err = parseTest(testCaller(files), "--spec", "s.yaml", "true", "-x")
	if err != nil || strings.Join(got.Command, " ") != "true -x" {
		t.Errorf("got %q (%v)", got.Command, err)
	}
}

func TestArgumentsReachTheCommandByteForByte(t *testing.T) {
	want := []string{"cat", "a b (2).txt", "ünï.txt", "", "$(id)", "--memory", "\xff\n"}
	got, _, err := parseTest(testCaller(nil), append([]string{"--memory", "64M", "--"}, want...)...)
	if err != nil || !reflect.DeepEqual(got.Command, want) {
		t.Errorf("got %q (%v)", got.Command, err)
	}
}
