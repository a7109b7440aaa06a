#include "textflag.h"

#define SYS_write           1
#define SYS_wait4           61
#define SYS_statfs          137
#define SYS_kill            62
#define SYS_setpgid         109
#define SYS_rt_sigtimedwait 128
#define SYS_exit_group      231
#define SYS_prctl           157

// The sandbox's process 1, as a whole program: it is copied out of our text
// into a memfd (see init.go), so it must not refer to anything outside itself.
//
// In: all signals blocked; argv[1] = one digit, the program's pid; argv[3...] =
// writable directories with a cap; descriptor 3 = where the report goes. It
// leaves the launcher's process group, whose signals the launcher forwards itself. It
// reaps, forwards signals that come from outside the pid namespace (si_pid 0)
// to the program, and ends with it. The report is two 32-bit numbers: the
// program's wait status, and how many of the directories are full.
TEXT ·initText(SB),NOSPLIT|NOFRAME,$0
	LEAQ	32(SP), R13             // &argv[3]
	MOVQ	16(SP), BX              // argv[1]
	MOVBLZX	(BX), R12
	SUBQ	$'0', R12
	SUBQ	$256, SP
	MOVQ	$-1, 0(SP)              // every signal
	XORQ	DI, DI
	XORQ	SI, SI
	MOVQ	$SYS_setpgid, AX
	SYSCALL
	// Name ourselves for ps; "bulkhead-init" on the stack.
	MOVQ	$0x646165686b6c7562, AX // "bulkhead"
	MOVQ	AX, 8(SP)
	MOVQ	$0x74696e692d, AX       // "-init"
	MOVQ	AX, 16(SP)
	MOVQ	$15, DI                 // PR_SET_NAME
	LEAQ	8(SP), SI
	MOVQ	$SYS_prctl, AX
	SYSCALL
reap:
	MOVQ	$-1, DI
	LEAQ	8(SP), SI
	MOVQ	$0x40000001, DX         // WNOHANG | __WALL
	XORQ	R10, R10
	MOVQ	$SYS_wait4, AX
	SYSCALL
	CMPQ	AX, R12
	JEQ	ended
	CMPQ	AX, $0
	JGT	reap
wait:
	MOVQ	SP, DI
	LEAQ	16(SP), SI              // siginfo
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigtimedwait, AX
	SYSCALL
	CMPQ	AX, $17                 // SIGCHLD
	JEQ	reap
	CMPQ	AX, $0
	JLE	wait
	CMPL	32(SP), $0              // siginfo.si_pid
	JNE	wait
	MOVQ	R12, DI
	MOVQ	AX, SI
	MOVQ	$SYS_kill, AX
	SYSCALL
	JMP	wait
ended:
	XORL	R14, R14                // how many are full
look:
	MOVQ	0(R13), DI
	TESTQ	DI, DI
	JZ	tell
	ADDQ	$8, R13
	LEAQ	16(SP), SI              // struct statfs, 120 bytes
	MOVQ	$SYS_statfs, AX
	SYSCALL
	TESTQ	AX, AX
	JNZ	look
	CMPQ	(16+16)(SP), $0         // f_blocks: 0 is no cap
	JEQ	inodes
	CMPQ	(16+24)(SP), $0         // f_bfree
	JEQ	full
inodes:
	CMPQ	(16+40)(SP), $0         // f_files
	JEQ	look
	CMPQ	(16+48)(SP), $0         // f_ffree
	JNE	look
full:
	INCL	R14
	JMP	look
tell:
	MOVL	R14, 12(SP)
	MOVQ	$3, DI
	LEAQ	8(SP), SI
	MOVQ	$8, DX
	MOVQ	$SYS_write, AX
	SYSCALL
	XORQ	DI, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	// The end mark that init.go looks for.
	QUAD	$0x6461656865646e45
	QUAD	$0x6461656865646e45
	RET

// func initAddress() uintptr
TEXT ·initAddress(SB),NOSPLIT,$0-8
	LEAQ	·initText(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
