/*
 * Signals as programs of riscv64 Linux see them: structs of the calls, and the
 * frame a handler finds on its stack.  All from the kernel's user headers.
 */
#pragma once

#include "core/base/types.h"
#include "unix/proc/signal.h"

/* rt_sigprocmask's first argument */
#define LINUX_SIG_BLOCK		0
#define LINUX_SIG_UNBLOCK	1
#define LINUX_SIG_SETMASK	2

#define LINUX_SIGSET_BYTES	8
#define LINUX_MINSIGSTKSZ	2048

struct linux_sigaction {
	uint64_t handler;
	uint64_t flags;
	uint64_t mask;
};

struct linux_stack {
	uint64_t base;
	uint32_t flags;
	uint32_t zero;
	uint64_t nbytes;
};

struct linux_siginfo {
	struct signal_info info;
	uint8_t zero[80];
};

/* pc, then x1 to x31: as in struct trapframe. */
struct linux_registers {
	uint64_t pc;
	uint64_t x[31];
};

/* The union of struct __riscv_d_ext_state and the header that ends what else
 * there is of extensions: nothing. */
struct linux_fp {
	uint64_t f[32];
	uint32_t fcsr;
	uint32_t padding[64];
	uint32_t reserved;
	uint32_t end_magic;		/* 0 */
	uint32_t end_bytes;		/* 0 */
};

struct linux_ucontext {
	uint64_t flags;
	uint64_t link;
	struct linux_stack stack;
	uint64_t mask;
	uint8_t mask_zero[120];
	uint64_t aligned;
	struct linux_registers registers;
	struct linux_fp fp;
};

struct linux_signal_frame {
	struct linux_siginfo info;
	struct linux_ucontext context;
};

_Static_assert(sizeof(struct signal_info) == 48, "");
_Static_assert(sizeof(struct linux_siginfo) == 128, "");
_Static_assert(sizeof(struct linux_fp) == 528, "");
_Static_assert(offsetof(struct linux_ucontext, mask) == 40, "");
_Static_assert(offsetof(struct linux_ucontext, registers) == 176, "");
_Static_assert(sizeof(struct linux_ucontext) == 960, "");
