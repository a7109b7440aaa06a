// The loop over the records, included by walk and by the spawner. R12 holds the record, R13 the report.
// It goes on at "finished" behind the last record; a failure ends the process.

loop:
	MOVQ	NR(R12), AX
	CMPQ	AX, $-1                 // endRecord
	JEQ	finished
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
