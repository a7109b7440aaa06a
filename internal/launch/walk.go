package launch

import (
	_ "unsafe" // for linkname
)

// call is what walk gets; the assembly knows its offsets.
type call struct {
	args    *cloneArgs
	program *record
	report  *report
	blocked uint64 // all ones: the signals to block
	mask    uint64 // the caller's signal mask, kept here
	result  int    // pid of the builder, or -errno
	pidfd   int32  // of the builder, written by the kernel; here because a stack may move while we wait
}

// record is one system call of the child's program. Pointers are plain numbers:
// what they point to is kept alive by the program, and Go's heap does not move.
type record struct {
	nr    uintptr
	args  [6]uintptr
	refs  uintptr // bit i: args[i] is the address of a cell to load
	save  uintptr // address of the cell for the result, or 0
	allow uintptr // bit e: errno e is no failure
	skip  uintptr // bytes to skip after an allowed failure
	done  uintptr // bytes to skip after success
	fork  uintptr // bytes that the creator of a process skips; the new one goes on
	again uintptr // how often to call again after EAGAIN; counted down
}

// report is where the child says what failed.
type report struct {
	errno  int32
	_      int32
	record uintptr
}

// cloneArgs is struct clone_args; clone(2).
type cloneArgs struct {
	flags, pidfd, childTID, parentTID, exitSignal   uint64
	stack, stackSize, tls, setTID, setTIDSize, cgrp uint64
}

// walk creates the builder and returns when it has become init (or the
// program), or has ended: it is created with CLONE_VFORK, so this thread sleeps.
//
// The contract of the child, which shares our memory and our stack pointer:
// registers and records only. No stack, no allocation, no lock, no Go. It is
// why the walker is written in assembly: there the contract is visible.
func walk(c *call)

// enter runs walk as a blocking system call, so that the other goroutines and
// the collector go on while the child sets up. The runtime is told that it takes
// its time: else it would look every 20 us whether it is over, on the processor
// that the child runs on.
//
//go:nosplit
func enter(c *call) {
	entersyscallblock()
	walk(c)
	exitsyscall()
}

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()
