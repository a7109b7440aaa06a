// See reap_amd64.h. R19 is the program's number, R21 the vector of directories, R20 the scratch; the count is in R22.

	MOVD	ZR, R0
	MOVD	ZR, R1
	MOVD	$SYS_setpgid, R8
	SVC
	MOVD	$0x64616568, R9
	LSL	$32, R9, R9
	MOVD	$0x6b6c7562, R10
	ORR	R10, R9, R9
	MOVD	R9, 8(R20)              // "bulkhead"
	MOVD	$0x74, R9
	LSL	$32, R9, R9
	MOVD	$0x696e692d, R10
	ORR	R10, R9, R9
	MOVD	R9, 16(R20)             // "-init"
	MOVD	$15, R0                 // PR_SET_NAME
	ADD	$8, R20, R1
	MOVD	$SYS_prctl, R8
	SVC
reap:
	MOVD	$-1, R0
	ADD	$8, R20, R1
	MOVD	$0x40000001, R2         // WNOHANG | __WALL
	MOVD	ZR, R3
	MOVD	$SYS_wait4, R8
	SVC
	CMP	R19, R0
	BEQ	ended
	CMP	$0, R0
	BGT	reap
wait:
	MOVD	R20, R0
	ADD	$16, R20, R1
	MOVD	ZR, R2
	MOVD	$8, R3
	MOVD	$SYS_rt_sigtimedwait, R8
	SVC
	CMP	$17, R0                 // SIGCHLD
	BEQ	reap
	CMP	$0, R0
	BLE	wait
	MOVWU	32(R20), R9             // siginfo.si_pid
	CBNZ	R9, wait
	MOVD	R0, R1
	MOVD	R19, R0
	MOVD	$SYS_kill, R8
	SVC
	B	wait
ended:
	MOVD	ZR, R22                 // how many are full: asked when the program has failed
	MOVWU	8(R20), R9
	CBZ	R9, tell
look:
	MOVD	(R21), R0
	CBZ	R0, tell
	ADD	$8, R21, R21
	ADD	$16, R20, R1            // struct statfs, 120 bytes
	MOVD	$SYS_statfs, R8
	SVC
	CBNZ	R0, look
	MOVD	(16+16)(R20), R9        // f_blocks: 0 is no cap
	CBZ	R9, inodes
	MOVD	(16+24)(R20), R9        // f_bfree
	CBZ	R9, full
inodes:
	MOVD	(16+40)(R20), R9        // f_files
	CBZ	R9, look
	MOVD	(16+48)(R20), R9        // f_ffree
	CBNZ	R9, look
full:
	ADD	$1, R22, R22
	B	look
