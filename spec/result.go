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
	Status Status    `json:"status"`
	Limit  LimitKind `json:"limit,omitempty"`
	// ExitCode is the program's own, 128+N when signal N killed it; 125, 126 or 127 when set-up failed.
	ExitCode int `json:"exit_code"`
	// Signal is the name of the signal that killed the program, such as "SIGSEGV".
	Signal        string  `json:"signal,omitempty"`
	CPUSeconds    float64 `json:"cpu_seconds"`
	UserSeconds   float64 `json:"user_seconds"`
	SystemSeconds float64 `json:"system_seconds"`
	WallSeconds   float64 `json:"wall_seconds"`
	// MemoryPeakBytes is the cgroup's peak, or 0 where the host has no such counter.
	MemoryPeakBytes int64 `json:"memory_peak_bytes"`
	PidsPeak        int64 `json:"pids_peak"`
	OOMKills        int64 `json:"oom_kills"`
	OutputBytes     int64 `json:"output_bytes"`
	// Dropped lists the protections given up on request, each with the reason.
	Dropped []Dropped `json:"dropped"`
	// Changed lists the paths of Spec.Watch that the program made, replaced or altered.
	Changed []string `json:"changed,omitempty"`
	// Error is set when Status is SetupFailed.
	Error *SetupError `json:"error,omitempty"`
}

// Dropped is a protection that this host could not provide and the Spec allowed to be missing.
type Dropped struct {
	Protection Protection `json:"protection"`
	Reason     string     `json:"reason"`
	Hint       string     `json:"hint,omitempty"`
}

// SetupError says which step of the set-up failed.
type SetupError struct {
	Step   string `json:"step"`
	Object string `json:"object"`
	Errno  string `json:"errno,omitempty"`
	Hint   string `json:"hint,omitempty"`
}
