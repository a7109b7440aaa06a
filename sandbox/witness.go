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
		f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/" + name)
		if os.IsNotExist(err) {
			continue // a kernel without IPv6
		}
		if err != nil {
			w.close()
			return nil, &Error{Kind: HostLacks, Op: "read", Object: "the network's counters", Err: plain(err)}
		}
		w.files = append(w.files, f)
		w.first = append(w.first, read(f, nil))
	}
	return w, nil
}

// mostCounters is more than any of these files has, for a namespace with one device.
const mostCounters = 64 << 10

// read is the whole text of such a file.
func read(f *os.File, room []byte) []byte {
	if room == nil {
		room = make([]byte, mostCounters)
	}
	n := 0
	for n < len(room) {
		got, err := unix.Pread(int(f.Fd()), room[n:], int64(n))
		if err != nil || got == 0 {
			break
		}
		n += got
	}
	text := room[:n:n]
	if line, _, ok := bytes.Cut(text, []byte("\n")); ok && bytes.HasPrefix(line, []byte("sockets:")) {
		return line // what follows counts the whole host's
	}
	return text
}

// unchanged tells whether all counters are what they were in the beginning.
func (w *witness) unchanged() bool {
	room := make([]byte, mostCounters)
	for i, f := range w.files {
		if !bytes.Equal(read(f, room), w.first[i]) {
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
