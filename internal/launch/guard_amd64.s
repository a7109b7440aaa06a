#include "textflag.h"

#define SYS_write             1
#define SYS_prctl             157
#define SYS_exit_group        231
#define SYS_ppoll             271
#define SYS_pidfd_send_signal 424

// The guardian, as a whole program like initText: it waits until one of the
// processes has ended whose pidfds are 3, the sandbox's, and 4, the launcher's.
// Then it kills the former, and all of its cgroup if 5 is that's cgroup.kill, and ends.
TEXT ·guardText(SB),NOSPLIT|NOFRAME,$0
	SUBQ	$64, SP
	MOVQ	$0x646165686b6c7562, AX // "bulkhead"
	MOVQ	AX, 0(SP)
	MOVQ	$0x64726175672d, AX     // "-guard"
	MOVQ	AX, 8(SP)
	MOVQ	$15, DI                 // PR_SET_NAME
	MOVQ	SP, SI
	MOVQ	$SYS_prctl, AX
	SYSCALL
	MOVQ	$0x100000003, AX        // struct pollfd {3, POLLIN}
	MOVQ	AX, 0(SP)
	MOVQ	$0x100000004, AX
	MOVQ	AX, 8(SP)
wait:
	MOVQ	SP, DI
	MOVQ	$2, SI
	XORQ	DX, DX                  // no end of time
	XORQ	R10, R10
	MOVQ	$8, R8
	MOVQ	$SYS_ppoll, AX
	SYSCALL
	CMPQ	AX, $-4                 // EINTR; with any other error it could not watch
	JEQ	wait
	MOVQ	$3, DI
	MOVQ	$9, SI                  // SIGKILL
	XORQ	DX, DX
	XORQ	R10, R10
	MOVQ	$SYS_pidfd_send_signal, AX
	SYSCALL
	MOVQ	$0x31, AX               // "1"
	MOVQ	AX, 0(SP)
	MOVQ	$5, DI
	MOVQ	SP, SI
	MOVQ	$1, DX
	MOVQ	$SYS_write, AX
	SYSCALL
	XORQ	DI, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	// The end mark that codeAt looks for.
	QUAD	$0x6461656865646e45
	QUAD	$0x6461656865646e45
	RET

// func guardAddress() uintptr
TEXT ·guardAddress(SB),NOSPLIT,$0-8
	LEAQ	·guardText(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
