// What a process 1 does: reap, forward signals, and at the end look which directories are full.
// In: R12 the program's number, R13 a NULL-terminated vector of directories, 256 bytes of scratch
// at SP that begin with a mask of all signals. It ends at "tell", with the wait status at 8(SP) and the count in R14.

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
	XORL	R14, R14                // how many are full: asked when the program has failed
	CMPL	8(SP), $0
	JEQ	tell
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
