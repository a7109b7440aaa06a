#include "textflag.h"

// func enter80(number, a, b, c, d, e, f uintptr) uintptr
//
// FACT — always (entry/syscall_32.c) — int 0x80 takes the arguments in ebx, ecx, edx, esi, edi and ebp, and
// keeps those registers, but on some kernels clears r8 to r11.
TEXT ·enter80(SB), NOSPLIT, $8-64
	MOVQ	BP, saved-8(SP)
	MOVQ	number+0(FP), AX
	MOVQ	a+8(FP), BX
	MOVQ	b+16(FP), CX
	MOVQ	c+24(FP), DX
	MOVQ	d+32(FP), SI
	MOVQ	e+40(FP), DI
	MOVQ	f+48(FP), BP
	INT	$0x80
	MOVQ	saved-8(SP), BP
	MOVQ	AX, ret+56(FP)
	RET
