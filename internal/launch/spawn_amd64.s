#include "textflag.h"

#include "record.h"
#include "image.h"
#include "calls_amd64.h"

#define SYS_exit_group 231
#define SYS_recvfrom 45
#define SYS_sendto   44
#define SYS_sendmsg  46
#define SYS_mmap     9
#define SYS_close    3
#define SYS_clone3   435

// The process 1 of a sandbox that is kept: for each run it creates a process
// that walks the records of one, becomes that one's init, and ends with it. See spawner_unsafe.go for the image.
//
// In: all signals blocked; descriptor 3 = the socket to the launcher, 4 = the image;
// argv as init's. It has no stack of its own beside its children's: registers and the image only.
TEXT ·spawnText(SB),NOSPLIT|NOFRAME,$0
	LEAQ	32(SP), R14             // &argv[3]
	MOVQ	$IMAGE, DI
	MOVQ	$IMAGESIZE, SI
	MOVQ	$3, DX                  // PROT_READ | PROT_WRITE
	MOVQ	$0x11, R10              // MAP_SHARED | MAP_FIXED
	MOVQ	$4, R8
	XORQ	R9, R9
	MOVQ	$SYS_mmap, AX
	SYSCALL
	MOVQ	AX, R15
	CMPQ	AX, $IMAGE
	JNE	leave
	MOVQ	$0x646165686b6c7562, AX // "bulkhead": its children are called so, too
	MOVQ	AX, -16(SP)
	MOVQ	$0x74696e692d, AX       // "-init"
	MOVQ	AX, -8(SP)
	MOVQ	$15, DI                 // PR_SET_NAME
	LEAQ	-16(SP), SI
	MOVQ	$SYS_prctl, AX
	SYSCALL
next:
	CMPQ	LAZY(R15), $0
	JEQ	make
	MOVQ	$3, DI                  // recv(3, &byte, 1, 0): wait for a job to come
	LEAQ	OWN(R15), SI
	MOVQ	$1, DX
	XORQ	R10, R10
	XORQ	R8, R8
	XORQ	R9, R9
	MOVQ	$SYS_recvfrom, AX
	SYSCALL
	CMPQ	AX, $1
	JNE	leave
make:
	LEAQ	ARGS(R15), DI
	MOVQ	$88, SI
	MOVQ	PROGRAM(R15), R12
	LEAQ	REPORT(R15), R13
	MOVQ	$SYS_clone3, AX
	SYSCALL
	TESTQ	AX, AX
	JZ	loop
	CMPQ	AX, $0
	JLT	refusedus
	MOVQ	$3, DI                  // send its pidfd
	LEAQ	HEADER(R15), SI
	MOVQ	$0x4000, DX             // MSG_NOSIGNAL
	MOVQ	$SYS_sendmsg, AX
	SYSCALL
	CMPQ	AX, $0
	JLT	leave
	MOVLQSX	SENT(R15), DI
	MOVQ	$SYS_close, AX
	SYSCALL
	MOVQ	$-1, DI
	LEAQ	OWN(R15), SI
	MOVQ	$0x40000000, DX         // __WALL
	LEAQ	USAGE(R15), R10
	MOVQ	$SYS_wait4, AX
	SYSCALL
	CMPL	REPORT(R15), $0         // one that could not be made: the launcher reads why
	JEQ	next
leave:
	MOVQ	$1, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	INT	$3
refusedus:
	NEGQ	AX
	MOVL	AX, REPORT(R15)         // no record: the clone itself
	JMP	leave

#include "loop_amd64.h"

finished:
	MOVQ	$2, R12                 // the first process after it
	MOVQ	R14, R13
	SUBQ	$256, SP
	MOVQ	$-1, 0(SP)
#include "reap_amd64.h"
tell:
	MOVL	8(SP), AX
	MOVL	R14, FULL(R15)
	MOVL	AX, STATUS(R15)
	MOVQ	$0x40000001, R12        // WNOHANG | __WALL
others:
	MOVQ	$-1, DI
	XORQ	SI, SI
	MOVQ	R12, DX
	XORQ	R10, R10
	MOVQ	$SYS_wait4, AX
	SYSCALL
	CMPQ	AX, $-10                // ECHILD: nobody is left
	JEQ	alone
	TESTQ	AX, AX
	JNZ	others
	MOVQ	$-1, DI                 // end who is, and wait for them
	MOVQ	$9, SI
	MOVQ	$SYS_kill, AX
	SYSCALL
	MOVQ	$0x40000000, R12        // __WALL
	JMP	others
alone:
	MOVQ	$3, DI
	LEAQ	ENDED(R15), SI
	MOVQ	$1, DX
	MOVQ	$0x4000, R10            // MSG_NOSIGNAL
	XORQ	R8, R8
	XORQ	R9, R9
	MOVQ	$SYS_sendto, AX
	SYSCALL
	XORQ	DI, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	QUAD	$0x6461656865646e45     // endMark
	QUAD	$0x6461656865646e45
	RET

// func spawnAddress() uintptr
TEXT ·spawnAddress(SB),NOSPLIT,$0-8
	LEAQ	·spawnText(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
