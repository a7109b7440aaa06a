// Command vm runs tests of this repository in a virtual machine, on kernels
// and with rights that the machine at hand does not have: pure cgroup v2, an
// older Landlock, root in a login session, a user with a delegated cgroup.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

const usage = `Run tests in a virtual machine with a Debian kernel and pure cgroup v2.

  go run ./test/vm [flags] [-- PACKAGE...]      default package: ./internal/cgroup

Each package's tests are built as one static program and run in each place (-in):

  root       root in a login session, its shell beside it in the same cgroup
  top        root in the root cgroup, as in a machine without service manager
  service    root alone in a service's cgroup that has a memory limit
  container  the same in a cgroup namespace, where that cgroup is "/"
  user       uid 1000 in a scope of its user manager, a cgroup that belongs to it
  login      uid 1000 in a login session, a cgroup that belongs to root

Flags:
`

const epilogue = `
Example: go run ./test/vm -kernel backports -in root,user -run Memory -v -- ./internal/cgroup

Needs apt-get, dpkg-deb and qemu-system-x86 (apt-get install --no-install-recommends
qemu-system-x86). Kernels are downloaded once, not installed, and kept in
$XDG_CACHE_HOME/bulkhead/vm.

EXIT STATUS
  0  all tests passed     1  a test failed
  2  wrong usage          3  the machine could not be made, or is not the expected one
`

// options are the command line.
type options struct {
	kernel, in, must string
	run, skip        string
	accel            string
	add              []string
	verbose, long    bool
	install          bool
	timeout          time.Duration
	memory           int
	systemd          bool
	packages         []string
}

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2) // package flag has said why
	}
	failed, err := runAll(o)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "vm:", err)
		os.Exit(3)
	case failed > 0:
		fmt.Printf("vm: %d jobs failed\n", failed)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("vm", flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprint(f.Output(), usage)
		f.PrintDefaults()
		fmt.Fprint(f.Output(), epilogue)
	}
	f.StringVar(&o.kernel, "kernel", "bookworm", "`NAMES` of kernels, by comma: bookworm (6.1), backports (6.12)")
	f.StringVar(&o.in, "in", "root,user", "`PLACES` to run the tests in, by comma")
	f.StringVar(&o.run, "run", "", "run only tests that match `REGEX`")
	f.StringVar(&o.skip, "skip", "", "leave out tests that match `REGEX`")
	f.StringVar(&o.must, "must", "cgroup,cgroup2,cgroup-cpu,cgroup-cpuset,cgroup-io,disk,swap", "`FEATURES` whose absence fails a test instead of skipping it (BULKHEAD_MUST)")
	f.StringVar(&o.accel, "accel", "tcg", "`HOW` the machine runs: tcg (emulation, works anywhere) or kvm (needs a working /dev/kvm)")
	f.BoolVar(&o.long, "long", false, "run also what testing.Short leaves out")
	f.BoolVar(&o.verbose, "v", false, "print every test's name, and what the kernel says")
	f.BoolVar(&o.install, "install", false, "install what is missing by apt-get (needs root)")
	f.BoolVar(&o.systemd, "systemd", false, "put this host's systemd in, and run \"systemd --user\" for uid 1000")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "give up on a machine after this `TIME`")
	f.IntVar(&o.memory, "memory", 1024, "memory of the machine in `MIB`")
	f.Func("add", "put this host's `PATH` in, with its libraries; may be repeated", func(s string) error {
		o.add = append(o.add, s)
		return nil
	})
	err := f.Parse(args)
	if o.packages = f.Args(); len(o.packages) == 0 {
		o.packages = []string{"./internal/cgroup"}
	}
	return o, err
}

// runAll runs every kernel's machine and returns the number of failed jobs.
func runAll(o options) (failed int, err error) {
	if err := requireTools(o.install); err != nil {
		return 0, err
	}
	for name := range strings.SplitSeq(o.kernel, ",") {
		n, err := runOne(o, name)
		if err != nil {
			return failed, fmt.Errorf("kernel %s: %w", name, err)
		}
		failed += n
	}
	return failed, nil
}

func runOne(o options, kernelName string) (int, error) {
	k, err := findKernel(kernelName)
	if err != nil {
		return 0, err
	}
	im, plan, err := buildImage(o, k)
	if err != nil {
		return 0, err
	}
	return boot(o, k, im, plan)
}
