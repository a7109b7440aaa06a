package sandbox_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/boxtest"
	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/sandbox"
	"github.com/bulkhead/bulkhead/spec"
)

// as makes the program somebody inside.
func as(uid, gid uint32) change {
	return func(s *sandbox.Spec) { s.User.UID, s.User.GID = &uid, &gid }
}

func TestIdentityInside(t *testing.T) {
	for _, id := range [][2]uint32{{1000, 1000}, {0, 0}, {65534, 65534}, {1234, 5678}, {0, 7}, {1<<32 - 2, 1<<32 - 2}} {
		r := inspect(t, as(id[0], id[1]))
		uid, gid := strings.Repeat(fmt.Sprint(id[0], " "), 4), strings.Repeat(fmt.Sprint(id[1], " "), 4)
		if r.Fields["Uid"]+" " != uid || r.Fields["Gid"]+" " != gid {
			t.Errorf("%v inside: Uid %s, Gid %s", id, r.Fields["Uid"], r.Fields["Gid"])
		}
	}
	if r := inspect(t); r.Fields["Uid"] != "1000 1000 1000 1000" || r.Fields["Gid"] != "1000 1000 1000 1000" {
		t.Errorf("by default: Uid %s, Gid %s", r.Fields["Uid"], r.Fields["Gid"])
	}
}

// Being root inside gives no right at all.
func TestNoRights(t *testing.T) {
	for _, changes := range [][]change{{}, {as(0, 0)}, {as(0, 0), func(s *sandbox.Spec) { s.AsPID1 = true }}} {
		r := inspect(t, changes...)
		for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
			if r.Fields[set] != "0000000000000000" {
				t.Errorf("%s is %s", set, r.Fields[set])
			}
		}
		if r.Fields["NoNewPrivs"] != "1" || r.Fields["Seccomp"] != "2" {
			t.Errorf("no_new_privs %s, seccomp %s", r.Fields["NoNewPrivs"], r.Fields["Seccomp"])
		}
	}
}

func TestRootInsideCannot(t *testing.T) {
	for _, attempt := range [][]string{
		{"mount", "/tmp"}, {"umount", "/proc"}, {"remount", "/usr"}, {"unshare"}, {"hostname", "x"}, {"clock"}, {"setuid", "1"},
		{"mknod", "/tmp/null"}, {"nice", "-5"}, {"write", "/usr/x"}, {"write", "/x"}, {"write", "/etc/passwd"}, {"chown", "/tmp", "5"}, {"chroot", "/tmp"},
		{"write", "/proc/sys/kernel/core_pattern"}, {"write", "/proc/sysrq-trigger"}, {"write", "/proc/sys/kernel/hostname"},
		{"setns", "/proc/1/ns/mnt"}, {"setns", "/proc/self/ns/user"},
	} {
		denied(t, as(0, 0), "EPERM|EACCES|EROFS|ENOSYS|EINVAL|ENOENT", attempt...)
	}
	for _, attempt := range [][]string{{"write", "/tmp/x"}, {"mkdir", "/root/x"}, {"fork"}, {"setuid", "0"}} {
		allowed(t, as(0, 0), attempt...)
	}
}

func TestGrantedCapabilities(t *testing.T) {
	grant := func(names ...spec.Capability) change {
		return func(s *sandbox.Spec) { s.Capabilities = names }
	}
	r := inspect(t, grant("NET_ADMIN", "SYS_CHROOT"))
	if want := "0000000000041000"; r.Fields["CapEff"] != want || r.Fields["CapBnd"] != want || r.Fields["CapPrm"] != want {
		t.Errorf("granted NET_ADMIN and SYS_CHROOT: %v", r.Fields)
	}
	denied(t, nil, "EPERM|ENOSYS", "chroot", "/tmp")
}

// Outside, root's programs are somebody without an account, each somebody else.
func TestHostIdentity(t *testing.T) {
	seen := map[string]bool{}
	for _, asPID1 := range []bool{false, true} {
		for range 3 {
			b, _ := begun(t, box(t, as(0, 0), attack("sleep"), func(s *sandbox.Spec) { s.AsPID1 = asPID1 }))
			for _, pid := range family(t, b.PID()) {
				ids := hostIDs(t, pid)
				if boxtest.Root() {
					var uid uint32
					fmt.Sscan(ids, &uid)
					if uid < 0x70000000 || uid >= 0x80000000 {
						t.Errorf("process %d has host ids %s", pid, ids)
					}
				} else if ids != strings.TrimSpace(strings.Repeat(itoa(os.Geteuid())+" ", 4)) {
					t.Errorf("process %d has host ids %s", pid, ids)
				}
				seen[ids] = true
			}
		}
	}
	if boxtest.Root() && len(seen) != 9 { // three inits are somebody else again
		t.Errorf("6 sandboxes of root, 3 with an init, have %d identities on the host: %v", len(seen), seen)
	}
}

// family is a process and its children.
func family(t testing.TB, pid int) []int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		t.Fatal(err)
	}
	pids := []int{pid}
	for word := range strings.FieldsSeq(string(text)) {
		var child int
		fmt.Sscan(word, &child)
		pids = append(pids, child)
	}
	return pids
}

// hostIDs are the four uids of a process as the host sees them.
func hostIDs(t testing.TB, pid int) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\nUid:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Join(strings.Fields(line), " ")
}

// Also root's sandbox cannot read what is root's, were it in view.
func TestSecretsOfRootStaySecret(t *testing.T) {
	boxtest.RequireRoot(t, "other users have nothing that is root's")
	dir := boxtest.TempDir(t)
	secret, public := filepath.Join(dir, "secret"), filepath.Join(dir, "public")
	for name, mode := range map[string]os.FileMode{secret: 0o600, public: 0o644} {
		if err := os.WriteFile(name, []byte("text\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []change{as(1000, 1000), as(0, 0)} {
		view := func(s *sandbox.Spec) { who(s); mounted(bind(dir, "/view"), bind("/etc", "/hostetc"))(s) }
		denied(t, view, "EACCES", "read", "/view/secret")
		denied(t, view, "EACCES", "read", "/hostetc/shadow")
		denied(t, view, "EROFS|EACCES", "append", "/view/public")
		denied(t, view, "EPERM|EROFS", "chmod", "/view/secret", "644")
		allowed(t, view, "read", "/view/public")
		allowed(t, view, "read", "/hostetc/passwd")
	}
}

// The default view shows no secrets to begin with.
func TestDefaultViewShowsNoSecrets(t *testing.T) {
	for _, dir := range []string{"/root", "/home", "/var", "/run", "/srv", "/mnt", "/boot", "/media", "/etc/ssl/private", "/etc/shadow", "/etc/sudoers", "/sys"} {
		e := run(t, shell("ls -A "+dir+" 2>/dev/null | grep -v -x -e user -e tmp -e run -e fs"))
		if e.out != "" {
			t.Errorf("%s shows %q", dir, e.out)
		}
	}
	e := works(t, shell("ls /usr/bin | head -n 1; cat /etc/passwd"))
	if !strings.Contains(e.out, "user:x:1000:1000:") {
		t.Errorf("got %v", e)
	}
}

// Files made in a writable bind belong to whom the directory belongs to.
func TestFilesInWritableBindBelongToItsOwner(t *testing.T) {
	for _, owner := range owners() {
		dir := boxtest.TempDir(t)
		if err := os.Chown(dir, owner, owner); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "old"), []byte("old\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(dir, "old"), owner, owner); err != nil {
			t.Fatal(err)
		}
		script := "set -e; cat /data/old; echo new >/data/new; mkdir /data/dir; ln -s /etc/shadow /data/link; echo more >>/data/old; stat -c %u /data/old /data/new"
		e := works(t, mounted(bindWritable(dir, "/data")), shell(script))
		if e.out != "old\n1000\n1000\n" {
			t.Errorf("inside: %q", e.out)
		}
		for _, name := range []string{"old", "new", "dir", "link"} {
			var st unix.Stat_t
			if err := unix.Lstat(filepath.Join(dir, name), &st); err != nil || int(st.Uid) != owner || int(st.Gid) != owner {
				t.Errorf("%s belongs to %d:%d, want %d: %v", name, st.Uid, st.Gid, owner, err)
			}
		}
	}
}

// owners are those whose directories the caller can make.
func owners() []int {
	if boxtest.Root() {
		return []int{0, 12345}
	}
	return []int{os.Geteuid()}
}

// Somebody else's files in a writable bind stay theirs.
func TestOthersFilesInWritableBind(t *testing.T) {
	boxtest.RequireRoot(t, "nobody else can make files of several owners")
	dir := boxtest.TempDir(t)
	if err := os.Chown(dir, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	roots := filepath.Join(dir, "roots")
	if err := os.WriteFile(roots, []byte("text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	view := mounted(bindWritable(dir, "/data"))
	denied(t, view, "EACCES", "read", "/data/roots")
	denied(t, view, "EACCES|EOVERFLOW", "append", "/data/roots")
	denied(t, view, "EPERM|EACCES|EOVERFLOW|EROFS", "chown", "/data/roots", "1000")
	allowed(t, view, "write", "/data/mine")
}

// Without a map of owners, the files of root's sandbox belong to nobody in particular, and root's directory cannot be written.
func TestBindWithoutOwnership(t *testing.T) {
	boxtest.RequireRoot(t, "for others the owner is the same either way")
	dir := boxtest.TempDir(t)
	no := false
	m := bindWritable(dir, "/data")
	m.Own = &no
	denied(t, mounted(m), "EACCES", "write", "/data/x")
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	allowed(t, mounted(m), "write", "/data/x")
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "x"), &st); err != nil || st.Uid < 0x70000000 {
		t.Errorf("the file belongs to %d: %v", st.Uid, err)
	}
}

// A set-user-ID file in a directory of the host would act for its owner outside. That holds without a filter, too.
func TestSetIDBitsAreRefusedInWritableBinds(t *testing.T) {
	for _, policy := range []string{"default", "none"} {
		t.Run(policy, func(t *testing.T) { refusesSetID(t, policy) })
	}
}

func refusesSetID(t *testing.T, policy string) {
	t.Helper()
	dir := boxtest.TempDir(t)
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	owned := true
	m := bindWritable(dir, "/data")
	m.Own = &owned
	view := func(s *sandbox.Spec) {
		s.Mounts = append(s.Mounts, m)
		s.Seccomp.Policy = policy
	}
	for _, mode := range []string{"4755", "2755", "6755"} {
		denied(t, view, "EPERM", "chmod", "/data/file", mode)
	}
	denied(t, view, "EPERM", "suid", "/data/new")
	allowed(t, view, "chmod", "/data/file", "700")
	for _, rules := range [][]string{nil, {"deny ptrace"}} {
		unfiltered := func(s *sandbox.Spec) {
			view(s)
			s.Seccomp = spec.Seccomp{Policy: "none", Rules: rules}
		}
		denied(t, unfiltered, "EPERM", "chmod", "/data/file", "4755")
		allowed(t, unfiltered, "chmod", "/data/file", "700")
	}
	e := run(t, view, shell("cp /bin/sh /data/sh; chmod u+s /data/sh; chmod g+s /data; mkdir -m 2777 /data/d; exit 0"))
	if e.fault != nil {
		t.Fatal(e)
	}
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err == nil && info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
			t.Errorf("%s has mode %v on the host", name, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A set-user-ID program in view gives nothing.
func TestSetIDProgramsGiveNothing(t *testing.T) {
	boxtest.RequireRoot(t, "to make a program that is set-user-ID root")
	dir := boxtest.TempDir(t)
	program := filepath.Join(dir, "status")
	text, err := os.ReadFile(boxtest.Hostile(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(program, 0o4755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	r := parseReport(t, works(t, mounted(bind(dir, "/view")), command("/view/status", "status")).out)
	if r.Fields["Uid"] != "1000 1000 1000 1000" || r.Fields["CapEff"] != "0000000000000000" {
		t.Errorf("a set-user-ID program became %v", r.Fields)
	}
}

// What groups the caller is in does not matter inside.
func TestSupplementaryGroupsAreDropped(t *testing.T) {
	if boxtest.Root() {
		if err := unix.Setgroups([]int{4, 24, 27}); err != nil {
			t.Fatal(err)
		}
		defer unix.Setgroups(nil)
	}
	r := inspect(t)
	if boxtest.Root() && r.Fields["Groups"] != "" {
		t.Errorf("the program is in the groups %s", r.Fields["Groups"])
	}
	if !boxtest.Root() {
		// An unprivileged caller cannot drop them; what is not mapped shows, and counts, as nobody's.
		for g := range strings.FieldsSeq(r.Fields["Groups"]) {
			if g != "65534" && g != "1000" {
				t.Errorf("the program is in group %s", g)
			}
		}
	}
}

func TestSetgroupsIsRefused(t *testing.T) {
	for _, who := range []change{as(1000, 1000), as(0, 0)} {
		denied(t, who, "EPERM|ENOSYS", "syscall", itoa(unix.SYS_SETGROUPS), "0", "0")
	}
}

// The sandboxes of one launcher can do nothing to each other.
func TestSandboxesCannotReachEachOther(t *testing.T) {
	boxtest.RequireCgroup(t, cgroup.Pids) // without one a shared pid namespace is refused
	b, _ := begun(t, box(t, attack("sleep"), withSharedPIDs))
	victim := family(t, b.PID())
	pid := itoa(victim[len(victim)-1])
	want := "EPERM|EACCES"
	if !boxtest.Root() {
		t.Skip("an unprivileged caller's sandboxes have one identity, and only the pid namespace between them, which TestOthersAreNotSeen tests")
	}
	denied(t, withSharedPIDs, want, "kill", pid)
	denied(t, withSharedPIDs, want+"|ENOSYS", "ptrace", pid)
	denied(t, withSharedPIDs, want, "read", "/proc/"+pid+"/environ")
	allowed(t, withSharedPIDs, "read", "/proc/"+pid+"/status")
	if b.Signal(0) != nil {
		t.Error("the other sandbox is dead")
	}
}

func withSharedPIDs(s *sandbox.Spec) { s.Namespaces.PID = spec.NamespaceHost }

func TestOthersAreNotSeen(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	for _, pid := range family(t, b.PID()) {
		denied(t, nil, "ESRCH", "kill", itoa(pid)) // the host's numbers mean nothing
	}
	e := works(t, shell("ls /proc | grep -c '^[0-9]'"))
	if n := strings.TrimSpace(e.out); n > "6" || len(n) > 1 {
		t.Errorf("%s processes are seen", n)
	}
}

// A process of the caller's own user cannot trace what a sandbox is made by.
func TestStartCannotBeTraced(t *testing.T) {
	b, _ := begun(t, box(t, attack("sleep")))
	if !boxtest.Root() {
		t.Skip("the caller owns the sandbox, and may trace what is in it")
	}
	for _, pid := range family(t, b.PID()) {
		cmd := exec.Command(boxtest.Hostile(t), "try", "ptrace", itoa(pid))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 12345, Gid: 12345}}
		out, _ := cmd.Output()
		if got := strings.TrimSpace(string(out)); got != "EPERM" {
			t.Errorf("another user's attempt to trace process %d: %q", pid, got)
		}
	}
}
