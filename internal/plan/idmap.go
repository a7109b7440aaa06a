package plan

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/spec"
)

// ranged tells whether the Spec maps ranges of ids instead of the single one.
func (b *builder) ranged() bool { return len(b.spec.User.UIDMap) > 0 }

// outside is the host's id for an id inside.
func outside(maps []spec.IDMap, inside uint32) (uint32, bool) {
	for _, m := range maps {
		if inside >= m.Inside && inside-m.Inside < m.Count {
			return m.Outside + (inside - m.Inside), true
		}
	}
	return 0, false
}

// nobody is (uid_t)-1, which is no id.
const nobody = 1<<32 - 1

// outsideIDs are the host's ids of the program's user.
func (b *builder) outsideIDs() (uid, gid uint32) {
	u := &b.spec.User
	maps := Maps{UID: u.UIDMap, GID: u.GIDMap}
	switch {
	case b.hostUser():
		return *u.UID, *u.GID
	case b.joinsUser():
		maps = b.run.JoinedMaps
	case !b.ranged():
		return b.run.ID, b.run.ID
	}
	uid, ok := outside(maps.UID, *u.UID)
	gid, ok2 := outside(maps.GID, *u.GID)
	if !ok || !ok2 {
		b.fail(fmt.Sprintf("user %d:%d", *u.UID, *u.GID), "the id maps do not hold it", "map it, or choose a user that is mapped")
		return nobody, nobody
	}
	return uid, gid
}

// mapText is a map in the kernel's notation.
func mapText(maps []spec.IDMap) string {
	var s strings.Builder
	for _, m := range maps {
		fmt.Fprintf(&s, "%d %d %d\n", m.Inside, m.Outside, m.Count)
	}
	return s.String()
}

// makeRangedUser makes the program's user namespace with ranges of ids; only
// root's builder can write such maps. The helper that owns the namespace has
// ended by then, but until it is reaped its /proc directory still names it.
//
// FACT — since 3.9 (user_namespaces(7)) — a map of more than one's own id takes
// CAP_SETUID in the parent namespace, held by who opens the file and who writes it.
func (b *builder) makeRangedUser() {
	b.userNS = b.cell()
	dir := b.cell()
	b.helper("make", "the program's user namespace", func() {
		b.step("keep", "the helper's /proc directory", open(cell(b.hostProc), "self", unix.O_PATH|unix.O_DIRECTORY, "O_PATH|O_DIRECTORY|O_CLOEXEC").into(dir))
	}, b.userNS)
	for _, m := range [...]struct {
		file string
		maps []spec.IDMap
	}{{"uid_map", b.spec.User.UIDMap}, {"gid_map", b.spec.User.GIDMap}} {
		fd := b.cell()
		b.step("write", m.file, open(cell(dir), m.file, unix.O_WRONLY, "O_WRONLY|O_CLOEXEC").into(fd), write(fd, mapText(m.maps)), closeFD(fd)).
			hint("the kernel did not accept the map: ranges must not overlap, and have at most 340 lines", unix.EINVAL)
	}
	b.reapHelper()
}

// awaitMaps lets the launcher have newuidmap and newgidmap write the maps, which
// a user's builder may not, and takes the program's id.
func (b *builder) awaitMaps() {
	b.plan.Maps = &Maps{UID: b.spec.User.UIDMap, GID: b.spec.User.GIDMap}
	b.step("wait for", "the id maps",
		call("write", cell(CellSync), str("x"), n(1)), call("read", cell(CellGo), data(words(0), "buf"), n(1)))
	b.keepRights()
	b.becomeUser()
	if b.powerful() {
		b.makeInnerUser()
	}
}

// keepRights lets the capabilities outlive a change of uid.
//
// FACT — since 2.6.26 (capabilities(7), SECBIT_NO_SETUID_FIXUP).
func (b *builder) keepRights() {
	b.step("keep", "capabilities over a change of uid",
		call("prctl", num(unix.PR_SET_SECUREBITS, "PR_SET_SECUREBITS"), num(secbitNoSetuidFixup, "SECBIT_NO_SETUID_FIXUP")))
}

// becomeUser takes the program's ids, as they are called inside.
func (b *builder) becomeUser() {
	u := &b.spec.User
	uid, gid := n(int64(*u.UID)), n(int64(*u.GID))
	become := []Call{call("setresgid", gid, gid, gid), call("setresuid", uid, uid, uid)}
	if !b.joinsUser() || len(u.Groups) > 0 {
		become = append([]Call{b.setGroups()}, become...)
	}
	b.step("become", fmt.Sprintf("user %d:%d", *u.UID, *u.GID), become...).
		hint("an id is not in the maps", unix.EINVAL).
		hint("a user namespace with a single id takes no supplementary groups: leave user.groups out", unix.EPERM)
}

// setGroups replaces the supplementary groups.
func (b *builder) setGroups() Call {
	u := &b.spec.User
	groups := make([]byte, 0, 4*len(u.Groups))
	for _, g := range u.Groups {
		groups = append(groups, byte(g), byte(g>>8), byte(g>>16), byte(g>>24))
	}
	return call("setgroups", n(int64(len(u.Groups))), data(string(groups), fmt.Sprint(u.Groups)))
}

// foundUser tells whether the program's user namespace is there before it: made for it, or another's.
func (b *builder) foundUser() bool { return b.userNS != 0 || b.joinsUser() }

// takeUser puts the program into such a user namespace.
func (b *builder) takeUser() {
	ns, object := cell(b.userNS), "the program's user namespace"
	if b.joinsUser() {
		ns, object = b.joined("user"), "user namespace "+string(b.spec.Namespaces.User)
	}
	if !b.joinsUser() {
		b.step("enter", object, setns(ns, unix.CLONE_NEWUSER))
	} else {
		b.enterGuarded(object, ns)
	}
	b.keepRights()
	b.becomeUser()
	b.ownNamespaces()
}

// ownNamespaces makes what programNamespaces lists, for a program that was not born into it.
func (b *builder) ownNamespaces() {
	if extra := b.programNamespaces() &^ unix.CLONE_NEWUSER; extra != 0 {
		b.step("make", "namespaces that the capabilities count in", call("unshare", flags(extra, asCloneFlags)))
	}
}
