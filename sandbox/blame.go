package sandbox

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/host"
	"github.com/bulkhead/bulkhead/internal/launch"
)

// blame is what this host lacks so that it refused a step: what Doctor would
// say, with its remedy. It is not ok where that explains nothing.
//
// FACT - since 4.9 (user_namespaces(7), namespaces(7)) - a sysctl that forbids user namespaces gives EPERM, one that
// limits a kind of namespaces ENOSPC, and neither says which - so the probes are asked - always so on 5.15.
func blame(e *launch.StepError) (host.Finding, bool) {
	makes := e.Call.Name == "clone3" || e.Call.Name == "unshare"
	forbidden := makes && (e.Errno == unix.EPERM || e.Errno == unix.ENOSPC)
	var asked []host.Probe
	for _, p := range host.Probes() {
		if p.Name == "kernel" || forbidden && p.Area == "namespaces" {
			asked = append(asked, p)
		}
	}
	for _, f := range host.Examine(context.Background(), asked) {
		if f.Status == host.StatusMissing && f.Explained() {
			return f, true
		}
	}
	return host.Finding{}, false
}

// blamed is the error of a step that this host refused for a reason that is known.
func blamed(e *launch.StepError, f host.Finding) error {
	hint := f.Fix
	if here := host.Facts(); f.Name == "userns" && !here.Root && here.LandlockABI > 0 {
		hint += "; or with Landlock as the only wall: bulkhead run --landlock only -- COMMAND"
	}
	return &Error{Kind: HostLacks, Op: e.Step.Does, Object: e.Step.Object, Err: why(f.Why, e.Errno), Hint: hint}
}
