#include "textflag.h"

#include "calls_arm64.h"

#define SYS_write           64
#define SYS_exit_group      94

// See init_amd64.s. R19 is the program's pid, R20 our scratch memory.
TEXT ·initText(SB),NOSPLIT|NOFRAME,$0
	MOVD	RSP, R20
	ADD	$32, R20, R21           // &argv[3]
	MOVD	16(R20), R9             // argv[1]
	MOVBU	(R9), R19
	SUB	$'0', R19, R19
	SUB	$256, R20, R20
	MOVD	R20, RSP
	MOVD	$-1, R9
	MOVD	R9, 0(R20)
#include "reap_arm64.h"
tell:
	MOVW	R22, 12(R20)
	MOVD	$3, R0
	ADD	$8, R20, R1
	MOVD	$8, R2
	MOVD	$SYS_write, R8
	SVC
	MOVD	ZR, R0
	MOVD	$SYS_exit_group, R8
	SVC
	WORD	$0x65646e45
	WORD	$0x64616568
	WORD	$0x65646e45
	WORD	$0x64616568
	RET

// func initAddress() uintptr
TEXT ·initAddress(SB),NOSPLIT,$0-8
	MOVD	$·initText(SB), R0
	MOVD	R0, ret+0(FP)
	RET
