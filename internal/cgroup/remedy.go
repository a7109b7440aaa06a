package cgroup

import (
	"fmt"
	"os"
)

// surroundings are what a hint on how to get a group has to know.
type surroundings struct {
	systemd bool // it manages this host; sd_booted(3)
	v2      bool // the tree is version 2 alone
	uid     int
}

func around() surroundings {
	return surroundings{systemd: exists("/run/systemd/system"), v2: exists("/sys/fs/cgroup/cgroup.controllers"), uid: os.Geteuid()}
}

// remedy is how a caller whose own group cannot hold others gets one that can.
func (m surroundings) remedy(own string) string {
	switch {
	case m.systemd:
		return "run it in a scope of its own: systemd-run --user --scope -p Delegate=yes -- COMMAND (as root without --user)"
	case m.uid == 0:
		return leafHint(own)
	}
	return ByHand(m.uid, m.v2)
}

// leafHint makes room in a group for groups that limit.
func leafHint(dir string) string {
	return "give the others a leaf: mkdir " + dir + "/rest && for p in $(cat " + dir + "/cgroup.procs); do echo $p > " + dir + "/rest/cgroup.procs; done"
}

// ByHand is the command with which root gives a user's shell a cgroup where no systemd does, on either version.
func ByHand(uid int, v2 bool) string {
	if v2 {
		return fmt.Sprintf(`sudo sh -c 'cd /sys/fs/cgroup && echo +memory +pids +cpu >cgroup.subtree_control && mkdir -p bulkhead-%[1]d/shell && `+
			`echo +memory +pids +cpu >bulkhead-%[1]d/cgroup.subtree_control && chown -R %[1]d bulkhead-%[1]d && echo '$$' >bulkhead-%[1]d/shell/cgroup.procs'`, uid)
	}
	return fmt.Sprintf(`sudo sh -c 'for c in memory pids cpu cpuacct; do cd /sys/fs/cgroup/$c && mkdir -p bulkhead-%[1]d && chown -R %[1]d bulkhead-%[1]d && `+
		`echo '$$' >bulkhead-%[1]d/cgroup.procs; done'`, uid)
}
