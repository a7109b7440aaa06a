package main

import (
	"strconv"

	"github.com/bulkhead/bulkhead/spec"
)

// explain says in a sentence how a program ended.
// The limits are those that were asked for, nil if nobody knows.
func explain(r *spec.Result, asked *spec.Limits) string {
	switch r.Status {
	case spec.SetupFailed:
		return "the program was not started"
	case spec.LimitHit:
		return explainLimit(r.Limit) + explainDefault(r.Limit, asked) + explainEnd(r)
	case spec.Signaled:
		return "the program was killed by " + r.Signal + explainSignal(r.Signal)
	}
	return "the program exited with status " + strconv.Itoa(r.ExitCode) + explainCode(r.ExitCode)
}

// explainLimit is in the words of the flags that set the limits.
func explainLimit(limit spec.LimitKind) string {
	switch limit {
	case spec.LimitWall:
		return "the program ran longer than --wall allows"
	case spec.LimitCPU:
		return "the program used more processor time than --cpu-time allows"
	case spec.LimitIdle:
		return "the program did nothing for longer than --idle allows"
	case spec.LimitMemory:
		return "the program used more memory than --memory allows"
	case spec.LimitPids:
		return "the program made more processes than --pids allows"
	case spec.LimitOutput:
		return "the program printed more than --output allows"
	case spec.LimitDisk:
		return "the program wrote more than --tmp-size, --fsize or the size of a tmpfs allows"
	}
	return "the program hit the limit " + string(limit)
}

// explainDefault adds who set a wall that nobody asked for.
func explainDefault(limit spec.LimitKind, asked *spec.Limits) string {
	if limit != spec.LimitWall || asked == nil || asked.Wall != 0 {
		return ""
	}
	s := spec.Spec{Limits: *asked}
	wall := s.WithDefaults().Limits.Wall.String()
	if asked.CPUTime > 0 {
		return " (" + wall + ", which follows from --cpu-time " + asked.CPUTime.String() + ")"
	}
	return " (" + wall + " by default)"
}

// explainEnd adds what the limit did to the program.
func explainEnd(r *spec.Result) string {
	if r.Signal != "" {
		return ", and was killed by " + r.Signal
	}
	return ", and exited with status " + strconv.Itoa(r.ExitCode)
}

func explainSignal(name string) string {
	switch name {
	case "SIGSEGV", "SIGBUS":
		return ": it touched memory that is not its own, or its stack was full (--stack)"
	case "SIGABRT":
		return ": it gave up by itself, as after a failed assertion"
	case "SIGFPE":
		return ": an impossible calculation, as a division by zero"
	case "SIGILL":
		return ": an instruction that this processor does not know"
	case "SIGSYS":
		return ": it made a system call that the policy forbids (--seccomp; bulkhead seccomp trace shows which)"
	case "SIGPIPE":
		return ": it wrote to somebody who no longer reads"
	case "SIGKILL":
		return ", which somebody sent, or the kernel when this machine ran out of memory; it was no limit of the sandbox"
	case "SIGTERM", "SIGINT", "SIGHUP":
		return ", which somebody sent; it was no limit"
	}
	return ""
}

func explainCode(code int) string {
	switch {
	case code == 0:
		return ": success"
	case code == 126:
		return ", which shells use for a command that cannot be executed"
	case code == 127:
		return ", which shells use for a command that was not found"
	case code > 128 && code <= 128+64:
		return ", which shells use for a command that " + spec.SignalName(code-128) + " killed"
	}
	return ""
}

// usage says what a program used.
func usage(r *spec.Result) string {
	text := "it used " + seconds(r.CPUSeconds) + " of processor time in " + seconds(r.WallSeconds)
	if r.MemoryPeakBytes > 0 {
		text += ", at most " + humanSize(r.MemoryPeakBytes)
	}
	if r.PidsPeak > 0 {
		text += " and " + strconv.FormatInt(r.PidsPeak, 10) + " processes"
	}
	return text
}
