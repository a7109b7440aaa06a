package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/test/vm/guest"
)

// readFacts asks the kernel what it is.
func readFacts() (guest.Facts, error) {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return nil, err
	}
	controllers, err := os.ReadFile(cgroups + "/cgroup.controllers")
	if err != nil {
		return nil, err
	}
	return guest.Facts{
		"kernel":          strings.TrimSpace(string(release)),
		"cgroup":          cgroupKind(),
		"controllers":     sorted(string(controllers)),
		"delegated":       delegatedTo(userID),
		"landlock":        landlockABI(),
		"time namespace":  yes(has("/proc/self/ns/time")),
		"user namespaces": userNamespaces(),
		"idmapped tmpfs":  idmappedTmpfs(),
	}, nil
}

func has(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}

// cgroupKind tells whether there is a hierarchy of version 1; cgroups(7): its lines have another number than 0.
func cgroupKind() string {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err == nil && strings.HasPrefix(string(text), "0::/") && strings.Count(string(text), "\n") == 1 {
		return "v2 alone"
	}
	return "not v2 alone: " + strings.TrimSpace(string(text))
}

// delegatedTo is the controllers of the cgroup that a user's service manager owns.
func delegatedTo(uid uint32) string {
	dir := filepath.Join(cgroups, userService)
	var st syscall.Stat_t
	if err := syscall.Stat(filepath.Join(dir, "cgroup.procs"), &st); err != nil || st.Uid != uid {
		return "not to the user"
	}
	controllers, _ := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	return sorted(string(controllers))
}

// landlockABI is what landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) returns.
func landlockABI() string {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return "none"
	}
	return strconv.Itoa(int(abi))
}

// userNamespaces tells who can make one, found by trying.
func userNamespaces() string {
	root, user := inUserNamespace(0) == nil, inUserNamespace(userID) == nil
	switch {
	case root && user:
		return "for all"
	case root:
		return "for root"
	case user:
		return "for users"
	}
	return "for nobody"
}

// inUserNamespace runs a program in a new user namespace of this user.
func inUserNamespace(uid uint32) error {
	cmd := exec.Command("/usr/bin/unshare", "--user", "/usr/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return cmd.Run()
}

// idmappedTmpfs tells whether a tmpfs can be mounted with other ids, found by trying.
func idmappedTmpfs() string {
	cmd := exec.Command("/init", "sleep")
	ids := []syscall.SysProcIDMap{{ContainerID: 0, HostID: userID, Size: 1}}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: ids, GidMappings: ids}
	if cmd.Start() != nil {
		return "untried"
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	namespace, err := os.Open("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/ns/user")
	if err != nil {
		return "untried"
	}
	defer namespace.Close()
	tree, err := unix.OpenTree(unix.AT_FDCWD, "/run", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return "no"
	}
	defer unix.Close(tree)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(namespace.Fd())}
	return yes(unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attr) == nil)
}
