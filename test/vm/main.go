// Command vm runs tests of this repository in virtual machines, on kernels
// and with rights that the machine at hand does not have: pure cgroup v2, an
// older Landlock or none, no user namespaces, a user with a delegated cgroup.
// machine.go has the matrix of machines and what is run in each.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

const usage = `Run tests in virtual machines with Debian's kernels and pure cgroup v2.

  go run ./test/vm [flags]                      what the matrix says (machine.go)
  go run ./test/vm [flags] -- PACKAGE...        the tests of these packages

Each package's tests, and each -program, are built as one static program and run in each place (-in):

  root       root in a login session, its shell beside it in the same cgroup
  top        root in the root cgroup, as in a machine without service manager
  service    root alone in a service's cgroup that has a memory limit
  container  the same in a cgroup namespace, where that cgroup is "/"
  user       uid 1000 in a scope of its user manager, a cgroup that belongs to it
  login      uid 1000 in a login session, a cgroup that belongs to root

Flags:
`

const epilogue = `
Example: go run ./test/vm -machine debian-6.12 -in root,user -run Memory -v -- ./internal/cgroup

Needs apt-get, dpkg-deb and qemu-system-x86 (apt-get install --no-install-recommends
qemu-system-x86). Kernels are downloaded once, not installed, and kept in
$XDG_CACHE_HOME/bulkhead/vm.

EXIT STATUS
  0  all tests passed     1  a test failed
  2  wrong usage          3  a machine could not be made, or is not the expected one
`

// options are the command line.
type options struct {
	machines, in, must string
	run, skip          string
	accel              string
	add                []string
	verbose, long      bool
	install            bool
	timeout            time.Duration
	memory, lanes      int
	systemd            bool
	jobs               []job // instead of the machines' own
}

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2) // package flag has said why
	}
	results, err := runAll(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vm:", err)
		os.Exit(3)
	}
	failed, broken := table(os.Stdout, results)
	switch {
	case broken > 0:
		os.Exit(3)
	case failed > 0:
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
	var programs []string
	f.StringVar(&o.machines, "machine", "", "`NAMES` of machines, by comma, instead of all: "+known())
	f.StringVar(&o.in, "in", "root,user", "`PLACES` to run packages and programs in, by comma")
	f.StringVar(&o.run, "run", "", "of the packages, run only tests that match `REGEX`")
	f.StringVar(&o.skip, "skip", "", "leave out tests that match `REGEX`")
	f.StringVar(&o.must, "must", "", "`FEATURES` whose absence fails a test instead of skipping it (BULKHEAD_MUST), instead of the machine's")
	f.StringVar(&o.accel, "accel", "tcg,thread=single", "`HOW` the machine runs: tcg (emulation, works anywhere) or kvm (needs a working /dev/kvm)")
	f.BoolVar(&o.long, "long", false, "run also what is slow, and what testing.Short leaves out")
	f.BoolVar(&o.verbose, "v", false, "print everything, also what passed tests and the kernel say")
	f.BoolVar(&o.install, "install", false, "install what is missing by apt-get (needs root)")
	f.BoolVar(&o.systemd, "systemd", false, "put this host's systemd in, and run \"systemd --user\" for uid 1000")
	f.DurationVar(&o.timeout, "timeout", 20*time.Minute, "give up on a machine after this `TIME`")
	f.IntVar(&o.memory, "memory", 1024, "memory of a machine in `MIB`")
	f.IntVar(&o.lanes, "lanes", 2, "run so `MANY` machines at a time")
	f.Func("add", "put this host's `PATH` in, with its libraries; may be repeated", func(s string) error {
		o.add = append(o.add, s)
		return nil
	})
	f.Func("program", "run this `PACKAGE and its arguments`, one word of shell, as a program; may be repeated", func(s string) error {
		programs = append(programs, s)
		return nil
	})
	err := f.Parse(args)
	o.jobs = jobsFrom(strings.Split(o.in, ","), o.run, f.Args(), programs)
	return o, err
}

// jobsFrom is the jobs that the command line names.
func jobsFrom(in []string, run string, packages, programs []string) []job {
	var jobs []job
	for _, pkg := range packages {
		jobs = append(jobs, job{pkg: pkg, run: run, places: in})
	}
	for _, line := range programs {
		words := append(strings.Fields(line), "")
		jobs = append(jobs, job{pkg: words[0], program: true, args: words[1 : len(words)-1], places: in})
	}
	return jobs
}

// jobsOf is the machine's jobs, or those of the command line.
func (o options) jobsOf(m machine) []job {
	if len(o.jobs) > 0 {
		return o.jobs
	}
	return m.jobs
}

// mustOf is the features that a machine has to have.
func (o options) mustOf(m machine) string {
	if o.must != "" {
		return o.must
	}
	return m.must
}
