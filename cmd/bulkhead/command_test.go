package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// asProgram in the environment makes the test binary behave as bulkhead itself.
const asProgram = "BULKHEAD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Unsetenv(asProgram)
		main()
	}
	os.Exit(m.Run())
}

// bulkhead is a call of the real program.
func bulkhead(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// run returns the status and what was printed.
func run(t *testing.T, cmd *exec.Cmd) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// needSandbox skips where this host cannot start sandboxes at all.
func needSandbox(t *testing.T) {
	t.Helper()
	code, _, errs := run(t, bulkhead("run", "-q", "--", "true"))
	if code == 0 {
		return
	}
	lack(t, "userns", errs)
}

// lack skips a test for which this host lacks something, or fails it if the host must have it.
func lack(t *testing.T, feature, reason string) {
	t.Helper()
	if strings.Contains(","+os.Getenv("BULKHEAD_MUST")+",", ","+feature+",") {
		t.Fatalf("%s must work here, but: %s", feature, reason)
	}
	t.Skipf("%s does not work here: %s", feature, reason)
}

func TestRunHandsOnStatusAndStreams(t *testing.T) {
	needSandbox(t)
	for _, c := range []struct {
		args      []string
		in        string
		code      int
		out, errs string
	}{
		{args: []string{"--", "sh", "-c", "exit 23"}, code: 23},
		{args: []string{"sh", "-c", "echo out; echo err >&2"}, out: "out\n", errs: "err\n"},
		{args: []string{"cat"}, in: "{}\x00\xff\n", out: "{}\x00\xff\n"},
		{args: []string{"-i", "--", "false"}, in: "\n", code: 1},
		{args: []string{"sh", "-c", "kill -9 $$"}, code: 137},
		{args: []string{"-e", "A=x y", "-e", "HOST_VALUE", "sh", "-c", `printf %s "$A|$HOST_VALUE|$OTHER"`}, out: "x y|from outside|"},
		{args: []string{"-w", "/tmp", "sh", "-c", "echo $PWD; pwd"}, out: "/tmp\n/tmp\n"},
		{args: []string{"--file", "/tmp/x=hello", "cat", "/tmp/x"}, out: "hello"},
		{args: []string{"printf", "%s.", "a b (2)", "", "$(id)"}, out: "a b (2)..$(id)."},
		{args: []string{"--", "/nonesuch"}, code: 127, errs: "bulkhead: run /nonesuch: no such file inside\n"},
		{args: []string{"--", "/usr"}, code: 126, errs: "bulkhead: run /usr: it is a directory\nhint: "},
		{args: []string{"-v", "/tmp:/data", "true"}, code: 127, errs: "bulkhead: run /tmp:/data: no such file inside\nhint: -v is --verbose; to show a directory inside: --bind /tmp:/data\n"},
		{args: []string{"--overlay", "/usr", "true"}, code: 126, errs: "bulkhead: run /usr: it is a directory\nhint: if /usr was meant for --overlay, join the two: --overlay=/usr\n"},
		{args: []string{"--json-file", "/nonesuch/x", "echo", "no"}, code: 125, errs: "bulkhead: --json-file \"/nonesuch/x\": no such file or directory\nhint: "},
		{args: []string{"--json-fd", "99", "echo", "no"}, code: 125, errs: "bulkhead: --json-fd 99: bad file descriptor\nhint: open it in the caller, as in 99>result.json\n"},
		{args: []string{"--json-fd", "1", "echo", "yes"}, out: "yes\n{\"status\":\"exited\""},
		{args: []string{"--root", "/nonesuch-root", "true"}, code: 125, errs: "bulkhead: "},
		{args: []string{"--explain-exit", "sh", "-c", "exit 3"}, code: 3, errs: "bulkhead: the program exited with status 3\n"},
		{args: []string{"--wall", "200ms", "--explain-exit", "sleep", "60"}, code: 137, errs: "bulkhead: the program ran longer than --wall allows"},
	} {
		cmd := bulkhead(append([]string{"run", "-q"}, c.args...)...)
		cmd.Env = append(cmd.Env, "HOST_VALUE=from outside", "OTHER=hidden")
		cmd.Stdin = strings.NewReader(c.in)
		code, out, errs := run(t, cmd)
		if code != c.code || !strings.HasPrefix(out, c.out) || c.out == "" && out != "" || !strings.HasPrefix(errs, c.errs) || c.errs == "" && errs != "" {
			t.Errorf("%q: status %d\nout: %q\nerr: %s", c.args, code, out, errs)
		}
	}
}

func TestRunWritesTheResult(t *testing.T) {
	needSandbox(t)
	for _, c := range []struct {
		args   []string
		status spec.Status
		step   string
	}{
		{[]string{"sh", "-c", "exit 125"}, spec.Exited, ""},
		{[]string{"--root", "/nonesuch-root", "true"}, spec.SetupFailed, "?"},
		{[]string{"--nonsense-value", "true"}, "", ""},
		{[]string{"--", "/nonesuch"}, spec.SetupFailed, "run"},
	} {
		file := filepath.Join(t.TempDir(), "result.json")
		code, _, errs := run(t, bulkhead(append([]string{"run", "-q", "--json-file", file}, c.args...)...))
		text, err := os.ReadFile(file)
		if c.status == "" {
			if err == nil || code != 125 {
				t.Errorf("%q: status %d, result %s", c.args, code, text)
			}
			continue
		}
		var r spec.Result
		if err := json.Unmarshal(text, &r); err != nil || r.Status != c.status || r.ExitCode != code || (r.Error != nil) != (c.step != "") {
			t.Errorf("%q: status %d, result %s (%v)\n%s", c.args, code, text, err, errs)
		}
		if r.Error != nil && c.step != "?" && r.Error.Step != c.step {
			t.Errorf("%q: the error names step %q", c.args, r.Error.Step)
		}
	}
}

func TestRunUsesFilesAsStreams(t *testing.T) {
	needSandbox(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte("input\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, same := range []string{out, dir + "/./out"} {
		code, stdout, errs := run(t, bulkhead("run", "-q", "--stdin", in, "--stdout", out, "--stderr", same, "sh", "-c", "cat; echo 2 >&2; echo 3; echo 4 >&2"))
		text, err := os.ReadFile(out)
		if code != 0 || stdout != "" || errs != "" || err != nil || string(text) != "input\n2\n3\n4\n" {
			t.Errorf("status %d, out %q, err %q, file %q (%v)", code, stdout, errs, text, err)
		}
	}
	code, _, errs := run(t, bulkhead("run", "--stdin", filepath.Join(dir, "none"), "true"))
	if code != 125 || !strings.Contains(errs, "--stdin") || !strings.Contains(errs, "no such file or directory\nhint: ") {
		t.Errorf("status %d: %s", code, errs)
	}
}

// start starts a program that prints a line when it is ready, and waits for that.
func start(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := bulkhead(args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("got %q (%v)", line, err)
	}
	return cmd
}

// untilListed waits until the launcher has told others of a sandbox: its program runs a little earlier.
func untilListed(t *testing.T, name string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, out, _ := run(t, bulkhead("ps", "-q"))
		if strings.Contains(out, name+"\n") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never showed up in: %q", name, out)
		}
	}
}

func TestSignalsReachTheProgram(t *testing.T) {
	needSandbox(t)
	cmd := start(t, "run", "-q", "sh", "-c", "trap 'exit 42' TERM; echo ready; sleep 60 & wait")
	time.Sleep(200 * time.Millisecond) // let the launcher begin to listen
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 42 {
		t.Errorf("status %d, want 42", code)
	}
}

// TestARunningSandbox goes through the commands that look at one and end it.
func TestARunningSandbox(t *testing.T) {
	needSandbox(t)
	name := "test-" + strconv.Itoa(os.Getpid())
	cmd := start(t, "run", "-q", "--name", name, "sh", "-c", "echo ready; sleep 61")
	untilListed(t, name)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"ps"}, 0, name + " "},
		{[]string{"ps", "-q"}, 0, name + "\n"},
		{[]string{"ps", "--json"}, 0, `"name": "` + name + `"`},
		{[]string{"exec", name, "--", "sh", "-c", "ps ax; exit 5"}, 5, "sleep 61"},
		{[]string{"exec", "-e", "A=b", "-w", "/tmp", name, "sh", "-c", "echo $A; pwd"}, 0, "b\n/tmp\n"},
		{[]string{"exec", name, "nonesuch"}, 127, "bulkhead: run nonesuch"},
		{[]string{"exec", "nonesuch", "true"}, 125, "running: "},
		{[]string{"tree", name}, 0, "sleep 61"},
		{[]string{"tree", "--json", name}, 0, `"numbers": [`},
		{[]string{"tree", "nonesuch"}, 1, "hint: running: "},
		{[]string{"inspect", name}, 0, "missing wall"},
		{[]string{"inspect", "--json", name}, 0, `"no_new_privs": true`},
		{[]string{"run", "--name", name, "true"}, 125, "one of that name is running"},
		{[]string{"stop", "nonesuch-a", "nonesuch-b"}, 1, "nonesuch-b"},
		{[]string{"stop", "--time", "5s", name}, 0, ""},
		{[]string{"stop", name}, 1, "none of that name is running"},
	} {
		code, out, errs := run(t, bulkhead(c.args...))
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%q: status %d\nout: %s\nerr: %s", c.args, code, out, errs)
		}
	}
	cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("the stopped run has status %d, want 143", code)
	}
}

func TestStatsOfARunningSandbox(t *testing.T) {
	needSandbox(t)
	name := "stats-" + strconv.Itoa(os.Getpid())
	start(t, "run", "-q", "--name", name, "--pids", "9", "--allow-drop", "pids", "sh", "-c", "echo ready; sleep 61")
	untilListed(t, name)
	code, out, errs := run(t, bulkhead("stats", "--no-stream", "--json", name))
	if code == 0 && !strings.Contains(out, "pids_current") {
		lack(t, "cgroup", "a sandbox has none here, and stats only its age")
	}
	var r reading
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || r.Name != name || r.PidsCurrent < 2 {
		t.Errorf("status %d\nout: %s\nerr: %s", code, out, errs)
	}
	if code, out, errs := run(t, bulkhead("top", "--no-stream")); code != 0 || !strings.Contains(out, name) {
		t.Errorf("status %d\nout: %s\nerr: %s", code, out, errs)
	}
	if code, _, errs := run(t, bulkhead("kill", name)); code != 0 {
		t.Errorf("kill: status %d, %s", code, errs)
	}
}

func TestPlanPrintsAndStartsNothing(t *testing.T) {
	needSandbox(t)
	code, out, errs := run(t, bulkhead("plan", "--", "true"))
	if code != 0 || !strings.Contains(out, "mount") || errs != "" {
		t.Errorf("status %d\nout: %s\nerr: %s", code, out, errs)
	}
	code, out, _ = run(t, bulkhead("plan", "--json", "true"))
	var steps []struct{ Number int }
	if err := json.Unmarshal([]byte(out), &steps); code != 0 || err != nil || len(steps) < 10 || steps[0].Number != 1 {
		t.Errorf("status %d, %d steps (%v)", code, len(steps), err)
	}
	code, out, _ = run(t, bulkhead("plan", "--print-spec", "--pids", "7", "true"))
	var s spec.Spec
	if err := spec.Decode("printed.json", []byte(out), &s); code != 0 || err != nil || s.Limits.Pids != 7 {
		t.Errorf("status %d, %s (%v)", code, out, err)
	}
	code, _, errs = run(t, bulkhead("plan", "--name", "a_b", "true"))
	if code != 125 || !strings.HasPrefix(errs, `bulkhead: plan: name "a_b": `) || !strings.Contains(errs, "\nhint: ") {
		t.Errorf("status %d: %s", code, errs)
	}
}

func TestCommandsThatNeedNoSandbox(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"version", 0, "bulkhead " + version + "\n"},
		{"help", 0, "bulkhead - run any program"},
		{"help run", 0, "EXIT STATUS:"},
		{"help profile show", 0, "bulkhead profile show"},
		{"help nonesuch", 2, "unknown command nonesuch"},
		{"help profile shw", 2, "profile: unknown command shw\nhint: did you mean show?"},
		{"help run sh", 2, "run has no command below it: sh\nhint: bulkhead help run explains"},
		{"run -h", 0, "--help describes all"},
		{"completion bash", 0, "complete -F _bulkhead bulkhead"},
		{"completion bsh", 2, "did you mean bash?"},
		{"profile ls", 0, "agent"},
		{"profile ls --json", 0, `"name": "strict"`},
		{"profile show strict", 0, "memory: 256M"},
		{"profile show --json strict", 0, `"memory": "256M"`},
		{"inspect 1073741824", 1, "there is no such process"},
		{"gc --dry-run", 0, ""},
		{"nonesuch", 2, "hint: "},
		{"run", 125, "no command to run"},
	} {
		code, out, errs := run(t, bulkhead(strings.Fields(c.args)...))
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: status %d\nout: %s\nerr: %s", c.args, code, out, errs)
		}
	}
}

func TestDoctor(t *testing.T) {
	code, out, errs := run(t, bulkhead("doctor", "--json"))
	var r sandbox.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Checks) < 10 || errs != "" || r.OK != (code == 0) {
		t.Errorf("status %d, %d checks (%v)\n%s", code, len(r.Checks), err, errs)
	}
	again, out, _ := run(t, bulkhead("doctor"))
	if again != code || !strings.Contains(out, r.Checks[0].Name) {
		t.Errorf("status %d\n%s", again, out)
	}
}

// TestLargeOutputIsWhole: 3 MiB through a pipe, byte for byte.
func TestLargeOutputIsWhole(t *testing.T) {
	needSandbox(t)
	data := bytes.Repeat([]byte("0123456789\x00\xff\n"), 3<<20/13)
	cmd := bulkhead("run", "-q", "cat")
	cmd.Stdin = bytes.NewReader(data)
	code, out, errs := run(t, cmd)
	if code != 0 || out != string(data) || errs != "" {
		t.Errorf("status %d, %d of %d bytes, err %q", code, len(out), len(data), errs)
	}
}
