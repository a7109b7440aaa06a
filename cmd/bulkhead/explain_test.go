package main

import (
	"strings"
	"testing"

	"github.com/bulkhead/bulkhead/spec"
)

func TestExplain(t *testing.T) {
	for want, r := range map[string]spec.Result{
		"the program exited with status 0: success":                                                                                                 {Status: spec.Exited},
		"the program exited with status 3":                                                                                                          {Status: spec.Exited, ExitCode: 3},
		"the program exited with status 127, which shells use for a command that was not found":                                                     {Status: spec.Exited, ExitCode: 127},
		"the program exited with status 143, which shells use for a command that SIGTERM killed":                                                    {Status: spec.Exited, ExitCode: 143},
		"the program was killed by SIGSEGV: it touched memory that is not its own, or its stack was full (--stack)":                                 {Status: spec.Signaled, Signal: "SIGSEGV", ExitCode: 139},
		"the program was killed by SIGTERM, which somebody sent; it was no limit":                                                                   {Status: spec.Signaled, Signal: "SIGTERM", ExitCode: 143},
		"the program was killed by SIGKILL, which somebody sent, or the kernel when this machine ran out of memory; it was no limit of the sandbox": {Status: spec.Signaled, Signal: "SIGKILL", ExitCode: 137},
		"the program ran longer than --wall allows, and was killed by SIGKILL":                                                                      {Status: spec.LimitHit, Limit: spec.LimitWall, Signal: "SIGKILL", ExitCode: 137},
		"the program used more memory than --memory allows, and exited with status 1":                                                               {Status: spec.LimitHit, Limit: spec.LimitMemory, ExitCode: 1},
		"the program was not started": {Status: spec.SetupFailed, ExitCode: 125},
	} {
		if got := explain(&r, nil); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A wall that nobody set is explained by what set it.
func TestExplainWall(t *testing.T) {
	r := spec.Result{Status: spec.LimitHit, Limit: spec.LimitWall, Signal: "SIGKILL", ExitCode: 137}
	for want, asked := range map[string]spec.Limits{
		"the program ran longer than --wall allows, and was killed by SIGKILL":                                         {Wall: spec.Seconds(3), CPUTime: spec.Seconds(1)},
		"the program ran longer than --wall allows (1h by default), and was killed by SIGKILL":                         {},
		"the program ran longer than --wall allows (13s, which follows from --cpu-time 1s), and was killed by SIGKILL": {CPUTime: spec.Seconds(1)},
	} {
		if got := explain(&r, &asked); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestEveryLimitIsExplained holds the sentences against the limits that there are.
func TestEveryLimitIsExplained(t *testing.T) {
	for _, limit := range []spec.LimitKind{
		spec.LimitWall, spec.LimitCPU, spec.LimitIdle, spec.LimitMemory, spec.LimitPids, spec.LimitOutput, spec.LimitDisk,
	} {
		if text := explainLimit(limit); strings.HasPrefix(text, "the program hit the limit") || !strings.Contains(text, " --") {
			t.Errorf("%s: %s names no flag", limit, text)
		}
	}
}

func TestUsage(t *testing.T) {
	got := usage(&spec.Result{CPUSeconds: 0.0025, WallSeconds: 1.5, MemoryPeakBytes: 3 << 19, PidsPeak: 2})
	if want := "it used 2.5 ms of processor time in 1.50 s, at most 1.5M and 2 processes"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
