package host

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// identityProbes ask who the caller is, and which ids it may hand out.
func identityProbes() []Probe {
	return []Probe{
		{Name: "power", Area: "identity", What: "root builds sandboxes directly, anybody else in a user namespace", Ask: power},
		{Name: "sub-ids", Area: "identity", What: "ranges of ids for a sandbox with several users (--uid-map)", Ask: subIDs},
		{Name: "newuidmap", Area: "identity", What: "the programs by which a user maps such ranges", Ask: newuidmap},
	}
}

// building names the capabilities in needed.
var building = [...]struct {
	number int
	name   string
}{
	{unix.CAP_DAC_OVERRIDE, "DAC_OVERRIDE"}, {unix.CAP_KILL, "KILL"}, {unix.CAP_SETGID, "SETGID"}, {unix.CAP_SETUID, "SETUID"},
	{unix.CAP_SETPCAP, "SETPCAP"}, {unix.CAP_NET_ADMIN, "NET_ADMIN"}, {unix.CAP_SYS_ADMIN, "SYS_ADMIN"}, {unix.CAP_MKNOD, "MKNOD"},
}

// lacking lists what a set of capabilities, as in /proc/self/status, lacks for building as root.
func lacking(set string) []string {
	have, _ := strconv.ParseUint(set, 16, 64)
	var missing []string
	for _, c := range building {
		if have&(1<<c.number) == 0 {
			missing = append(missing, "CAP_"+c.name)
		}
	}
	return missing
}

func power(s *System) Answer {
	const like = "so it is treated like any user: no owners are mapped in binds, and no descriptor can be bound"
	switch {
	case s.Root:
		return yes("root, with all that building takes")
	case s.UID != 0:
		return yes(fmt.Sprintf("uid %d: sandboxes are built in a user namespace", s.UID))
	}
	if missing := lacking(s.status("CapEff")); len(missing) > 0 {
		return partly("uid 0 without "+strings.Join(missing, ", "), "this root lacks capabilities, "+like, s.around().empowered(missing))
	}
	ids := strings.Join(strings.Fields(s.line("/proc/self/uid_map")), " ")
	return partly("uid 0 of a user namespace, uid_map "+ids, "this root is none outside of its user namespace, "+like,
		"start bulkhead as the machine's own root if that is needed")
}

// empowered is how to start the enclosure with more capabilities.
func (e enclosure) empowered(missing []string) string {
	switch e.kind {
	case "docker", "podman":
		flags := make([]string, len(missing))
		for i, c := range missing {
			flags[i] = "--cap-add " + strings.TrimPrefix(c, "CAP_")
		}
		return e.kind + " run " + strings.Join(flags, " ")
	case "kubernetes":
		return "in the container: securityContext: {privileged: true}"
	}
	return "start bulkhead with these capabilities (a systemd unit: CapabilityBoundingSet=, AmbientCapabilities=)"
}

// idRange is one line of /etc/subuid; subuid(5).
type idRange struct {
	owner        string
	start, count uint64
}

// parseSubIDs reads /etc/subuid or /etc/subgid. Lines that are not complete are left out.
func parseSubIDs(text string) []idRange {
	var list []idRange
	for line := range strings.Lines(text) {
		parts := strings.Split(strings.TrimSpace(line), ":")
		if len(parts) != 3 || parts[0] == "" {
			continue
		}
		start, err1 := strconv.ParseUint(parts[1], 10, 32)
		count, err2 := strconv.ParseUint(parts[2], 10, 32)
		if err1 == nil && err2 == nil && count > 0 {
			list = append(list, idRange{parts[0], start, count})
		}
	}
	return list
}

// of lists the ranges of one owner, who is named by login name or number, and says how many ids they hold.
func of(list []idRange, name string, uid uint32) (text string, total uint64) {
	var ranges []string
	for _, r := range list {
		if r.owner == name && name != "" || r.owner == strconv.Itoa(int(uid)) {
			ranges = append(ranges, fmt.Sprintf("%d-%d", r.start, r.start+r.count-1))
			total += r.count
		}
	}
	return strings.Join(ranges, ","), total
}

// free is the first id from 100000 on beyond all ranges.
func free(lists ...[]idRange) uint64 {
	next := uint64(100000)
	for _, list := range lists {
		for _, r := range list {
			next = max(next, r.start+r.count)
		}
	}
	return next
}

// enough is how many ids a range needs to hold every id that distributions use.
const enough = 65536

func subIDs(s *System) Answer {
	if s.Root {
		return yes("not needed: root maps any id")
	}
	if held := heldIDs(s.line("/proc/self/uid_map")); 0 < held && held < enough {
		return no(fmt.Sprintf("ids in the user namespace around: %d", held), "no sandbox in it can have more",
			"run it outside, or give that user namespace a range of ids")
	}
	name := s.account()
	uidText, _ := s.read("/etc/subuid")
	gidText, _ := s.read("/etc/subgid")
	uidList, gidList := parseSubIDs(uidText), parseSubIDs(gidText)
	uids, uidCount := of(uidList, name, s.UID)
	gids, gidCount := of(gidList, name, s.UID)
	fix := grantIDs(name, s.UID, free(uidList, gidList))
	switch {
	case uidCount == 0:
		return no("no line for you in /etc/subuid", "nobody has given you a range of uids", fix)
	case gidCount == 0:
		return no("no line for you in /etc/subgid", "nobody has given you a range of gids", fix)
	}
	found := "uids " + uids + ", gids " + gids
	if min(uidCount, gidCount) < enough {
		return partly(found, fmt.Sprintf("%d ids are fewer than the %d that an image of a system may use", min(uidCount, gidCount), enough), fix)
	}
	return yes(found)
}

// heldIDs is how many ids a user namespace holds, by its map.
func heldIDs(uidMap string) uint64 {
	var total uint64
	for line := range strings.Lines(uidMap) {
		if words := strings.Fields(line); len(words) == 3 {
			count, _ := strconv.ParseUint(words[2], 10, 32)
			total += count
		}
	}
	return total
}

// grantIDs is the command that gives a user a range from start on.
func grantIDs(name string, uid uint32, start uint64) string {
	if name == "" {
		return fmt.Sprintf("echo %d:%d:%d | sudo tee -a /etc/subuid /etc/subgid", uid, start, enough)
	}
	last := start + enough - 1
	return fmt.Sprintf("sudo usermod --add-subuids %d-%d --add-subgids %d-%d %s", start, last, start, last, name)
}

// account is the caller's login name by /etc/passwd, "" if it has none there.
func (s *System) account() string {
	text, _ := s.read("/etc/passwd")
	for line := range strings.Lines(text) {
		if parts := strings.Split(line, ":"); len(parts) > 2 && parts[2] == strconv.Itoa(int(s.UID)) {
			return parts[0]
		}
	}
	return ""
}

// newuidmap — FACT — always (newuidmap(1)) — the programs act by a set-user-ID
// bit or file capabilities, both of which no_new_privs switches off.
func newuidmap(s *System) Answer {
	if s.Root {
		return yes("not needed: root maps any id")
	}
	const install = "sudo apt-get install uidmap (Debian, Ubuntu) or sudo dnf install shadow-utils (Fedora)"
	var paths []string
	for _, name := range [...]string{"newuidmap", "newgidmap"} {
		p := s.program(name)
		if p == "" {
			return no(name+" is not installed", "the package that holds it is missing", install)
		}
		if st, err := s.stat(p); err != nil || st.Mode&unix.S_ISUID == 0 && !s.xattr(p, "security.capability") {
			return no(p+" has no rights", "it has neither the set-user-ID bit nor a file capability", "sudo chmod u+s "+p)
		}
		paths = append(paths, p)
	}
	if s.status("NoNewPrivs") == "1" {
		return no(strings.Join(paths, ", ")+" cannot act", "no_new_privs is set for this process, and takes away their rights",
			"start bulkhead without it (a systemd unit: NoNewPrivileges=no; docker: no --security-opt no-new-privileges)")
	}
	return yes(strings.Join(paths, ", "))
}

// program looks a program up where systems keep it.
func (s *System) program(name string) string {
	for dir := range strings.SplitSeq(s.env("PATH")+":/usr/bin:/bin:/usr/sbin:/sbin", ":") {
		if p := dir + "/" + name; strings.HasPrefix(dir, "/") && s.exists(p) {
			return p
		}
	}
	return ""
}
