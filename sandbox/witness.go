package sandbox

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// witness tells whether a network namespace was used, and whether the spawner, whose memory the inits
// of the runs share, is what it was: oom_score_adj and coredump_filter belong to the memory, and an ordinary user's program may set its init's.
// Sockets end with their processes, but what they did is counted, and connections leave states behind (TIME_WAIT, flow labels, metrics).
type witness struct {
	files []*os.File
	first [][]byte
}

// traces are the files that show it. What changes further counters (netstat), or
// leaves a state, sends a packet first, which these count.
// Sockets that their processes have left in each other's queues live on until the kernel collects them: sockstat counts them.
var traces = [...]string{"net/sockstat", "net/dev", "net/snmp", "net/snmp6", "net/ip6_flowlabel", "net/rt6_stats", "net/ipv6_route", "oom_score_adj", "coredump_filter"}

// newWitness looks at the network namespace of a process.
//
// FACT — always (proc_net.c) — a file below /proc/PID/net stays that of the namespace it was opened in.
func newWitness(pid int) (*witness, error) {
	w := &witness{}
	for _, name := range traces {
		if err := w.add("/proc/" + strconv.Itoa(pid) + "/" + name); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// add looks at one file, which a kernel without IPv6 may lack.
func (w *witness) add(name string) error {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil
	}
	var text []byte
	if err == nil {
		w.files = append(w.files, f)
		text, err = counted(f, make([]byte, mostCounters))
	}
	if err != nil {
		return &Error{Kind: HostLacks, Op: "read", Object: name, Err: plain(err), Hint: "a pool sees by it what a program leaves: start the program in a sandbox of its own"}
	}
	w.first = append(w.first, text)
	return nil
}

// mostCounters is more than any of these files has, for a namespace with one device.
const mostCounters = 64 << 10

// counted is what such a file says of this namespace alone.
func counted(f *os.File, room []byte) ([]byte, error) {
	n := 0
	for {
		got, err := unix.Pread(int(f.Fd()), room[n:], int64(n))
		if err != nil {
			return nil, err
		}
		if n += got; n == len(room) {
			return nil, unix.EFBIG // the rest would go unseen
		}
		if got == 0 {
			break
		}
	}
	text := room[:n:n]
	if line, _, ok := bytes.Cut(text, []byte("\n")); ok && bytes.HasPrefix(line, []byte("sockets:")) {
		return line, nil // what follows counts the whole host's
	}
	return text, nil
}

// unchanged tells whether all counters are what they were in the beginning.
func (w *witness) unchanged() bool {
	room := make([]byte, mostCounters)
	for i, f := range w.files {
		if text, err := counted(f, room); err != nil || !bytes.Equal(text, w.first[i]) {
			return false
		}
	}
	return true
}

func (w *witness) close() {
	if w == nil {
		return
	}
	for _, f := range w.files {
		f.Close()
	}
}
