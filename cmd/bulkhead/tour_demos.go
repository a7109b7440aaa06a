package main

// demonstration is one contrast: the same program twice, with one flag between the two.
type demonstration struct {
	// prepare names what must be there outside before the halves run: see stage.
	prepare string
	// needs are programs that the halves use besides the shell.
	needs []string
	with  half
	// without is the other half: most often the same with one wall switched off.
	without half
	// calls are parts of the kernel calls that build this wall, looked up in the plan of with.
	calls []string
}

// half is a command line of run; the words {pid}, {dir} and {box} stand for what the stage prepared.
type half struct {
	flags   []string
	command []string
	// outside runs the command without bulkhead.
	outside bool
	// orOutside does so where this host cannot run the half with bulkhead, and the page says it.
	orOutside bool
	// says is a part of what it must print for the contrast to be there, and silent one that it must not.
	says, silent string
}

func sh(script string, args ...string) []string { return append([]string{"sh", "-c", script}, args...) }

const (
	serve = `$s = IO::Socket::INET->new(Listen => 1, LocalPort => 80) or die "port 80: $!\n"; print "serving on port 80\n"; sleep shift`
	ask   = `my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "10.9.9.1", LocalPort => 80); ` +
		`my $c = IO::Socket::INET->new(PeerAddr => "10.9.9.1:80", Timeout => 2); print $c ? "10.9.9.1 answers\n" : "10.9.9.1: $!\n"`
	leave = `$d = shift; mkdir $d; mkdir "$d/jail"; chroot "$d/jail" or die "chroot: $!\n"; ` +
		`chdir ".." for 1 .. 20; chroot "."; print "out of the jail\n" if -e "/usr"; ` +
		`print -e "$d/secret" ? "the host's file is in reach\n" : "the host's file is not there\n"`
	dial   = `$s = IO::Socket::UNIX->new(shift) or die "connect: $!\n"; print <$s>`
	orphan = `unless (fork) { fork and exit; select undef, undef, undef, 0.1; exit } wait; select undef, undef, undef, 0.5; ` +
		`for (</proc/[0-9]*/status>) { open F, $_; $z++ if grep /^State:\s+Z/, <F> } print "dead and not reaped: ", $z + 0, "\n"`
	leak = `mkdir /tmp/s && mount -t tmpfs top /tmp/s && mount --make-shared /tmp/s && mkdir /tmp/s/d && ` +
		`unshare -m --propagation $1 sh -c 'mount -t tmpfs child /tmp/s/d; echo child sees: $(grep -c ^child /proc/self/mounts)'; ` +
		`echo parent sees: $(grep -c ^child /proc/self/mounts)`
	booted = `d=$(($(cut -d. -f1 /proc/uptime) / 86400)); [ $d -ge 3650 ] && echo started ten years ago || echo started $d days ago`
	veth   = `ip -br link | head -n 1; ip link set lo up; ip -br link | head -n 1; ` +
		`ip link add v0 type veth peer name v1; ip addr add 10.9.9.1/24 dev v0; ip link set v0 up; ip link set v1 up`
)

var (
	mountCalls = []string{"MS_PRIVATE", "pivot_root"}
	netns      = []string{"unshare", "-Urn"}
	inet       = []string{"perl", "-MIO::Socket::INET", "-e"}
)

// demonstrations are numbered from 1; their texts are in tour/LANGUAGE/tour.txt.
func demonstrations() []demonstration {
	perl := []string{"perl"}
	return []demonstration{
		{with: half{flags: []string{"--as-pid-1"}, command: sh(`echo my PID: $$`), says: "my PID: 1\n"},
			without: half{flags: []string{"--share", "pid"}, orOutside: true, command: sh(`echo my PID: $$`), silent: "my PID: 1\n"},
			calls:   []string{"CLONE_NEWPID"}},
		{with: half{flags: []string{"--as-pid-1"}, command: sh(`echo my parent: $PPID`), says: "my parent: 0\n"},
			without: half{flags: []string{"--share", "pid"}, orOutside: true, command: sh(`echo my parent: $PPID`), silent: "my parent: 0\n"},
			calls:   []string{"CLONE_NEWPID"}},
		{needs: []string{"unshare"},
			with: half{flags: []string{"--nest"}, says: "\t2\t1\n",
				command: sh(`unshare -Urpf unshare -pf sleep 1 & sleep 0.4; grep -h NSpid /proc/[0-9]*/status`)},
			without: half{flags: []string{"--nest"}, silent: "\t2\t1", command: sh(`sleep 1 & sleep 0.4; grep -h NSpid /proc/[0-9]*/status`)},
			calls:   []string{"CLONE_NEWPID"}},
		{prepare: "neighbour",
			with:    half{command: sh(`cat /proc/$1/comm; kill -0 $1`, "sh", "{pid}"), says: "No such process"},
			without: half{flags: []string{"--share", "pid"}, orOutside: true, command: sh(`cat /proc/$1/comm; kill -0 $1`, "sh", "{pid}"), says: "sleep\n", silent: "No such process"},
			calls:   []string{"CLONE_NEWPID", `mount("proc"`}},
		{prepare: "server", needs: perl,
			with:    half{command: append(inet, serve, "0"), says: "serving"},
			without: half{flags: []string{"--net", "sandbox:{box}"}, command: append(inet, serve, "0"), says: "Address already in use"},
			calls:   []string{"CLONE_NEWNET"}},
		{needs: []string{"unshare", "ip", "perl"},
			with:    half{flags: []string{"--nest"}, command: append(netns, sh(veth+"; perl -MIO::Socket::INET -e '"+ask+"'")...), says: "10.9.9.1 answers"},
			without: half{flags: []string{"--nest"}, command: append(netns, sh("ip -br link; perl -MIO::Socket::INET -e '"+ask+"'")...), says: "DOWN", silent: "answers"},
			calls:   []string{"CLONE_NEWNET", "SIOCSIFFLAGS"}},
		{needs: []string{"unshare"},
			with:    half{flags: []string{"--nest"}, command: append([]string{"unshare", "-Urm"}, sh(leak, "sh", "private")...), says: "parent sees: 0\n"},
			without: half{flags: []string{"--nest"}, command: append([]string{"unshare", "-Urm"}, sh(leak, "sh", "unchanged")...), says: "parent sees: 1\n"},
			calls:   []string{"MS_PRIVATE"}},
		{prepare: "directory", needs: perl,
			with: half{flags: []string{"--user", "0:0", "--cap-add", "SYS_CHROOT"}, command: []string{"perl", "-e", leave, "{dir}"}, says: "is not there"},
			without: half{flags: []string{"--user", "0:0", "--cap-add", "SYS_CHROOT", "--share", "mount"}, command: []string{"perl", "-e", leave, "{dir}"},
				says: "is in reach"},
			calls: mountCalls},
		{with: half{command: sh(`uname -n; cat /proc/sys/kernel/domainname`), says: "bulkhead\n"},
			without: half{flags: []string{"--share", "uts"}, command: sh(`uname -n; cat /proc/sys/kernel/domainname`), silent: "bulkhead\n"},
			calls:   []string{"CLONE_NEWUTS", "sethostname", "setdomainname"}},
		{prepare: "queue",
			with:    half{command: sh(`echo queues: $(tail -n +2 /proc/sysvipc/msg | wc -l)`), says: "queues: 0\n"},
			without: half{flags: []string{"--share", "ipc"}, command: sh(`echo queues: $(tail -n +2 /proc/sysvipc/msg | wc -l)`), silent: "queues: 0\n"},
			calls:   []string{"CLONE_NEWIPC"}},
		{with: half{flags: []string{"--user", "0:0"}, command: sh(`echo uid $(id -u); cat /proc/self/uid_map`), says: "uid 0\n", silent: "4294967295"},
			without: half{outside: true, command: sh(`echo uid $(id -u); cat /proc/self/uid_map`), says: "4294967295"},
			calls:   []string{"uid_map"}},
		{prepare: "socket", needs: perl,
			with:    half{flags: []string{"--bind", "{dir}"}, command: []string{"perl", "-MIO::Socket::UNIX", "-e", dial, "{dir}/socket"}, says: "hello from outside"},
			without: half{command: []string{"perl", "-MIO::Socket::UNIX", "-e", dial, "{dir}/socket"}, says: "No such file"},
			calls:   []string{"MS_PRIVATE", `"{dir}"`}},
		{needs: []string{"unshare"},
			with:    half{flags: []string{"--as-pid-1"}, command: sh(`echo my PID: $$`), says: "my PID: 1\n"},
			without: half{flags: []string{"--nest"}, command: []string{"unshare", "-Urpf", "sh", "-c", `echo my PID: $$`}, says: "my PID: 1\n"},
			calls:   []string{"CLONE_NEWPID"}},
		{with: half{command: sh(`sleep 0.3; echo PID 1 is $(cat /proc/1/comm), I am PID $$`), says: "PID 1 is bulkhead-init"},
			without: half{flags: []string{"--as-pid-1"}, command: sh(`sleep 0.3; echo PID 1 is $(cat /proc/1/comm), I am PID $$`),
				says: "PID 1 is sh"},
			calls: []string{"clone3(", "pivot_root", "seccomp(", "execve"}},
		{needs: perl,
			with:    half{command: []string{"perl", "-e", orphan}, says: "not reaped: 0\n"},
			without: half{flags: []string{"--as-pid-1"}, command: []string{"perl", "-e", orphan}, says: "not reaped: 1\n"},
			calls:   []string{"bulkhead-init"}},
		{with: half{flags: []string{"--tmp-size", "1M"}, command: sh(`head -c 4M /dev/zero >/tmp/f; echo wrote $(wc -c </tmp/f)`), says: "wrote 1048576\n"},
			without: half{command: sh(`head -c 4M /dev/zero >/tmp/f; echo wrote $(wc -c </tmp/f)`), says: "wrote 4194304\n"},
			calls:   []string{`"tmp", "tmpfs", MS_NOSUID|MS_NODEV, "size=1048576`}},
		{needs: []string{"unshare"},
			with:    half{command: []string{"unshare", "-U", "echo", "made a user namespace"}, says: "not permitted", silent: "made a"},
			without: half{flags: []string{"--seccomp", "none"}, command: []string{"unshare", "-U", "echo", "made a user namespace"}, says: "made a user namespace"},
			calls:   []string{"PR_SET_NO_NEW_PRIVS", "seccomp("}},
		{with: half{flags: []string{"--clock-offset", "boottime=3650d"}, command: sh(booted), says: "ten years"},
			without: half{flags: []string{"--share", "time"}, command: sh(booted), silent: "ten years"},
			calls:   []string{"CLONE_NEWTIME", "timens_offsets"}},
	}
}
