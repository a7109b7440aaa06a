package host

import (
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// Facts are what the planner needs to know. They are found once per process:
// on the start path every system call counts.
var Facts = sync.OnceValue(func() plan.Host {
	effective, permitted := capabilities()
	return plan.Host{
		Root: hasRootPower(effective), UID: uint32(os.Geteuid()), GID: uint32(os.Getegid()), Permitted: permitted,
		Entries: entries(), LastCap: lastCap(), Arch: arch, LandlockABI: landlockABI(), SharedClocks: kernelFrom(6, 3), MappedLayers: kernelFrom(5, 19),
	}
})

// lastCap is the highest capability that the kernel knows.
//
// FACT — since 2.6.25 (prctl(2), PR_CAPBSET_READ) — a number beyond it gives
// EINVAL. 40, CAP_CHECKPOINT_RESTORE, is the last since 5.9.
func lastCap() int {
	c := 40
	for readable(c + 1) {
		c++
	}
	return c
}

func readable(capability int) bool {
	_, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(capability), 0, 0, 0)
	return err == nil
}

// kernelFrom tells whether the kernel is of a version or newer. It is for facts
// that cannot be tried without doing harm.
func kernelFrom(major, minor int) bool {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return false
	}
	release := unix.ByteSliceToString(u.Release[:])
	haveMajor, rest := leadingNumber(release)
	haveMinor, _ := leadingNumber(strings.TrimPrefix(rest, "."))
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}

// leadingNumber reads the digits at the front of s.
func leadingNumber(s string) (n int, rest string) {
	for len(s) > 0 && s[0] >= '0' && s[0] <= '9' {
		n, s = 10*n+int(s[0]-'0'), s[1:]
	}
	return n, s
}

// landlockABI is the version of the kernel's Landlock, 0 if it is off.
//
// FACT — since 5.13 (landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION).
func landlockABI() int {
	abi, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(abi)
}

// needed is what root must still have to build a sandbox without a user
// namespace around its builder. A root with less, as in a container, is treated like any user.
const needed = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID | 1<<unix.CAP_SETPCAP |
	1<<unix.CAP_MKNOD | 1<<unix.CAP_NET_ADMIN | 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_KILL

// hasRootPower tells whether we are root of the initial user namespace with
// the capabilities that building needs.
func hasRootPower(effective uint64) bool {
	return os.Geteuid() == 0 && effective&needed == needed && mapsAllIDs()
}

// capabilities are our effective and permitted sets.
func capabilities() (effective, permitted uint64) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return 0, 0 // it cannot fail for this version
	}
	return uint64(sets[0].Effective) | uint64(sets[1].Effective)<<32, uint64(sets[0].Permitted) | uint64(sets[1].Permitted)<<32
}

// mapsAllIDs tells whether our user namespace maps every id to itself: only the initial one does.
func mapsAllIDs() bool {
	var buf [64]byte
	fd, err := unix.Open("/proc/self/uid_map", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, buf[:])
	return err == nil && string(buf[:max(n, 0)]) == "         0          0 4294967295\n"
}
