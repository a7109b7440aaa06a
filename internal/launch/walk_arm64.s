#include "textflag.h"

#include "record.h"

#define SYS_exit_group     94
#define SYS_rt_sigprocmask 135
#define SYS_clone3         435
#define SIG_SETMASK        2

// func walk(c *call)
//
// See walk_amd64.s; R19 holds the call, R20 the record, R21 the report. The
// kernel keeps every register but R0 across SVC.
TEXT ·walk(SB),NOSPLIT,$0-8
	MOVD	c+0(FP), R19
	MOVD	$SIG_SETMASK, R0
	ADD	$24, R19, R1
	ADD	$32, R19, R2
	MOVD	$8, R3
	MOVD	$SYS_rt_sigprocmask, R8
	SVC
	MOVD	0(R19), R0
	MOVD	$88, R1
	MOVD	8(R19), R20
	MOVD	16(R19), R21
	MOVD	$SYS_clone3, R8
	SVC
	CBZ	R0, loop
	MOVD	R0, 40(R19)
	MOVD	$SIG_SETMASK, R0
	ADD	$32, R19, R1
	MOVD	ZR, R2
	MOVD	$8, R3
	MOVD	$SYS_rt_sigprocmask, R8
	SVC
	RET

#include "loop_arm64.h"
finished:
	UNDEF                           // such a program ends with an exec
