package self

import (
	"slices"
	"strconv"
	"strings"
)

// Report is what the hostile program tells of itself; see test/hostile/self.go.
type Report struct {
	PID, Session               int
	Fields, Namespaces, Limits map[string]string
	Mounts                     []string
	FDs                        map[int]string
	Hostname, Domainname       string
	Env                        []string
	Cgroups                    string
	UIDMap, GIDMap, SetGroups  string
	TTY, Dumpable              int
	OOMScoreAdj                string
	InitCommand                string
	InitOpen                   []string
	Seen                       map[string][]string
}

// capabilities is one of the five sets.
func (r *Report) capabilities(set string) uint64 {
	n, err := strconv.ParseUint(r.Fields[set], 16, 64)
	if err != nil {
		return ^uint64(0)
	}
	return n
}

// filters is the number of system-call filters, which older kernels do not tell.
func (r *Report) filters() int {
	n, err := strconv.Atoi(r.Fields["Seccomp_filters"])
	if err != nil && r.Fields["Seccomp"] == "2" {
		return 1
	}
	return n
}

// limit is a soft and a hard limit; ok is false for one that is not there.
func (r *Report) limit(name string) (soft, hard uint64, ok bool) {
	words := strings.Fields(r.Limits[name])
	if len(words) < 2 {
		return 0, 0, false
	}
	return limitValue(words[0]), limitValue(words[1]), true
}

func limitValue(word string) uint64 {
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		return unlimited
	}
	return n
}

const unlimited = ^uint64(0)

// mount is one line of the mount table.
type mount struct {
	point, fstype string
	flags         []string
}

func (m mount) has(flag string) bool { return slices.Contains(m.flags, flag) }

func (r *Report) mounts() []mount {
	var list []mount
	for _, line := range r.Mounts {
		words := strings.Fields(line)
		m := mount{point: words[0], flags: strings.Split(words[1], ",")}
		for _, w := range words[2:] { // optional fields come before the type
			if !strings.Contains(w, ":") {
				m.fstype = w
				break
			}
		}
		list = append(list, m)
	}
	return list
}
