#include "textflag.h"

#include "record.h"

#define SYS_exit_group     231
#define SYS_rt_sigprocmask 14
#define SYS_clone3         435
#define SIG_SETMASK        2

// func walk(c *call)
//
// Creates the builder with clone3 and, in it, walks the records: see walk.go
// for the contract. The child never returns from here, never touches the stack
// it shares with us, and never enters the Go runtime.
TEXT ·walk(SB),NOSPLIT,$0-8
	MOVQ	c+0(FP), BX
	// Block every signal: the child must not run a Go handler on this stack.
	MOVQ	$SIG_SETMASK, DI
	LEAQ	24(BX), SI              // &c.blocked
	LEAQ	32(BX), DX              // &c.mask
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigprocmask, AX
	SYSCALL
	MOVQ	0(BX), DI               // c.args
	MOVQ	$88, SI                 // CLONE_ARGS_SIZE_VER2
	MOVQ	8(BX), R12              // c.program
	MOVQ	16(BX), R13             // c.report
	MOVQ	$SYS_clone3, AX
	SYSCALL
	TESTQ	AX, AX
	JZ	loop
	MOVQ	AX, 40(BX)              // c.result
	MOVQ	$SIG_SETMASK, DI
	LEAQ	32(BX), SI
	XORQ	DX, DX
	MOVQ	$8, R10
	MOVQ	$SYS_rt_sigprocmask, AX
	SYSCALL
	RET

#include "loop_amd64.h"
finished:
	INT	$3                      // such a program ends with an exec
