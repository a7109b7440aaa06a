package spec

// Status says how a sandbox ended.
type Status string

// The ways a sandbox ends.
const (
	Exited      Status = "exited"
	Signaled    Status = "signaled"
	LimitHit    Status = "limit"
	SetupFailed Status = "setup-failed"
)

// LimitKind names the limit that ended a program.
type LimitKind string

// The limits that end a program.
const (
	LimitWall   LimitKind = "wall"
	LimitCPU    LimitKind = "cpu"
	LimitIdle   LimitKind = "idle"
	LimitMemory LimitKind = "memory"
	LimitPids   LimitKind = "pids"
	LimitOutput LimitKind = "output"
	LimitDisk   LimitKind = "disk"
)

// Result is how a sandbox ended, as facts from the kernel's own accounting.
type Result struct {
	// Status says in a word how it ended; "limit" goes before how the program reacted to it.
	Status Status `json:"status"`
	// Limit is the limit that was hit, with the status "limit" only.
	Limit LimitKind `json:"limit,omitempty"`
	// ExitCode is the program's own, 128+N when signal N killed it; 125, 126 or 127 when set-up failed.
	ExitCode int `json:"exit_code"`
	// Signal is the name of the signal that killed the program, such as "SIGSEGV".
	Signal string `json:"signal,omitempty"`
	// CPUSeconds is the processor time of all its processes and threads: the
	// cgroup's figure, or without one that of the processes that were waited for.
	CPUSeconds float64 `json:"cpu_seconds"`
	// UserSeconds and SystemSeconds are its parts.
	UserSeconds   float64 `json:"user_seconds"`
	SystemSeconds float64 `json:"system_seconds"`
	// WallSeconds is the time from the exec of the command to the end of its last process.
	WallSeconds float64 `json:"wall_seconds"`
	// MemoryPeakBytes is the cgroup's peak, or 0 where the host has no such counter.
	MemoryPeakBytes int64 `json:"memory_peak_bytes"`
	// PidsPeak is the most processes and threads at one time, or 0 where the host has no such counter.
	PidsPeak int64 `json:"pids_peak"`
	// OOMKills counts the processes that the kernel killed because of the memory limit.
	OOMKills int64 `json:"oom_kills"`
	// OutputBytes is what it wrote to stdout and stderr, counted with Limits.Output
	// only. It can exceed that limit a little: what goes beyond it is read but not passed on.
	OutputBytes int64 `json:"output_bytes"`
	// Dropped lists the protections given up on request, each with the reason.
	Dropped []Dropped `json:"dropped"`
	// Changed lists the paths of Spec.Watch that the program made, replaced or altered.
	Changed []string `json:"changed,omitempty"`
	// Error is set when Status is SetupFailed.
	Error *SetupError `json:"error,omitempty"`
}

// Dropped is a protection that this host could not provide and the Spec allowed to be missing.
type Dropped struct {
	// Protection is its name, as in Spec.MayDrop.
	Protection Protection `json:"protection"`
	// Reason is why this host lacks it.
	Reason string `json:"reason"`
	// Hint is how the host can be made to provide it.
	Hint string `json:"hint,omitempty"`
}

// SetupError says which step of the set-up failed.
type SetupError struct {
	// Step is what was being done, such as "mount proc".
	Step string `json:"step"`
	// Object is what it was done to, such as "/proc".
	Object string `json:"object"`
	// Message is the whole error as a sentence, with the reason.
	Message string `json:"message"`
	// Errno is the kernel's name of the error number, where it gave one.
	Errno string `json:"errno,omitempty"`
	// Hint is what to do about it.
	Hint string `json:"hint,omitempty"`
}
