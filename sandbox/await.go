package sandbox

import (
	"encoding/binary"
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
	end := b.reap()
	for _, stop := range b.stop {
		stop()
	}
	if !b.spec.Namespaces.PID.IsNew() {
		_ = b.killAll() // what the program left behind
	}
	for _, dir := range b.temp {
		_ = os.RemoveAll(dir)
	}
	b.unregister()
	b.result = b.account(end)
	if b.group != nil {
		_ = b.group.Remove() // gc collects what the kernel still holds
		b.group.Close()
	}
	if b.capture != nil {
		_ = b.capture.Drain() // a sink that fails is the caller's, and sees it
		b.result.OutputBytes = b.capture.Written()
	}
	close(b.done)
}

// reap waits until init, and with it every process of the sandbox, is gone.
//
// FACT — always (pid_namespaces(7)) — when process 1 ends the kernel kills the
// rest, and its parent's wait returns after the last of them.
func (b *Sandbox) reap() ending {
	var end ending
	reported := b.report(&end)
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(b.proc.PID, &status, 0, &end.usage)
		if err != unix.EINTR {
			break
		}
	}
	if !reported {
		end.status = status
	}
	end.wall = b.age()
	unix.Close(b.proc.PidFD)
	return end
}

// report reads what init says about the program; false if init was killed, or there is none.
func (b *Sandbox) report(end *ending) bool {
	if b.proc.Status == nil {
		return false
	}
	defer b.proc.Status.Close()
	var message [8]byte
	if _, err := io.ReadFull(b.proc.Status, message[:]); err != nil {
		return false
	}
	end.status = unix.WaitStatus(binary.NativeEndian.Uint32(message[:]))
	end.full = binary.NativeEndian.Uint32(message[4:]) != 0
	return true
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
		stats, err = b.group.Stats()
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
	switch {
	case limit != nil:
		r.Limit = *limit
	case failed && s.OOMKills > 0:
		r.Limit = spec.LimitMemory
	case end.status.Signaled() && end.status.Signal() == syscall.SIGXFSZ, failed && end.full:
		r.Limit = spec.LimitDisk
	case end.status.Signaled() && end.status.Signal() == syscall.SIGXCPU:
		r.Limit = spec.LimitCPU
	case failed && s.PidsMaxHits > 0:
		r.Limit = spec.LimitPids
	}
	if r.Limit != "" {
		r.Status = spec.LimitHit
	}
}

func seconds(t unix.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// monotonic is CLOCK_MONOTONIC, the clock of launch.Process.Started.
func monotonic() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) // it cannot fail for this clock
	return time.Duration(ts.Nano())
}
