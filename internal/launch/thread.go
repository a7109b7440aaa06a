package launch

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// jobs are taken by threads that never end.
var jobs = make(chan func())

// onLastingThread runs f on a thread that lives as long as the process.
//
// FACT — always (prctl(2), PR_SET_PDEATHSIG) — a child is told of the end of
// the thread that created it, not of the process. A Go thread ends when a
// goroutine locked to it returns, which any program may do; the main thread never does.
func onLastingThread(f func()) {
	runtime.LockOSThread() // or the next line may be another thread's
	if unix.Gettid() == unix.Getpid() {
		f()
		runtime.UnlockOSThread()
		return
	}
	runtime.UnlockOSThread()
	done := make(chan struct{})
	job := func() { f(); close(done) }
	select {
	case jobs <- job:
	default:
		go lastingThread(job)
	}
	<-done
}

// lastingThread takes one job and then waits for more: there are as many of
// these threads as there ever were starts at the same time.
func lastingThread(job func()) {
	runtime.LockOSThread()
	job()
	for job := range jobs {
		job()
	}
}
