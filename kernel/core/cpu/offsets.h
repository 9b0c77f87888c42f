/*
 * Numbers assembly shares with C.  trap.c, hart.c and kernelmap.c assert that
 * each is what the C types say.
 */
#pragma once

/* struct trapframe */
#define FRAME_RA	0
#define FRAME_SP	8
#define FRAME_GP	16
#define FRAME_TP	24
#define FRAME_T0	32
#define FRAME_T1	40
#define FRAME_T2	48
#define FRAME_S0	56
#define FRAME_S1	64
#define FRAME_A0	72
#define FRAME_A1	80
#define FRAME_A2	88
#define FRAME_A3	96
#define FRAME_A4	104
#define FRAME_A5	112
#define FRAME_A6	120
#define FRAME_A7	128
#define FRAME_S2	136
#define FRAME_S3	144
#define FRAME_S4	152
#define FRAME_S5	160
#define FRAME_S6	168
#define FRAME_S7	176
#define FRAME_S8	184
#define FRAME_S9	192
#define FRAME_S10	200
#define FRAME_S11	208
#define FRAME_T3	216
#define FRAME_T4	224
#define FRAME_T5	232
#define FRAME_T6	240
#define FRAME_PC	248
#define FRAME_STATUS	256
#define FRAME_HART	264
#define FRAME_BYTES	272

/* struct hart */
#define HART_ID			8
#define HART_PANIC_STACK	56
#define HART_OVERFLOW_SP	64
#define HART_STACK_TOP		72
#define HART_BYTES		104

/* sp's bit that is set on a stack and clear in the guard below: STACK_BYTES */
#define STACK_BIT	14

/* scause of a system call, and of page faults */
#define CAUSE_ECALL_USER 8
#define CAUSE_FAULT_FIRST 12
#define CAUSE_FAULT_LAST 15
#define ECALL_BYTES	4	/* the instruction */

/* sstatus bits */
#define STATUS_SIE	0x2
#define STATUS_SPIE	0x20
#define STATUS_SPP	0x100
#define STATUS_SUM	0x40000

/* Root entries of the direct map and of the kernel image (layout.h). */
#define ROOT_DIRECT	256
#define ROOT_DIRECT_COUNT 128
#define ROOT_KERNEL	510
