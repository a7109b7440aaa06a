package spec

// Size is a number of bytes (or a plain count for some limits). In text it may
// carry a binary unit: 64K, 64M, 1.5G, 2T, with or without "iB" or "B".
// "unlimited" and "max" are Unlimited.
type Size int64

// Unlimited is the Size (and count) that means no limit.
const Unlimited = -1

// Duration is a time span in nanoseconds; text as in "1.5s", "200ms", "1h", or a
// plain number of seconds. "unlimited" is a negative Duration.
type Duration int64

// FileMode is a permission such as 0755; text is octal.
type FileMode uint32

// Capability is a capability's name in the kernel's spelling without "CAP_", in capitals.
type Capability string

// RootKind says what "/" is made from.
type RootKind string

// The kinds of Root. The empty string means RootHost.
const (
	RootHost  RootKind = "host"
	RootDir   RootKind = "dir"
	RootEmpty RootKind = "empty"
)

// MountType says what a Mount places.
type MountType string

// The types of Mount.
const (
	MountBind    MountType = "bind"
	MountTmpfs   MountType = "tmpfs"
	MountOverlay MountType = "overlay"
	MountFile    MountType = "file"
	MountDir     MountType = "dir"
	MountSymlink MountType = "symlink"
	MountMqueue  MountType = "mqueue"
	MountSysfs   MountType = "sysfs"
)

// Protection names a wall that a Spec may allow to be missing.
type Protection string

// Namespace says where a namespace comes from: "" or "new", "host", or one to
// join: a path such as /proc/PID/ns/net, "netns:NAME" (ip-netns(8)), "fd:N" or "sandbox:NAME".
// An ordinary user joins running sandboxes of their own, by name; root joins any.
type Namespace string

// The two plain values of Namespace.
const (
	NamespaceNew  Namespace = "new"
	NamespaceHost Namespace = "host"
)

// Namespaces has one field for each kind of namespace; namespaces(7). Default
// "new", all of them.
type Namespaces struct {
	// User ids and the powers over the other namespaces. In a joined one the
	// ids are those that it maps, and no capability is kept.
	User Namespace `json:"user,omitempty"`
	// PID is the tree of processes. In a joined one there is no init of ours,
	// and a cgroup finds what the program leaves.
	PID Namespace `json:"pid,omitempty"`
	// Mount is the tree of files.
	Mount Namespace `json:"mount,omitempty"`
	// Net is the network: a new one has nothing but loopback, up.
	Net Namespace `json:"net,omitempty"`
	// IPC is System V IPC and POSIX message queues.
	IPC Namespace `json:"ipc,omitempty"`
	// UTS is the host and the domain name.
	UTS Namespace `json:"uts,omitempty"`
	// Cgroup is the view of the cgroup tree.
	Cgroup Namespace `json:"cgroup,omitempty"`
	// Time is the offsets of the monotonic and the boot clock. Joining one
	// copies the launcher's memory, which takes time by its size.
	Time Namespace `json:"time,omitempty"`
}
