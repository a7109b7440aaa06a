package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// residues are traces that a program may try to leave for the next one in the same sandbox.
var residues = map[string]func() error{
	"file in /tmp":           func() error { return os.WriteFile("/tmp/left", []byte("here"), 0o666) },
	"file in home":           func() error { return os.WriteFile(os.Getenv("HOME")+"/left", []byte("here"), 0o666) },
	"file in /dev/shm":       func() error { return os.WriteFile("/dev/shm/left", []byte("here"), 0o666) },
	"hidden directory":       func() error { return os.MkdirAll("/tmp/.left/a/b", 0) },
	"mode of /tmp":           func() error { return os.Chmod("/tmp", 0o700) },
	"mode of home":           func() error { return os.Chmod(os.Getenv("HOME"), 0) },
	"fifo":                   func() error { return unix.Mkfifo("/tmp/fifo", 0o666) },
	"link":                   func() error { return os.Symlink("/etc/passwd", "/tmp/link") },
	"full /tmp":              func() error { return fillUp("/tmp/full") },
	"attribute of a file":    func() error { return attribute("/tmp/attribute") },
	"file in /etc":           func() error { return os.WriteFile("/etc/left", nil, 0o666) },
	"file in /":              func() error { return os.WriteFile("/left", nil, 0o666) },
	"node in /dev":           func() error { return os.WriteFile("/dev/left", nil, 0o666) },
	"time of /etc/hosts":     func() error { return os.Chtimes("/etc/hosts", time.Unix(1, 0), time.Unix(1, 0)) },
	"mode of /dev/null":      func() error { return os.Chmod("/dev/null", 0) },
	"daemon":                 func() error { return stay("sleep") },
	"stubborn daemon":        func() error { return stay("stubborn") },
	"stopped process":        func() error { return stay("stop") },
	"zombies":                func() error { return zombies() },
	"many processes":         func() error { return times(20, func() error { return stay("sleep") }) },
	"lock on a file":         func() error { return stay("residue", "hold", "lock") },
	"abstract socket":        func() error { return stay("residue", "hold", "abstract") },
	"socket in /tmp":         func() error { return stay("residue", "hold", "socket") },
	"port":                   func() error { return stay("residue", "hold", "port") },
	"pseudo-terminal":        func() error { return stay("residue", "hold", "pty") },
	"closed TCP connection":  closedConnection,
	"UDP packets":            udpPackets,
	"refused connection":     func() error { return refused() },
	"IPv6 flow label":        flowLabel,
	"sockets in a cycle":     cycle,
	"multicast group":        multicast,
	"IPv6 route":             dial6,
	"project ids":            func() error { return os.WriteFile("/proc/self/projid_map", []byte("7 42 1"), 0) },
	"score of process 1":     func() error { return os.WriteFile("/proc/1/oom_score_adj", []byte("1000"), 0) },
	"SysV shared memory":     func() error { return sysv(unix.SYS_SHMGET, 4242, 4096, 0o1666) },
	"SysV semaphores":        func() error { return sysv(unix.SYS_SEMGET, 4243, 1, 0o1666) },
	"SysV message queue":     func() error { return sysv(unix.SYS_MSGGET, 4244, 0o1666, 0) },
	"POSIX message queue":    messageQueue,
	"user keyring":           func() error { return key(unix.KEY_SPEC_USER_KEYRING) },
	"session keyring":        func() error { return key(unix.KEY_SPEC_SESSION_KEYRING) },
	"process keyring":        func() error { return key(unix.KEY_SPEC_PROCESS_KEYRING) },
	"host name":              func() error { return unix.Sethostname([]byte("left")) },
	"domain name":            func() error { return unix.Setdomainname([]byte("left")) },
	"sysctl":                 func() error { return os.WriteFile("/proc/sys/kernel/msgmax", []byte("1024"), 0) },
	"network sysctl":         func() error { return os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("1"), 0) },
	"mount":                  func() error { return unix.Mount("left", "/tmp", "tmpfs", 0, "") },
	"own limits":             ownLimits,
	"priority of process 1":  func() error { return unix.Setpriority(unix.PRIO_PROCESS, 1, 19) },
	"limits of process 1":    func() error { return unix.Prlimit(1, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: 3}, nil) },
	"processor of process 1": func() error { set := unix.CPUSet{}; set.Set(0); return unix.SchedSetaffinity(1, &set) },
	"clock":                  func() error { return unix.ClockSettime(unix.CLOCK_REALTIME, &unix.Timespec{Sec: 1}) },
	"peak of memory":         func() error { return touchAll(32 << 20) },
	"page cache":             func() error { return readAll("/usr/bin") },
}

// residue leaves one kind of trace and ends, lists the kinds, or is a daemon that holds something.
func residue(args []string) int {
	switch name := text(args, 0, "list"); name {
	case "list":
		for name := range residues {
			fmt.Println(name)
		}
		return 0
	case "hold":
		return hold(text(args, 1, ""))
	default:
		leave, ok := residues[name]
		if !ok {
			fmt.Fprintf(os.Stderr, "hostile: no residue %q\n", name)
			return 2
		}
		if err := leave(); err != nil {
			fmt.Println("refused:", err)
			return 0
		}
		fmt.Println("left")
		return 0
	}
}

func times(n int, do func() error) error {
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// stay leaves a process of this program behind, in a session of its own.
func stay(words ...string) error {
	c := exec.Command("/proc/self/exe", words...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	ready, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	if words[0] != "residue" {
		return nil
	}
	said := make([]byte, 256)
	if n, _ := ready.Read(said); !strings.HasPrefix(string(said[:n]), "holds") {
		return fmt.Errorf("it could not hold it: %s", said[:n])
	}
	return nil
}

// hold takes something and keeps it until it is killed.
func hold(what string) int {
	var err error
	switch what {
	case "lock":
		var f *os.File
		if f, err = os.Open("/etc/passwd"); err == nil {
			err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
		}
	case "abstract":
		_, err = net.Listen("unix", "@left")
	case "socket":
		_, err = net.Listen("unix", "/tmp/socket")
	case "port":
		_, err = net.Listen("tcp", "127.0.0.1:4242")
	case "pty":
		_, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("holds")
	time.Sleep(time.Minute)
	return 0
}

func fillUp(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for range 4096 {
		if _, err := f.Write(block); err != nil {
			return nil // full
		}
	}
	return nil
}

func attribute(file string) error {
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		return err
	}
	return unix.Setxattr(file, "user.left", []byte("here"), 0)
}

func zombies() error {
	return times(5, func() error { return exec.Command("/proc/self/exe", "exit", "0").Start() })
}

func closedConnection() error {
	l, err := net.Listen("tcp", "127.0.0.1:4243")
	if err != nil {
		return err
	}
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Close()
		}
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	c.Read(make([]byte, 1))
	return c.Close()
}

func udpPackets() error {
	c, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		return err
	}
	defer c.Close()
	return times(10, func() error { c.Write([]byte("left")); return nil })
}

func refused() error {
	if c, err := net.Dial("tcp", "[::1]:9"); err == nil {
		c.Close()
	}
	return nil
}

// cycle leaves sockets in each other's queues: they outlive their process until the kernel collects them.
func cycle() error {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	named, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(named, &unix.SockaddrUnix{Name: "@left"}); err != nil {
		return err
	}
	port, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	if err := unix.Bind(port, &unix.SockaddrInet4{Port: 4444, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return err
	}
	if err := unix.Listen(port, 1); err != nil {
		return err
	}
	if err := unix.Sendmsg(pair[0], []byte("x"), unix.UnixRights(pair[1], named, port), nil, 0); err != nil {
		return err
	}
	return unix.Sendmsg(pair[1], []byte("x"), unix.UnixRights(pair[0]), nil, 0)
}

// multicast joins a group: the kernel reports that later.
func multicast() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	return unix.SetsockoptIPMreq(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, &unix.IPMreq{Multiaddr: [4]byte{239, 1, 1, 1}, Interface: [4]byte{127, 0, 0, 1}})
}

// dial6 asks for a route without sending anything.
func dial6() error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	return unix.Connect(fd, &unix.SockaddrInet6{Port: 99, Addr: [16]byte{15: 1}})
}

// flowLabel reserves a label, which outlives its socket; linux/in6.h.
func flowLabel() error {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	var request [32]byte // in6_addr dst, label, action GET, share ANY, flags CREATE, expires, linger
	request[15] = 1
	request[19] = 42
	request[21] = 255
	request[22] = 1
	request[24], request[26] = 60, 60
	return unix.SetsockoptString(fd, unix.IPPROTO_IPV6, 32, string(request[:]))
}

func sysv(call, a, b, c uintptr) error {
	if _, _, errno := unix.Syscall(call, a, b, c); errno != 0 {
		return errno
	}
	return nil
}

func key(ring int) error {
	_, err := unix.AddKey("user", "left", []byte("here"), ring)
	return err
}

func ownLimits() error { return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 16, Max: 16}) }

func touchAll(size int) error {
	room := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		room[i] = 1
	}
	return nil
}

func readAll(dir string) error {
	files, err := filepath.Glob(dir + "/*")
	for _, file := range files[:min(len(files), 200)] {
		os.ReadFile(file)
	}
	return err
}
