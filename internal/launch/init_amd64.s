#include "textflag.h"

#include "calls_amd64.h"

#define SYS_write           1
#define SYS_exit_group      231

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
#include "reap_amd64.h"
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
