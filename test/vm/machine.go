package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// machine is one row of the matrix: what boots, what it has to be once it has, and what is run in it.
type machine struct {
	name    string
	kernel  string      // a name of the table of kernels
	boot    string      // words of the kernel's command line
	sysctls []string    // "name=value", set before anything runs
	expect  guest.Facts // beside the kernel's release
	must    string      // what no test may skip for; docs/testing.md
	jobs    []job
}

// job is a package's tests, or a program, to be run in some places.
type job struct {
	pkg     string
	program bool     // the package is a program, which tells by its exit status
	args    []string // of the program
	run     string   // only the tests that match
	slow    []string // tests that only -long runs
	long    bool     // only -long runs it
	places  []string
}

const (
	mustCgroup = "cgroup,cgroup2,cgroup-cpu,cgroup-cpuset,cgroup-io,disk,swap"
	mustAll    = mustCgroup + ",userns,netns,timens,overlay,landlock,seccomp"
	// What Debian's kernels have, and what a user's service manager gets of it.
	controllers = "cpu cpuset hugetlb io memory misc pids rdma"
	delegated   = "cpu cpuset io memory pids"
)

// machines is the matrix. Facts are stated, not asked for, so that a wrong machine fails instead of skipping.
var machines = []machine{
	{name: "debian-6.1", kernel: "bookworm", must: mustAll, jobs: everything,
		expect: facts("landlock", "2", "idmapped tmpfs", "no")},
	{name: "debian-6.12", kernel: "backports", must: mustAll, jobs: everything,
		expect: facts("landlock", "6", "idmapped tmpfs", "yes")},
	{name: "debian-5.10", kernel: "bullseye", jobs: inside("TestTooOldAKernel", "root", "user"),
		expect: facts("landlock", "none", "idmapped tmpfs", "no", "controllers", "cpu cpuset hugetlb io memory pids rdma")},
	{name: "no-landlock", kernel: "bookworm", boot: "lsm=lockdown,yama", jobs: inside("TestWithoutLandlock", "root", "user"),
		expect: facts("landlock", "none", "idmapped tmpfs", "no")},
	{name: "no-userns", kernel: "backports", sysctls: []string{"user.max_user_namespaces=0"}, jobs: inside("TestNoUserNamespaces", "root", "user"),
		expect: facts("landlock", "6", "idmapped tmpfs", "untried", "user namespaces", "for nobody")},
	{name: "root-userns", kernel: "bookworm", sysctls: []string{"kernel.unprivileged_userns_clone=0"}, jobs: inside("TestOnlyRootHasUserNamespaces", "root", "user"),
		expect: facts("landlock", "2", "idmapped tmpfs", "no", "user namespaces", "for root")},
}

// everything is run on the kernels that people have.
var everything = []job{
	{pkg: insidePackage, run: "^TestDelegated", places: []string{"user"}},
	{pkg: insidePackage, run: "^TestWithoutDelegation", places: []string{"login"}},
	{pkg: "./internal/cgroup", places: []string{"root", "user"}},
	{pkg: "./internal/host", places: []string{"root", "user"}},
	{pkg: "./internal/launch", places: []string{"root", "user"}},
	{pkg: "./sandbox", places: []string{"root", "user"}, slow: slow},
	{pkg: "./test/sweep", program: true, args: []string{"default"}, places: []string{"user"}},
	{pkg: "./test/sweep", program: true, args: []string{"default"}, places: []string{"root"}, long: true},
}

// slow is tests that repeat a race or a start many times, for 10 to 110 seconds
// each on an emulated processor, together a third of all the time. The machine at hand runs them at every `make test`.
var slow = []string{
	"TestProgramDiesWithLauncherWhateverItDoes", "TestProgramInJoinedPIDNamespaceDiesWithLauncher", "TestKilledLaunchersLeaveNoNamespace",
	"TestGuardedDirectorySwappedMeanwhile", "TestTargetSwappedMeanwhile", "TestEveryStepReportsItsFailure", "TestTmpfsInodesAreCapped",
	"TestOutputLimitOfProgramThatEnds", "TestDiffOfDeepLayer",
}

// insidePackage has the tests that know which machine they are in.
const insidePackage = "./test/vm/inside"

func inside(test string, places ...string) []job {
	return []job{{pkg: insidePackage, run: "^" + test + "$", places: places}}
}

// facts are those of an ordinary machine, with some that differ.
func facts(pairs ...string) guest.Facts {
	f := guest.Facts{"cgroup": "v2 alone", "controllers": controllers, "delegated": delegated,
		"time namespace": "yes", "user namespaces": "for all"}
	for pair := range slices.Chunk(pairs, 2) {
		f[pair[0]] = pair[1]
	}
	return f
}

// choose is the machines of these names; all of them when there is none.
func choose(names string) ([]machine, error) {
	if names == "" {
		return machines, nil
	}
	var chosen []machine
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(machines, func(m machine) bool { return m.name == name })
		if i < 0 {
			return nil, fmt.Errorf("unknown machine %q; known are %s", name, known())
		}
		chosen = append(chosen, machines[i])
	}
	return chosen, nil
}

func known() string {
	var names []string
	for _, m := range machines {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ")
}
