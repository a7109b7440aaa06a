package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// Profile "default" runs for everybody: where nobody gave the caller a cgroup, it goes on without limits on memory and
// processes, and the Result says so. A Spec without a profile refuses that.
func Example() {
	s, _ := spec.Profile("default")
	s.Command = []string{"sh", "-c", "echo hello; exit 3"}
	result, err := sandbox.Run(context.Background(), &s, sandbox.IO{Stdout: os.Stdout})
	fmt.Println(result.Status, result.ExitCode, err)
	// Output:
	// hello
	// exited 3 <nil>
}

// Output is captured through a pipe. The caller's copy of the writing end is closed once the program runs, or the reader
// would wait for ever. (With Limits.Output set it is written to until Wait returns, and is closed then: read in a goroutine.)
func ExampleStart() {
	s, _ := spec.Profile("default")
	s.Command = []string{"sh", "-c", "read line; echo got $line"}

	input, send, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	receive, output, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	defer receive.Close()
	box, err := sandbox.Start(context.Background(), &s, sandbox.IO{Stdin: input, Stdout: output, Stderr: os.Stderr})
	input.Close()
	output.Close()
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(send, "a question")
	send.Close()
	text, _ := io.ReadAll(receive)
	result, err := box.Wait()
	fmt.Printf("%q %d %v\n", text, result.ExitCode, err)
	// Output: "got a question\n" 0 <nil>
}

// The Result names the limit that ended a program. Wall holds everywhere; Memory and Pids need a cgroup: leave AllowDrop
// empty where the program must not run without them.
func ExampleRun_limits() {
	s := sandbox.Spec{
		Command:   []string{"sleep", "100"},
		Limits:    spec.Limits{Memory: 64 * spec.MiB, Pids: 16, Wall: spec.Seconds(0.2)},
		AllowDrop: []spec.Protection{spec.ProtectionCgroup},
	}
	result, err := sandbox.Run(context.Background(), &s, sandbox.IO{})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Status, result.Limit, result.ExitCode)
	for _, missing := range result.Dropped {
		fmt.Fprintf(os.Stderr, "no limit on %s here: %s\n", missing.Protection, missing.Reason)
	}
	// Output: limit wall 137
}

// A directory that the program may change, in which it starts. All else that it writes is gone when it ends.
func ExampleRun_bind() {
	dir, err := os.MkdirTemp("", "job")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, _ := spec.Profile("default")
	s.Command = []string{"sh", "-c", "pwd; echo 42 >answer"}
	s.Mounts = []spec.Mount{{Type: spec.MountBind, Source: dir, Target: "/work", Write: true}}
	s.Workdir = "/work"
	if _, err := sandbox.Run(context.Background(), &s, sandbox.IO{Stdout: os.Stdout, Stderr: os.Stderr}); err != nil {
		panic(err)
	}
	answer, err := os.ReadFile(filepath.Join(dir, "answer"))
	fmt.Printf("%s%v\n", answer, err)
	// Output:
	// /work
	// 42
	// <nil>
}

// A context that ends kills the program. That is no error: the program ran, and SIGKILL ended it. Ask the context.
func ExampleRun_timeout() {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	s, _ := spec.Profile("default")
	s.Command = []string{"sleep", "100"}
	result, err := sandbox.Run(ctx, &s, sandbox.IO{})
	fmt.Println(result.Status, result.Signal, err)
	fmt.Println(errors.Is(ctx.Err(), context.DeadlineExceeded))
	// Output:
	// signaled SIGKILL <nil>
	// true
}

// One more program, side by side with the first: in the same namespaces and the same cgroup, behind the same walls.
func ExampleSandbox_Exec() {
	s, _ := spec.Profile("default")
	s.Command = []string{"sh", "-c", "echo 42 >/tmp/answer; echo ready; exec sleep 100"}
	receive, output, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	defer receive.Close()
	ctx := context.Background()
	box, err := sandbox.Start(ctx, &s, sandbox.IO{Stdout: output})
	output.Close()
	if err != nil {
		panic(err)
	}
	ready, _ := bufio.NewReader(receive).ReadString('\n')
	fmt.Print(ready)

	result, err := box.Exec(ctx, sandbox.ExecSpec{Command: []string{"cat", "/tmp/answer"}}, sandbox.IO{Stdout: os.Stdout})
	fmt.Println(result.ExitCode, err)

	if err := box.Stop(time.Second); err != nil { // SIGTERM, and SIGKILL a second later
		panic(err)
	}
	end, err := box.Wait()
	fmt.Println(end.Status, end.Signal, err)
	// Output:
	// ready
	// 42
	// 0 <nil>
	// signaled SIGTERM <nil>
}

// A program whose output goes to a log on disk, for others to look at: by its name they find it with Open and Logs, and on
// the command line. It ends with the process that calls Supervise, so that is one which lives on, such as a daemon.
func ExampleSupervise() {
	ctx := context.Background()
	s, _ := spec.Profile("default")
	s.Command = []string{"sh", "-c", "echo working; exit 4"} // with a Name of your choice, or a generated one

	var name string
	streams := sandbox.IO{Started: func(box *sandbox.Sandbox) { name = box.Name() }}
	after := sandbox.Afterwards{
		Forget: true, // else the log stays for Logs, and the Result for Await, until Collect
		Ended: func(*sandbox.Result) {
			if err := sandbox.Logs(ctx, name, sandbox.LogOptions{}, os.Stdout, os.Stderr); err != nil {
				panic(err)
			}
		},
	}
	result, err := sandbox.Supervise(ctx, &s, streams, after)
	fmt.Println(result.Status, result.ExitCode, err)
	// Output:
	// working
	// exited 4 <nil>
}

// Many programs under one Spec, a thousand a second: sandboxes are kept and made ready ahead, and none of them shows a
// program what another one did.
func ExamplePool() {
	ctx := context.Background()
	s, _ := spec.Profile("default")
	pool, err := sandbox.NewPool(ctx, &s, sandbox.PoolOptions{})
	if err != nil {
		panic(err)
	}
	defer pool.Close()
	for _, script := range []string{"echo secret >/tmp/file; cat /tmp/file", "cat /tmp/file || echo nothing is there"} {
		job := sandbox.Job{Command: []string{"sh", "-c", script}}
		result, err := pool.Run(ctx, job, sandbox.IO{Stdout: os.Stdout})
		fmt.Println(result.ExitCode, err)
	}
	// Output:
	// secret
	// 0 <nil>
	// nothing is there
	// 0 <nil>
}
