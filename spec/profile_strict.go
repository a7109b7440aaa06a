package spec

// strictProfile is for one submission to a contest: a small single program
// whose every limit must hold, or it does not run at all.
//
// The stack may use all the memory: recursion a million calls deep is common
// in such programs, and what it takes is counted anyway.
func strictProfile() Spec {
	return Spec{
		Seccomp: Seccomp{Policy: "strict"},
		Proc: Proc{
			HidePID:  "invisible",
			PIDsOnly: true,
			ReadOnly: true,
			Mask:     hardwareFiles(),
		},
		Limits: Limits{
			Memory:    256 * MiB,
			Pids:      64,
			CPUTime:   Seconds(10),
			Wall:      Seconds(30),
			Output:    64 * MiB,
			FileSize:  64 * MiB,
			Tmp:       64 * MiB,
			TmpInodes: 4096,
			Stack:     256 * MiB,
			OpenFiles: 256,
		},
	}
}

// hardwareFiles tell about the machine, its kernel and its keys. PIDsOnly
// already leaves those of /proc out; the list holds when a Spec turns that off.
func hardwareFiles() []string {
	return []string{
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/key-users", "/proc/keys",
		"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/sysrq-trigger", "/proc/timer_list",
		"/sys/devices/virtual/powercap", "/sys/firmware",
	}
}
