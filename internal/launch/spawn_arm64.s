#include "textflag.h"

#include "record.h"
#include "image.h"
#include "calls_arm64.h"

#define SYS_exit_group 94
#define SYS_recvfrom 207
#define SYS_sendto   206
#define SYS_sendmsg  211
#define SYS_mmap     222
#define SYS_close    57
#define SYS_clone3   435

// See spawn_amd64.s. R24 is &argv[3], R25 the image.
TEXT ·spawnText(SB),NOSPLIT|NOFRAME,$0
	MOVD	RSP, R24
	ADD	$32, R24, R24
	MOVD	$IMAGE, R0
	MOVD	$IMAGESIZE, R1
	MOVD	$3, R2                  // PROT_READ | PROT_WRITE
	MOVD	$0x11, R3               // MAP_SHARED | MAP_FIXED
	MOVD	$4, R4
	MOVD	ZR, R5
	MOVD	$SYS_mmap, R8
	SVC
	MOVD	R0, R25
	MOVD	$IMAGE, R9
	CMP	R9, R0
	BNE	leave
	MOVD	RSP, R20
	SUB	$16, R20, R20
	MOVD	$0x64616568, R9         // "bulkhead": its children are called so, too
	LSL	$32, R9, R9
	MOVD	$0x6b6c7562, R10
	ORR	R10, R9, R9
	MOVD	R9, 0(R20)
	MOVD	$0x74, R9               // "-init"
	LSL	$32, R9, R9
	MOVD	$0x696e692d, R10
	ORR	R10, R9, R9
	MOVD	R9, 8(R20)
	MOVD	$15, R0                 // PR_SET_NAME
	MOVD	R20, R1
	MOVD	$SYS_prctl, R8
	SVC
next:
	MOVD	LAZY(R25), R9
	CBZ	R9, make
	MOVD	$3, R0
	ADD	$OWN, R25, R1
	MOVD	$1, R2
	MOVD	ZR, R3
	MOVD	ZR, R4
	MOVD	ZR, R5
	MOVD	$SYS_recvfrom, R8
	SVC
	CMP	$1, R0
	BNE	leave
make:
	ADD	$ARGS, R25, R0
	MOVD	$88, R1
	MOVD	PROGRAM(R25), R20
	ADD	$REPORT, R25, R21
	MOVD	$SYS_clone3, R8
	SVC
	CBZ	R0, loop
	CMP	$0, R0
	BLT	refusedus
	MOVD	$3, R0
	ADD	$HEADER, R25, R1
	MOVD	$0x4000, R2             // MSG_NOSIGNAL
	MOVD	$SYS_sendmsg, R8
	SVC
	CMP	$0, R0
	BLT	leave
	MOVW	SENT(R25), R0
	MOVD	$SYS_close, R8
	SVC
	MOVD	$-1, R0
	ADD	$OWN, R25, R1
	MOVD	$0x40000000, R2         // __WALL
	ADD	$USAGE, R25, R3
	MOVD	$SYS_wait4, R8
	SVC
	MOVWU	REPORT(R25), R9
	CBZ	R9, next
leave:
	MOVD	$1, R0
	MOVD	$SYS_exit_group, R8
	SVC
	UNDEF
refusedus:
	NEG	R0, R0
	MOVW	R0, REPORT(R25)
	B	leave

#include "loop_arm64.h"

finished:
	MOVD	$2, R19
	MOVD	R24, R21
	MOVD	RSP, R20
	SUB	$256, R20, R20
	MOVD	R20, RSP
	MOVD	$-1, R9
	MOVD	R9, 0(R20)
#include "reap_arm64.h"
tell:
	MOVW	8(R20), R9
	MOVW	R22, FULL(R25)
	MOVW	R9, STATUS(R25)
	MOVD	$0x40000001, R19        // WNOHANG | __WALL
others:
	MOVD	$-1, R0
	MOVD	ZR, R1
	MOVD	R19, R2
	MOVD	ZR, R3
	MOVD	$SYS_wait4, R8
	SVC
	CMN	$10, R0                 // ECHILD: nobody is left
	BEQ	alone
	CBNZ	R0, others
	MOVD	$-1, R0                 // end who is, and wait for them
	MOVD	$9, R1
	MOVD	$SYS_kill, R8
	SVC
	MOVD	$0x40000000, R19        // __WALL
	B	others
alone:
	MOVD	$3, R0
	ADD	$ENDED, R25, R1
	MOVD	$1, R2
	MOVD	$0x4000, R3             // MSG_NOSIGNAL
	MOVD	ZR, R4
	MOVD	ZR, R5
	MOVD	$SYS_sendto, R8
	SVC
	MOVD	ZR, R0
	MOVD	$SYS_exit_group, R8
	SVC
	WORD	$0x65646e45             // endMark
	WORD	$0x64616568
	WORD	$0x65646e45
	WORD	$0x64616568
	RET

// func spawnAddress() uintptr
TEXT ·spawnAddress(SB),NOSPLIT,$0-8
	MOVD	$·spawnText(SB), R0
	MOVD	R0, ret+0(FP)
	RET
