package seccomp

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// realProgram is something that people run.
type realProgram struct {
	// feature is the name of the program it needs, also for BULKHEAD_MUST.
	feature string
	// script runs in a folder of its own that holds files, by sh.
	script string
	files  map[string]string
	// prepare runs first, without a filter.
	prepare string
	want    string
	// builds marks work that the strict policy is not for, and that the others need not all repeat.
	builds bool
}

const (
	cProgram = `#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void *work(void *p) { *(int *)p = 42; return malloc(1 << 20); }
int main(void) {
	int answer = 0, status;
	pthread_t t;
	if (pthread_create(&t, 0, work, &answer) || pthread_join(t, 0)) return 1;
	if (fork() == 0) _exit(7);
	wait(&status);
	printf("%d %d\n", answer, WEXITSTATUS(status));
	return 0;
}
`
	pythonProgram = `import threading, subprocess, hashlib, random, time, multiprocessing, asyncio
t = threading.Thread(target=time.sleep, args=(0.01,)); t.start(); t.join()
print(subprocess.run(["echo", "sub"], capture_output=True).stdout.decode().strip(), asyncio.run(asyncio.sleep(0.01, "async")))
`
	nodeProgram = `const {Worker, isMainThread} = require('worker_threads'), cp = require('child_process'), fs = require('fs');
if (isMainThread) new Worker(__filename).on('exit', () =>
  fs.readFile(__filename, () => cp.exec('echo child', (e, out) => console.log(e || 'worker and ' + out.trim()))));
`
	javaProgram = `import java.util.concurrent.*;
public class Main { public static void main(String[] a) throws Exception {
	var pool = Executors.newFixedThreadPool(4);
	System.out.println("java " + pool.submit(() -> 42).get());
	pool.shutdown();
	System.out.println(new String(new ProcessBuilder("echo", "child").start().getInputStream().readAllBytes()).trim());
} }
`
	goProgram = `package main
import ("fmt"; "os/exec"; "time")
func main() {
	done := make(chan int)
	go func() { time.Sleep(time.Millisecond); done <- 42 }()
	out, err := exec.Command("echo", "child").Output()
	fmt.Print(<-done, " ", string(out), err, "\n")
}
`
)

var realPrograms = []realProgram{
	{feature: "sh", script: `echo a | sed s/a/b/; (exit 3) || echo $?; for i in 1 2 3; do echo $i; done | tail -1; test -d . && ls / >/dev/null; kill -0 $$ && echo alive`, want: "b\n3\n3\nalive\n"},
	{feature: "bash", script: `bash -c 'echo $((6*7)); trap "echo caught" USR1; kill -USR1 $$; wait; cat <(echo sub)'`, want: "42\ncaught\nsub\n"},
	{feature: "perl", script: `perl -e 'print join(",", map { $_*2 } 1..3), "\n"; system("echo", "sub")'`, want: "2,4,6\nsub\n"},
	{feature: "gcc", script: "gcc -O1 -pthread -o a main.c && ./a", files: map[string]string{"main.c": cProgram}, want: "42 7\n", builds: true},
	{feature: "gcc", prepare: "gcc -O1 -pthread -o a main.c", script: "./a", files: map[string]string{"main.c": cProgram}, want: "42 7\n"},
	{feature: "python3", script: "python3 main.py", files: map[string]string{"main.py": pythonProgram}, want: "sub async\n"},
	{feature: "node", script: "node main.js", files: map[string]string{"main.js": nodeProgram}, want: "worker and child\n"},
	{feature: "java", script: "java Main.java", files: map[string]string{"Main.java": javaProgram}, want: "java 42\nchild\n", builds: true},
	{feature: "java", prepare: "javac Main.java", script: "java -cp . Main", files: map[string]string{"Main.java": javaProgram}, want: "java 42\nchild\n"},
	{feature: "go", script: "go build -o a main.go && ./a", files: map[string]string{"main.go": goProgram}, want: "42 child\n<nil>\n", builds: true},
	{feature: "go", prepare: "go build -o a main.go", script: "./a", files: map[string]string{"main.go": goProgram}, want: "42 child\n<nil>\n"},
	{feature: "git", script: `git init -q -b main a && cd a && echo x > f && git add f && git -c user.name=n -c user.email=e commit -q -m m && cd .. && git clone -q a b && cat b/f && git -C b log --format=%s && git -C b gc -q && git -C b fsck`, want: "x\nm\n", builds: true},
	{feature: "tar", script: `mkdir d && echo x > d/f && tar czf a.tgz d && rm -r d && tar xzf a.tgz && cat d/f && find d -type f | xargs wc -c && sort -R d/f`, want: "x\n2 d/f\nx\n", builds: true},
}

// TestRealPrograms runs unmodified programs of this machine under the policies.
func TestRealPrograms(t *testing.T) {
	needSeccomp(t)
	for _, v := range []struct {
		policy string
		o      Options
		builds bool
	}{
		{Default, Options{}, true},
		{Default, Options{GuardSetID: true}, true},
		{Default, Options{Nest: true}, false},
		{Build, Options{}, true},
		{Agent, Options{GuardSetID: true}, false},
		{Strict, Options{}, false},
	} {
		code, ok := Precompiled(v.policy, v.o, Native())
		if !ok {
			t.Fatalf("%s is not precompiled", v.policy)
		}
		for _, p := range realPrograms {
			if p.builds && !v.builds {
				continue
			}
			name := v.policy + "/" + p.feature
			if v.o.Nest {
				name = "nest/" + p.feature
			} else if v.o.GuardSetID {
				name = v.policy + " guarded/" + p.feature
			}
			t.Run(name, func(t *testing.T) { p.check(t, code) })
		}
	}
}

// allowedBySome are what only some policies are for.
var allowedBySome = []struct {
	realProgram
	allowed, refused map[string]Options
}{
	{
		realProgram{feature: "strace", script: "strace -f -o log true && grep -c execve log", want: "1\n"},
		map[string]Options{Build: {}, Shell: {}, Agent: {}}, map[string]Options{Default: {}, Strict: {}},
	},
	{
		realProgram{
			feature: "gdb", prepare: "gcc -g -o a main.c", files: map[string]string{"main.c": "int main(void) { return 7; }\n"},
			script: `gdb -q -nx -batch -ex run ./a 2>/dev/null | grep -o 'exited with code 07'`, want: "exited with code 07\n",
		},
		map[string]Options{Build: {}, Agent: {}}, map[string]Options{Default: {}},
	},
	{
		realProgram{
			feature: "gcc", prepare: "gcc -fsanitize=address -o a main.c", files: map[string]string{"main.c": "#include <stdlib.h>\nint main(void) { volatile char *p = malloc(9); p = 0; return 0; }\n"},
			script: `./a 2>&1 | grep -o 'detected memory leaks'`, want: "detected memory leaks\n",
		},
		map[string]Options{Build: {}, Agent: {}}, map[string]Options{Default: {}},
	},
	{
		realProgram{feature: "unshare", script: `unshare -Urmu sh -c 'mount -t tmpfs none /mnt && hostname inner && hostname'`, want: "inner\n"},
		map[string]Options{Default: {Nest: true}, Strict: {Nest: true}, Build: {Nest: true, GuardSetID: true}}, map[string]Options{Default: {}, Build: {GuardSetID: true}},
	},
	{
		realProgram{feature: "bwrap", script: `bwrap --unshare-all --ro-bind / / --proc /proc --dev /dev --tmpfs /tmp echo inner`, want: "inner\n"},
		map[string]Options{Default: {Nest: true}}, map[string]Options{Default: {}},
	},
}

func TestAllowedBySome(t *testing.T) {
	needSeccomp(t)
	for _, c := range allowedBySome {
		t.Run(c.feature, func(t *testing.T) {
			c.prepared(t)
			if out, err := c.run(t, nil); err != nil || out != c.want {
				missing(t, c.feature, fmt.Sprintf("it does not work here without a filter: %v %s", err, out))
			}
			for policy, o := range c.allowed {
				code, _ := Precompiled(policy, o, Native())
				if out, err := c.run(t, code); err != nil || out != c.want {
					t.Errorf("%s %+v: %v %q", policy, o, err, out)
				}
			}
			for policy, o := range c.refused {
				code, _ := Precompiled(policy, o, Native())
				if out, err := c.run(t, code); err == nil && out == c.want {
					t.Errorf("%s %+v lets it work", policy, o)
				}
			}
		})
	}
}

func (p *realProgram) check(t *testing.T, code []byte) {
	p.prepared(t)
	if out, err := p.run(t, code); err != nil || out != p.want {
		t.Errorf("%v, got %q, want %q", err, out, p.want)
	}
}

// prepared makes the program's folder and changes to it.
func (p *realProgram) prepared(t *testing.T) {
	if _, err := exec.LookPath(p.feature); err != nil {
		missing(t, p.feature, err.Error())
	}
	t.Chdir(t.TempDir())
	for name, content := range p.files {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p.prepare != "" {
		if out, err := exec.CommandContext(t.Context(), "sh", "-c", p.prepare).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", p.prepare, err, out)
		}
	}
}

// run runs the script under a filter and returns its output.
func (p *realProgram) run(t *testing.T, code []byte) (string, error) {
	cmd := helper(t, code, "exec", "sh", "-c", p.script)
	cmd.Env = append(cmd.Env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "LC_ALL=C")
	var failures strings.Builder
	cmd.Stderr = &failures
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, failures.String())
	}
	return string(out), err
}
