package sandbox

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/cgroup"
	"github.com/bulkhead/bulkhead/spec"
)

// ending is what is known when the last process is gone.
type ending struct {
	status unix.WaitStatus
	usage  unix.Rusage
	full   bool // a writable directory was full at the end
	wall   time.Duration
}

// await waits for the end, accounts for it, and cleans up.
func (b *Sandbox) await() {
	b.watch()
	end := ending{wall: b.age()}
	if b.cancel != nil {
		b.cancel()
	}
	if !b.spec.Namespaces.PID.IsNew() {
		_ = b.killAll() // what the program left behind; as long as it is not reaped nobody else has its number
	}
	b.reap(&end)
	for _, dir := range b.temp {
		_ = os.RemoveAll(dir)
	}
	b.unregister()
	output := b.lastOutput()
	b.result = b.account(end)
	b.result.OutputBytes = output
	b.result.Changed = changes(b.spec.Watch, b.before)
	if b.group != nil {
		_ = b.group.Remove() // gc collects what the kernel still holds
		b.group.Close()
	}
	b.proc.Dismiss()
	close(b.done)
}

// lastOutput hands on what is still on its way, which may be more than the limit
// allows, and returns how much it was in all.
func (b *Sandbox) lastOutput() int64 {
	if b.capture != nil {
		b.unwritten = unwritten(b.capture.Drain())
		return b.capture.Written()
	}
	if relay := b.relay.Load(); relay != nil {
		_ = relay.Drain() // Attachment.Finish tells of it
		return relay.Written()
	}
	return 0
}

// unwritten is the error of output that did not reach the caller's files. A
// reader that left (EPIPE) is none: the program has felt it, and that is usual.
func unwritten(err error) error {
	if err == nil || errors.Is(err, unix.EPIPE) {
		return nil
	}
	return &Error{Kind: HostLacks, Op: "hand on", Object: "the program's output", Err: err,
		Hint: "a part of it is lost: send it to a file or a terminal that takes it"}
}

// reap takes leave of process 1, which has ended, and with it every process of the sandbox.
//
// FACT — always (pid_namespaces(7)) — when process 1 ends the kernel kills the
// rest, and its end is seen outside after the last of theirs.
func (b *Sandbox) reap(end *ending) {
	b.reaping.Lock()
	end.status, end.usage = b.proc.Reap()
	b.reaped = true
	b.reaping.Unlock()
	b.report(end)
}

// report reads what init said about the program. If it was killed, or there is
// none, its own end is the program's.
func (b *Sandbox) report(end *ending) {
	if b.proc.Status == nil {
		return
	}
	defer b.proc.Status.Close()
	var message [8]byte
	if _, err := io.ReadFull(b.proc.Status, message[:]); err != nil {
		return
	}
	end.status = unix.WaitStatus(binary.NativeEndian.Uint32(message[:]))
	end.full = binary.NativeEndian.Uint32(message[4:]) != 0
}

// account turns an ending into a Result.
func (b *Sandbox) account(end ending) Result {
	r := Result{Dropped: b.dropped, WallSeconds: end.wall.Seconds()}
	if r.Dropped == nil {
		r.Dropped = []spec.Dropped{}
	}
	var stats cgroup.Stats
	counted := false
	if b.group != nil {
		var err error
		stats, err = b.totals()
		counted = err == nil
	}
	b.usage(&r, &stats, counted, &end.usage)
	b.verdict(&r, end, &stats)
	return r
}

// usage fills in what was used: the cgroup's figures, or those of the wait.
func (b *Sandbox) usage(r *Result, s *cgroup.Stats, counted bool, u *unix.Rusage) {
	r.UserSeconds, r.SystemSeconds = seconds(u.Utime), seconds(u.Stime)
	r.CPUSeconds = r.UserSeconds + r.SystemSeconds
	if !counted {
		return
	}
	if s.CPU > 0 {
		r.CPUSeconds, r.UserSeconds, r.SystemSeconds = s.CPU.Seconds(), s.User.Seconds(), s.System.Seconds()
	}
	r.MemoryPeakBytes, r.PidsPeak, r.OOMKills = s.MemoryPeak, s.PidsPeak, s.OOMKills
}

// verdict says how it ended, from the limiters' own facts.
func (b *Sandbox) verdict(r *Result, end ending, s *cgroup.Stats) {
	r.Status = spec.Exited
	r.ExitCode = end.status.ExitStatus()
	if end.status.Signaled() {
		r.Status, r.Signal = spec.Signaled, spec.SignalName(int(end.status.Signal()))
		r.ExitCode = 128 + int(end.status.Signal())
	}
	failed := r.ExitCode != 0
	limit := b.limit.Load()
	l := &b.spec.Limits
	switch {
	case limit != nil:
		r.Limit = *limit
	case l.CPUTime > 0 && r.CPUSeconds > l.CPUTime.Std().Seconds():
		r.Limit = spec.LimitCPU // it ended by itself, within its grace
	case l.Wall > 0 && end.wall > l.Wall.Std():
		r.Limit = spec.LimitWall
	case s.OOMKills > 0:
		r.Limit = spec.LimitMemory // also if the program copes: on v2 it cannot
	case killedBy(end, syscall.SIGXFSZ) && (l.FileSize > 0 || b.rlimited("fsize")), failed && end.full:
		r.Limit = spec.LimitDisk
	case killedBy(end, syscall.SIGXCPU) && (b.rlimited("cpu") || b.rlimited("rttime")):
		r.Limit = spec.LimitCPU
	case failed && s.PidsMaxHits > 0:
		r.Limit = spec.LimitPids
	}
	if r.Limit != "" {
		r.Status = spec.LimitHit
	}
}

func killedBy(end ending, sig syscall.Signal) bool {
	return end.status.Signaled() && end.status.Signal() == sig
}

// rlimited tells whether a resource limit, set or inherited, can have sent the
// program its signal. Without one it was sent by a process, for any reason.
func (b *Sandbox) rlimited(name string) bool {
	if v, set := b.spec.Limits.Rlimits[name]; set && v >= 0 {
		return true
	}
	var own unix.Rlimit
	number, _ := spec.RlimitNumber(name)
	return unix.Getrlimit(number, &own) == nil && own.Cur != unix.RLIM_INFINITY
}

func seconds(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// monotonic is CLOCK_MONOTONIC, the clock of launch.Process.Started.
func monotonic() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // it cannot fail for this clock
	return time.Duration(ts.Nano())
}
