package proc

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Listener is a socket that waits for strangers.
type Listener struct {
	// Protocol is tcp, tcp6, udp or udp6.
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	// Own tells that this process holds it open; others in the namespace may.
	Own   bool `json:"own"`
	inode string
}

// Devices are the names of the network devices in the process's network namespace.
func (f FS) Devices(pid int) ([]string, error) {
	text, err := f.read(pid, "net/dev", mostRead)
	if err != nil {
		return nil, err
	}
	var list []string
	for line := range strings.Lines(string(text)) {
		if name, _, ok := strings.Cut(line, ":"); ok {
			list = append(list, strings.TrimSpace(name))
		}
	}
	slices.Sort(list)
	return list, nil
}

// Listeners are the sockets of its network namespace that wait for strangers;
// those among files are its own.
func (f FS) Listeners(pid int, files []File) []Listener {
	var list []Listener
	for _, protocol := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := f.read(pid, "net/"+protocol, mostRead)
		if err == nil {
			list = append(list, ParseListeners(protocol, string(text))...)
		}
	}
	for i := range list {
		name := "socket:[" + list[i].inode + "]"
		list[i].Own = slices.ContainsFunc(files, func(f File) bool { return f.Name == name })
	}
	return list
}

// ParseListeners takes a table of /proc/net: state 0A listens, and an udp socket without a peer (07) takes what comes.
func ParseListeners(protocol, text string) []Listener {
	state := map[bool]string{true: "0A", false: "07"}[strings.HasPrefix(protocol, "tcp")]
	var list []Listener
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 10 || words[3] != state {
			continue
		}
		host, port, _ := strings.Cut(words[1], ":")
		n, err := strconv.ParseUint(port, 16, 16)
		if address, ok := address(host); ok && err == nil {
			list = append(list, Listener{Protocol: protocol, Address: address, Port: uint16(n), inode: words[9]})
		}
	}
	return list
}

// address reads words of 32 bits, each in this machine's order, which is little-endian on all we build for.
func address(text string) (string, bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw)%4 != 0 {
		return "", false
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	a, ok := netip.AddrFromSlice(raw)
	return a.String(), ok
}
