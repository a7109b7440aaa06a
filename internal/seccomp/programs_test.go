package seccomp

import (
	"os"
	"os/exec"
	"path/filepath"
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
	// builds marks work that the strict policy is not for.
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
	type variant struct {
		policy string
		o      Options
	}
	for _, v := range []variant{{Default, Options{}}, {Default, Options{GuardSetID: true}}, {Default, Options{Nest: true}}, {Build, Options{}}, {Agent, Options{GuardSetID: true}}, {Strict, Options{}}} {
		code, ok := Precompiled(v.policy, v.o, Native())
		if !ok {
			t.Fatalf("%s is not precompiled", v.policy)
		}
		for _, p := range realPrograms {
			if p.builds && v.policy == Strict {
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

func (p realProgram) check(t *testing.T, code []byte) {
	if _, err := exec.LookPath(p.feature); err != nil {
		missing(t, p.feature, err.Error())
	}
	dir := t.TempDir()
	for name, content := range p.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p.prepare != "" {
		prepare := exec.CommandContext(t.Context(), "sh", "-c", p.prepare)
		prepare.Dir = dir
		if out, err := prepare.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", p.prepare, err, out)
		}
	}
	cmd := helper(t, code, "exec", "sh", "-c", p.script)
	cmd.Dir = dir
	cmd.Env = append(cmd.Env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "LC_ALL=C")
	var failures strings.Builder
	cmd.Stderr = &failures
	out, err := cmd.Output()
	if err != nil || string(out) != p.want {
		t.Errorf("%v, got %q, want %q\n%s", err, out, p.want, failures.String())
	}
}
