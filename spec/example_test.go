package spec_test

import (
	"fmt"
	"os"

	"github.com/bulkhead/bulkhead/spec"
)

// A Spec is a plain value: what is left out has a safe default.
func Example() {
	s := spec.Spec{
		Command: []string{"python3", "answer.py"},
		Mounts:  []spec.Mount{{Type: spec.MountBind, Source: "/srv/task/answer.py", Target: "/home/user/answer.py"}},
		Limits:  spec.Limits{Memory: 256 * spec.MiB, CPUTime: spec.Seconds(2)},
	}
	full := s.WithDefaults()
	fmt.Println(full.Validate())
	fmt.Println(full.Workdir, full.Limits.Pids, full.Limits.Wall)
	// Output:
	// <nil>
	// /home/user 1024 16s
}

// A file goes over a profile; Decode reports every mistake with its place.
func ExampleDecode() {
	s, _ := spec.Profile("strict")
	err := spec.Decode("task.yaml", []byte("command: [./a.out]\nlimits: {memory: 512M}\n"), &s)
	fmt.Println(err, s.Limits.Memory, s.Limits.Pids)

	err = spec.Decode("task.yaml", []byte("comand: [./a.out]\nlimits:\n  memory: 512\n  wall: 5sec\n"), &s)
	fmt.Println(err)
	// Output:
	// <nil> 512M 64
	// task.yaml:1:1: comand: unknown key; did you mean "command"?
	// task.yaml:4:9: limits.wall "5sec": unknown unit "sec"; did you mean "5s"?
}

// All mistakes that can be seen without the host are reported together.
func ExampleSpec_Validate() {
	s := spec.Spec{
		Name:         "my_box",
		Command:      []string{"ls"},
		Capabilities: []spec.Capability{"NET_BIND"},
		PassFDs:      []int{1},
	}
	fmt.Println(s.Validate())
	// Output:
	// name "my_box": holds something other than letters, digits and hyphens; a name is a DNS label, such as web-1
	// capabilities[0] "NET_BIND": unknown; names are as in capabilities(7) without "CAP_", such as "NET_BIND_SERVICE"
	// pass_fds[0] "1": standard input, output and error are always the program's; descriptors to pass are numbered from 3 up
}

// Resolve makes plain mounts of what depends on where the launcher stands.
func ExampleSpec_Resolve() {
	s := spec.Spec{Mounts: []spec.Mount{{Type: spec.MountBind, Source: "~/data", Target: "/data"}}}
	resolved, err := s.Resolve(spec.Place{Dir: "/srv", Home: "/home/me", Files: os.DirFS("/")})
	fmt.Println(resolved.Mounts[0].Source, err)
	// Output: /home/me/data <nil>
}

func ExampleSpec_Environ() {
	s := spec.Spec{KeepEnv: []string{"LC_*"}, Env: map[string]string{"MODE": "test"}}
	full := s.WithDefaults()
	for _, entry := range full.Environ([]string{"LC_ALL=C", "SECRET=x"}) {
		fmt.Println(entry)
	}
	// Output:
	// HOME=/home/user
	// LANG=C.UTF-8
	// LC_ALL=C
	// LOGNAME=user
	// MODE=test
	// PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	// PWD=/home/user
	// SHELL=/bin/sh
	// USER=user
}

func ExampleSpec_YAML() {
	s, _ := spec.Profile("build")
	fmt.Printf("%s", s.YAML())
	// Output:
	// seccomp:
	//   policy: build
	// limits:
	//   memory: 8G
	//   pids: 4096
	//   wall: unlimited
	//   tmp: 4G
	//   tmp_inodes: 1048576
	//   open_files: 4096
	// allow_drop: [cgroup]
}

func ExampleParseSize() {
	size, _ := spec.ParseSize("1.5G")
	fmt.Println(int64(size), size)
	_, err := spec.ParseSize("64")
	fmt.Println(err)
	// Output:
	// 1610612736 1536M
	// size "64": no unit; write "64M" for MiB, "64K" for KiB, "64B" for bytes
}
