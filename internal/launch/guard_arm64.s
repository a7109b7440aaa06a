#include "textflag.h"

#define SYS_write             64
#define SYS_ppoll             73
#define SYS_exit_group        94
#define SYS_prctl             167
#define SYS_pidfd_send_signal 424

// See guard_amd64.s. R20 is our scratch memory.
TEXT ·guardText(SB),NOSPLIT|NOFRAME,$0
	MOVD	RSP, R20
	SUB	$64, R20, R20
	MOVD	R20, RSP
	MOVD	$0x64616568, R9
	LSL	$32, R9, R9
	MOVD	$0x6b6c7562, R10
	ORR	R10, R9, R9
	MOVD	R9, 0(R20)              // "bulkhead"
	MOVD	$0x6472, R9
	LSL	$32, R9, R9
	MOVD	$0x6175672d, R10
	ORR	R10, R9, R9
	MOVD	R9, 8(R20)              // "-guard"
	MOVD	$15, R0                 // PR_SET_NAME
	MOVD	R20, R1
	MOVD	$SYS_prctl, R8
	SVC
	MOVD	$1, R9                  // struct pollfd {3, POLLIN}
	LSL	$32, R9, R9
	ADD	$3, R9, R10
	MOVD	R10, 0(R20)
	ADD	$4, R9, R10
	MOVD	R10, 8(R20)
wait:
	MOVD	R20, R0
	MOVD	$2, R1
	MOVD	ZR, R2                  // no end of time
	MOVD	ZR, R3
	MOVD	$8, R4
	MOVD	$SYS_ppoll, R8
	SVC
	CMP	$-4, R0                 // EINTR; with any other error it could not watch
	BEQ	wait
	MOVD	$3, R0
	MOVD	$9, R1                  // SIGKILL
	MOVD	ZR, R2
	MOVD	ZR, R3
	MOVD	$SYS_pidfd_send_signal, R8
	SVC
	MOVD	$0x31, R9               // "1"
	MOVD	R9, 0(R20)
	MOVD	$5, R0
	MOVD	R20, R1
	MOVD	$1, R2
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

// func guardAddress() uintptr
TEXT ·guardAddress(SB),NOSPLIT,$0-8
	MOVD	$·guardText(SB), R0
	MOVD	R0, ret+0(FP)
	RET
