// The loop over the records, included by walk and by the spawner. R20 holds the record, R21 the report.
// It goes on at "finished" behind the last record; a failure ends the process.

loop:
	MOVD	NR(R20), R8
	CMN	$1, R8                  // endRecord
	BEQ	finished
	MOVD	ARG0(R20), R0
	MOVD	ARG1(R20), R1
	MOVD	ARG2(R20), R2
	MOVD	ARG3(R20), R3
	MOVD	ARG4(R20), R4
	MOVD	ARG5(R20), R5
	MOVD	REF(R20), R9
	CBZ	R9, enter
	TBZ	$0, R9, ref1
	MOVW	(R0), R0
ref1:
	TBZ	$1, R9, ref2
	MOVW	(R1), R1
ref2:
	TBZ	$2, R9, ref3
	MOVW	(R2), R2
ref3:
	TBZ	$3, R9, ref4
	MOVW	(R3), R3
ref4:
	TBZ	$4, R9, ref5
	MOVW	(R4), R4
ref5:
	TBZ	$5, R9, enter
	MOVW	(R5), R5
enter:
	SVC
	CMN	$4095, R0
	BHS	failed                  // unsigned >= -4095
	MOVD	SAVE(R20), R9
	CBZ	R9, saved
	MOVW	R0, (R9)
saved:
	MOVD	FORK(R20), R9
	CBNZ	R9, forked
	MOVD	DONE(R20), R9
	ADD	R9, R20
	ADD	$SIZE, R20
	B	loop

forked:
	ADD	$SIZE, R20
	CBZ	R0, loop
	MOVWU	0(R21), R10
	CBNZ	R10, exit
	ADD	R9, R20
	B	loop

failed:
	NEG	R0, R0
	CMP	$EAGAIN, R0
	BNE	refused
	MOVD	AGAIN(R20), R9
	CBZ	R9, refused
	SUB	$1, R9
	MOVD	R9, AGAIN(R20)
	B	loop

refused:
	CMP	$63, R0
	BHI	report
	MOVD	ALLOW(R20), R9
	LSR	R0, R9, R9
	TBZ	$0, R9, report
	MOVD	SKIP(R20), R9
	ADD	R9, R20
	ADD	$SIZE, R20
	B	loop

report:
	MOVWU	0(R21), R10
	CBNZ	R10, exit
	MOVD	R20, 8(R21)
	MOVW	R0, 0(R21)
exit:
	MOVD	$1, R0
	MOVD	$SYS_exit_group, R8
	SVC
	UNDEF
