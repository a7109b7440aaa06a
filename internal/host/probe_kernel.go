package host

import (
	"encoding/binary"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

// kernelProbes ask for calls that do not depend on namespaces. Each is made by
// a child, which a filter may kill.
func kernelProbes() []Probe {
	return []Probe{
		{Name: "kernel", Area: "kernel", What: "has the calls that a sandbox is made by", Since: oldest, Needed: true, Ask: kernel},
		{Name: "clone3", Area: "kernel", What: "creates a sandbox's process with all its namespaces in one call", Since: "5.7", Needed: true, Ask: clone3},
		{Name: "pidfd", Area: "kernel", What: "signals a sandbox without mistaking it for another process", Since: "5.3", Needed: true, Ask: pidfd},
		{Name: "close-range", Area: "kernel", What: "keeps the caller's open files from the program", Since: "5.11", Needed: true, Ask: closeRange},
		{Name: "openat2", Area: "kernel", What: "resolves paths inside a foreign root without leaving it", Since: "5.6", Ask: openat2},
		{Name: "memfd", Area: "kernel", What: "holds the init program where nobody can change it", Since: "3.17", Config: "CONFIG_MEMFD_CREATE", Needed: true, Ask: memfd, Blame: memfdBlame},
		{Name: "seccomp", Area: "kernel", What: "filters the program's system calls", Since: "3.17", Config: "CONFIG_SECCOMP_FILTER", Needed: true, Ask: seccomp},
		{Name: "landlock", Area: "kernel", What: "keeps files that are stdin, stdout or passed at the mode they were opened with; a second wall around files (--landlock)", Since: "5.13", Config: "CONFIG_SECURITY_LANDLOCK", Ask: landlock, Blame: landlockBlame},
		{Name: "core-scheduling", Area: "kernel", What: "keeps strangers off the sibling hyperthreads (--core-sched)", Since: "5.14", Config: "CONFIG_SCHED_CORE", Ask: coreScheduling, Blame: coreBlame},
	}
}

func kernel(s *System) Answer {
	found := "Linux " + s.Release + " (" + s.Machine + ")"
	if s.olderThan(oldest) {
		return no(found, "Linux "+s.Release+" is older than "+oldest, newKernel)
	}
	return yes(found)
}

// clone3 is tried with the flags that a start uses: CLONE_CLEAR_SIGHAND since 5.5, CLONE_PIDFD, and
// the size of struct clone_args that has the field for CLONE_INTO_CGROUP, since 5.7.
func clone3(s *System) Answer {
	place := words(0)
	t := &trial{keep: [][]byte{place}}
	t.args = words(unix.CLONE_CLEAR_SIGHAND|unix.CLONE_PIDFD, uint64(addressOf(place)), 0, 0, uint64(unix.SIGCHLD), 0, 0, 0, 0, 0, 0)
	_, err := s.run(t)
	if fd := binary.NativeEndian.Uint32(place); err == nil && fd > 0 {
		unix.Close(int(fd))
	}
	return answer(err, "works")
}

func pidfd(s *System) Answer {
	t := &trial{}
	pid := t.call("get our number", unix.SYS_GETPID)
	fd := t.call("pidfd_open", unix.SYS_PIDFD_OPEN, pid, 0)
	t.call("pidfd_send_signal", unix.SYS_PIDFD_SEND_SIGNAL, fd, 0, 0, 0)
	return s.try(t, "works")
}

func closeRange(s *System) Answer {
	t := &trial{}
	t.call("close_range", unix.SYS_CLOSE_RANGE, 3, 1<<30, unix.CLOSE_RANGE_CLOEXEC)
	return s.try(t, "works")
}

func openat2(s *System) Answer {
	t := &trial{}
	how := words(unix.O_PATH|unix.O_CLOEXEC, 0, unix.RESOLVE_IN_ROOT|unix.RESOLVE_NO_MAGICLINKS)
	t.call("openat2", unix.SYS_OPENAT2, unix.AT_FDCWD, "/", how, len(how))
	return s.try(t, "works")
}

// memfd executes a memfd that holds no program.
//
// FACT — always (execve(2)) — the right to execute is checked before the
// format: ENOEXEC means that a program would have been started — no program is needed to try.
func memfd(s *System) Answer {
	flags := unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	if !s.olderThan("6.3") {
		flags |= unix.MFD_EXEC
	}
	t := &trial{}
	fd := t.call("make an executable memfd", unix.SYS_MEMFD_CREATE, "bulkhead-doctor", flags)
	t.call("write the memfd", unix.SYS_WRITE, fd, "not a program", 13)
	t.call("seal the memfd", unix.SYS_FCNTL, fd, unix.F_ADD_SEALS, unix.F_SEAL_WRITE)
	t.call("mark the memfd executable", unix.SYS_FCHMOD, fd, 0o555)
	t.call("execute the memfd", unix.SYS_EXECVEAT, fd, "", 0, 0, unix.AT_EMPTY_PATH)
	a := s.try(t, "runs programs")
	if a.Refused != nil && a.Refused.Errno == unix.ENOEXEC {
		return yes("runs programs", describe("vm.memfd_noexec", s.sysctl("vm.memfd_noexec")))
	}
	return a
}

// describe adds the value of a setting that the kernel has.
func describe(name, value string) string {
	if value == "" {
		return ""
	}
	return ", " + name + " = " + value
}

// memfdBlame — FACT — since 6.3 (commit 105ff5339f49) — vm.memfd_noexec=2
// refuses executable memfds in this pid namespace and those below.
func memfdBlame(s *System, r *Refusal) (why, fix string) {
	if value := s.sysctl("vm.memfd_noexec"); value == "2" && r.Errno == unix.EACCES {
		return "vm.memfd_noexec is 2: no memfd may be executed", persist("vm.memfd_noexec", "1")
	}
	return "", ""
}

// persist is the command that sets a sysctl now and for later starts of the machine.
func persist(name, value string) string {
	return fmt.Sprintf("sudo sysctl -w %s=%s && echo %s=%s | sudo tee -a /etc/sysctl.d/60-bulkhead.conf", name, value, name, value)
}

func seccomp(s *System) Answer {
	const allow = 6 | unix.SECCOMP_RET_ALLOW<<32 // struct sock_filter: BPF_RET|BPF_K
	filter := words(allow)
	t := &trial{}
	t.call("set no_new_privs", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1)
	t.call("install a filter", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, words(1, uint64(t.place(filter))))
	a := s.try(t, "works")
	if n := s.status("Seccomp_filters"); a.Outcome == Yes && n != "" && n != "0" {
		a.Found += ", below " + n + " that this process is under already"
	}
	return a
}

func landlock(s *System) Answer {
	t := &trial{}
	t.call("ask for Landlock", unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	abi, err := s.run(t)
	if err != nil {
		return answer(err, "")
	}
	found := "ABI " + strconv.Itoa(abi)
	switch {
	case abi < 2:
		return partly(found, "the rules for TCP ports need ABI 4; "+filesOpen+" before ABI 2", "install Linux 6.7 or newer; "+pipesHelp)
	case abi < 3:
		return partly(found, "the rules for TCP ports need ABI 4; before ABI 3 nothing keeps a program from emptying a file that is its stdin", "install Linux 6.7 or newer; "+pipesHelp)
	case abi < 4:
		return partly(found, "the rules for TCP ports need ABI 4", "install Linux 6.7 or newer")
	}
	return yes(found)
}

// What a program can do with its descriptors where no Landlock keeps it from that.
const (
	filesOpen = "a program that is your user outside can open the files that are its stdin or stdout for more"
	pipesHelp = "meanwhile give it pipes: cat FILE | bulkhead run ..."
)

// landlockBlame — FACT — since 5.13 (landlock_create_ruleset(2)) — EOPNOTSUPP is
// a Landlock that was built and not switched on.
func landlockBlame(s *System, r *Refusal) (why, fix string) {
	if r.Errno != unix.EOPNOTSUPP {
		return "", ""
	}
	modules := s.line("/sys/kernel/security/lsm")
	if modules == "" {
		modules = "the list that /sys/kernel/security/lsm shows"
	}
	return "Landlock is built into the kernel and not switched on at boot: " + filesOpen, "add to the kernel's command line: lsm=landlock," + modules
}

func coreScheduling(s *System) Answer {
	t := &trial{}
	t.call("make a core scheduling group", unix.SYS_PRCTL, unix.PR_SCHED_CORE, unix.PR_SCHED_CORE_CREATE, 0, unix.PR_SCHED_CORE_SCOPE_THREAD, 0)
	return s.try(t, "works")
}

// coreBlame — FACT — since 5.14 (prctl(2), PR_SCHED_CORE) — ENODEV is a machine
// without hyperthreads: there is nothing to share.
func coreBlame(_ *System, r *Refusal) (why, fix string) {
	if r.Errno != unix.ENODEV {
		return "", ""
	}
	return "this machine has no hyperthreads, or they are switched off: there is no sibling to keep strangers off", "nothing: the protection has no object here"
}
