package launch

import (
	"encoding/binary"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bulkhead/bulkhead/internal/plan"
)

// toEnd is how long a thread that is on its way out may take.
const toEnd = 300 * time.Millisecond

// threadLives tells whether this process has the thread.
func threadLives(tid int) bool {
	_, err := os.Stat("/proc/self/task/" + strconv.Itoa(tid))
	return err == nil
}

// threadEnds waits for the end of a thread.
func threadEnds(tid int) bool {
	for deadline := time.Now().Add(toEnd); threadLives(tid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func threads(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// dyingThread is the number of a thread that ends with this call: its goroutine was locked to it.
func dyingThread(do func()) int {
	tid := make(chan int)
	go func() {
		runtime.LockOSThread()
		if do != nil {
			do()
		}
		tid <- unix.Gettid()
	}()
	return <-tid
}

// The danger is real: threads do end.
func TestThreadsEnd(t *testing.T) {
	main := unix.Getpid()
	for range 3 {
		if tid := dyingThread(nil); tid != main && !threadEnds(tid) {
			t.Errorf("thread %d of a goroutine that was locked to it lives on", tid)
		}
	}
}

// Whoever asks, what is to last runs on a thread that does.
func TestLastingThreads(t *testing.T) {
	var mu sync.Mutex
	used := map[int]int{}
	note := func() {
		onLastingThread(func() {
			mu.Lock()
			used[unix.Gettid()]++
			mu.Unlock()
			time.Sleep(time.Millisecond)
		})
	}
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			if i%2 == 0 {
				dyingThread(note)
				return
			}
			note()
		})
	}
	group.Wait()
	time.Sleep(toEnd)
	jobs := 0
	for tid, n := range used {
		jobs += n
		if !threadLives(tid) {
			t.Errorf("thread %d, which did %d jobs, has ended", tid, n)
		}
	}
	if jobs != 60 {
		t.Errorf("%d jobs done, want 60", jobs)
	}
}

// One after the other they need hardly more than one thread.
func TestLastingThreadsAreUsedAgain(t *testing.T) {
	onLastingThread(func() {})
	before := threads(t)
	for range 300 {
		onLastingThread(func() {})
		time.Sleep(100 * time.Microsecond) // until the thread waits again
	}
	if more := threads(t) - before; more > 10 {
		t.Errorf("300 jobs in a row took %d more threads", more)
	}
}

// A program that is to die with its launcher outlives the thread that asked for it.
func TestProgramOutlivesTheThreadThatAsked(t *testing.T) {
	dies := *step(t, planned(t, nil), "die with the launcher")
	dies.Actor = plan.Builder
	p := byHand(dies, runs(t, "/bin/sleep", "60"))
	var proc *Process
	var err error
	tid := dyingThread(func() { proc, err = Start(p) })
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Kill()
	if tid != unix.Getpid() && !threadEnds(tid) {
		t.Fatal("the thread lives on: this does not test it")
	}
	if proc.WaitExit(50 * time.Millisecond) {
		t.Error("the program has ended")
	}
}

// Without the detour it would not: this is what the lasting threads are for.
func TestProgramDiesWithTheThreadThatMadeIt(t *testing.T) {
	p := newTape(t)
	p.do(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL))
	argv := make([]byte, 24)
	for i, word := range []string{"sleep\x00", "60\x00"} {
		binary.NativeEndian.PutUint64(argv[8*i:], uint64(p.address([]byte(word))))
	}
	p.do(unix.SYS_EXECVE, p.address([]byte("/bin/sleep\x00")), p.address(argv), 0)
	c := p.prepare(plainClone)
	tid := dyingThread(func() { enter(c) })
	if tid == unix.Getpid() {
		t.Skip("the goroutine was on the main thread, which never ends")
	}
	if w := p.finish(c); w.exit != -1 {
		t.Errorf("exit %d, want an end by the signal", w.exit)
	}
}
