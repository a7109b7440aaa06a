#include "textflag.h"

// Offsets into record; layout_test.go pins them.
#define NR    0
#define ARG0  8
#define ARG1  16
#define ARG2  24
#define ARG3  32
#define ARG4  40
#define ARG5  48
#define REF   56
#define SAVE  64
#define ALLOW 72
#define SKIP  80
#define DONE  88
#define FORK  96
#define AGAIN 104
#define SIZE  112

#define EAGAIN 11

#define SYS_rt_sigprocmask 14
#define SYS_exit_group     231
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

loop:
	MOVQ	NR(R12), AX
	MOVQ	ARG0(R12), DI
	MOVQ	ARG1(R12), SI
	MOVQ	ARG2(R12), DX
	MOVQ	ARG3(R12), R10
	MOVQ	ARG4(R12), R8
	MOVQ	ARG5(R12), R9
	MOVQ	REF(R12), BX
	TESTQ	BX, BX
	JZ	enter
	BTQ	$0, BX
	JCC	ref1
	MOVLQSX	(DI), DI
ref1:
	BTQ	$1, BX
	JCC	ref2
	MOVLQSX	(SI), SI
ref2:
	BTQ	$2, BX
	JCC	ref3
	MOVLQSX	(DX), DX
ref3:
	BTQ	$3, BX
	JCC	ref4
	MOVLQSX	(R10), R10
ref4:
	BTQ	$4, BX
	JCC	ref5
	MOVLQSX	(R8), R8
ref5:
	BTQ	$5, BX
	JCC	enter
	MOVLQSX	(R9), R9
enter:
	SYSCALL
	CMPQ	AX, $-4095
	JCC	failed                  // unsigned >=: -4095 .. -1
	MOVQ	SAVE(R12), BX
	TESTQ	BX, BX
	JZ	saved
	MOVL	AX, (BX)
saved:
	MOVQ	FORK(R12), BX
	TESTQ	BX, BX
	JNZ	forked
	ADDQ	DONE(R12), R12          // zero but for retried calls
	ADDQ	$SIZE, R12
	JMP	loop

forked:
	ADDQ	$SIZE, R12
	TESTQ	AX, AX
	JZ	loop                    // the new process goes on with the next record
	CMPL	0(R13), $0              // did it fail? it shares our memory
	JNE	exit
	ADDQ	BX, R12
	JMP	loop

failed:
	NEGQ	AX
	CMPQ	AX, $EAGAIN
	JNE	refused
	CMPQ	AGAIN(R12), $0
	JEQ	refused
	DECQ	AGAIN(R12)
	JMP	loop

refused:
	CMPQ	AX, $63
	JHI	report
	MOVQ	ALLOW(R12), BX
	BTQ	AX, BX
	JCC	report
	ADDQ	SKIP(R12), R12
	ADDQ	$SIZE, R12
	JMP	loop

report:
	CMPL	0(R13), $0              // the first failure is the one to tell
	JNE	exit
	MOVQ	R12, 8(R13)
	MOVL	AX, 0(R13)
exit:
	MOVQ	$1, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	INT	$3
