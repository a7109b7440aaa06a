package spec

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxIDMaps is how many lines one map may have.
//
// FACT - since 4.15 (user_namespaces(7)) - an id map takes 340 lines - more are refused here, by number - always so on 5.15; before, it took 5.
const maxIDMaps = 340

// maxGroups is NGROUPS_MAX.
//
// FACT - since 2.6.4 (setgroups(2)) - a process has at most 65536 supplementary groups - more are refused here - always so on 5.15.
const maxGroups = 65536

// noID is (uid_t)-1, which means "leave unchanged" to system calls and can be nobody's.
const noID = math.MaxUint32

func (c *checker) user() {
	u := &c.spec.User
	c.userName(u.Name)
	if u.Home != "" {
		c.absolute("user.home", u.Home)
	}
	switch {
	case strings.Contains(u.Home, ":"):
		c.add("user.home", u.Home, "contains a colon", "a colon parts the fields of /etc/passwd")
	case strings.Contains(u.Home, "\n"):
		c.add("user.home", u.Home, "contains a line feed", "a line of /etc/passwd is one user")
	}
	if len(u.Groups) > maxGroups {
		c.add("user.groups", "", strconv.Itoa(len(u.Groups))+" groups", "the kernel takes at most 65536")
		return
	}
	c.ids("user.uid", "user.uid_map", u.UIDMap, pointed(u.UID)...)
	c.ids("user.gid", "user.gid_map", u.GIDMap, pointed(u.GID)...)
	c.ids("user.groups", "user.gid_map", u.GIDMap, u.Groups...)
	c.idMap("user.uid_map", u.UIDMap)
	c.idMap("user.gid_map", u.GIDMap)
	c.groups(u)
	if c.spec.Namespaces.User.IsNew() {
		return
	}
	if u.UIDMap != nil || u.GIDMap != nil {
		c.add("user", "", "id maps need a user namespace of its own", `leave them out, or set namespaces.user to "new"`)
	}
}

func pointed(id *uint32) []uint32 {
	if id == nil {
		return nil
	}
	return []uint32{*id}
}

// userName keeps to what useradd(8) takes, so that the generated /etc/passwd stays well-formed.
func (c *checker) userName(name string) {
	if name == "" {
		return
	}
	ok := len(name) <= 32 && name[0] != '-'
	for _, b := range []byte(name) {
		ok = ok && (b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '-' || b == '.')
	}
	if !ok || strings.Trim(name, ".") == "" {
		c.add("user.name", name, "not a login name", "write at most 32 letters, digits, underscores, dots and hyphens")
	}
}

// ids checks that ids can be used, and that the map, where there is one, holds them.
func (c *checker) ids(path, mapPath string, idMap []IDMap, ids ...uint32) {
	for _, id := range ids {
		switch text := strconv.FormatUint(uint64(id), 10); {
		case id == noID:
			c.add(path, text, "is no id", "the largest id is 4294967294")
		case idMap != nil && len(idMap) <= maxIDMaps && !mapped(idMap, id):
			c.add(path, text, "not in "+mapPath, "add a line that maps it")
		}
	}
}

func mapped(idMap []IDMap, id uint32) bool {
	return slices.ContainsFunc(idMap, func(m IDMap) bool { return id >= m.Inside && id-m.Inside < m.Count })
}

func (c *checker) idMap(path string, idMap []IDMap) {
	if len(idMap) > maxIDMaps {
		c.add(path, "", strconv.Itoa(len(idMap))+" lines", "the kernel takes at most 340")
		return
	}
	for i, m := range idMap {
		switch where := index(path, i); {
		case m.Count == 0:
			c.add(where+".count", "0", "maps nothing", "write how many ids are mapped")
		case uint64(m.Inside)+uint64(m.Count) > noID:
			c.add(where, m.String(), "runs past the largest id inside", "the largest id is 4294967294")
		case uint64(m.Outside)+uint64(m.Count) > noID:
			c.add(where, m.String(), "runs past the largest id outside", "the largest id is 4294967294")
		}
	}
	c.overlap(path, "inside", idMap, func(m IDMap) uint32 { return m.Inside })
	c.overlap(path, "outside", idMap, func(m IDMap) uint32 { return m.Outside })
}

// String writes the map as /proc/PID/uid_map does.
func (m IDMap) String() string {
	return strconv.FormatUint(uint64(m.Inside), 10) + " " + strconv.FormatUint(uint64(m.Outside), 10) + " " + strconv.FormatUint(uint64(m.Count), 10)
}

// overlap finds neighbours that share an id on one side.
func (c *checker) overlap(path, side string, idMap []IDMap, start func(IDMap) uint32) {
	order := make([]int, len(idMap))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(start(idMap[a]), start(idMap[b])) })
	for i := 1; i < len(order); i++ {
		before, after := idMap[order[i-1]], idMap[order[i]]
		if uint64(start(before))+uint64(before.Count) > uint64(start(after)) {
			c.add(index(path, order[i]), after.String(), "overlaps "+index(path, order[i-1])+" "+side, "each id may be mapped once")
		}
	}
}

// groups holds supplementary groups against the map: without one only the program's own group exists inside.
func (c *checker) groups(u *User) {
	if !c.spec.Namespaces.User.IsNew() || u.GIDMap != nil {
		return
	}
	gid := uint32(defaultID)
	if u.UID != nil {
		gid = *u.UID
	}
	if u.GID != nil {
		gid = *u.GID
	}
	for i, g := range u.Groups {
		if g != gid {
			c.add(index("user.groups", i), strconv.FormatUint(uint64(g), 10), "is not mapped", "add it to user.gid_map")
		}
	}
}

// namespaces checks each form, and what the choices mean for each other.
func (c *checker) namespaces() {
	n := &c.spec.Namespaces
	for _, field := range n.fields() {
		path := "namespaces." + field.name
		c.at(path, field.value.check())
		if kind, _ := field.value.Kind(); kind == "netns" && field.name != "net" {
			c.add(path, string(*field.value), "names a network namespace", `"netns:NAME" is for namespaces.net`)
		}
	}
	if c.spec.AsPID1 && !n.PID.IsNew() {
		c.add("as_pid_1", "true", "needs a pid namespace of its own", `leave it out, or set namespaces.pid to "new"`)
	}
	if !n.Mount.IsNew() && c.makesMounts() && c.spec.Landlock.Mode != "only" {
		c.add("namespaces.mount", string(n.Mount), "root, mounts and proc need a mount namespace of its own", `leave them out, or set namespaces.mount to "new"`)
	}
}

func (c *checker) makesMounts() bool {
	r := &c.spec.Root
	return len(c.spec.Mounts) > 0 || r.Kind != "" && r.Kind != RootHost || r.Overlay != nil || len(c.spec.Proc.Mask) > 0
}
