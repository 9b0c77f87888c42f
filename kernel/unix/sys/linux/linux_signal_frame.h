/*
 * How a handler of a riscv64 Linux program is started and left, and its stack
 * for that.
 *
 *	sp before   ...
 *	            struct linux_signal_frame   <- sp of the handler, a1, a2
 *
 * The handler returns into the vDSO, which calls rt_sigreturn: that takes the
 * registers from wherever sp then is.  They may be anything; only what a
 * program may have is taken.
 */
#pragma once

#include "core/base/types.h"

struct linux_stack;
struct signal_delivery;
struct trapframe;

/* For struct door. */
int linux_deliver_signal(struct trapframe *frame,
    const struct signal_delivery *delivery);

/* The calling thread's stack for signals, its sp being `sp`. */
void linux_stack_get(struct linux_stack *stack, vaddr_t sp);
/* returns: 0; -EPERM on it; -EINVAL; -ENOMEM if it is too small */
int linux_stack_set(const struct linux_stack *stack, vaddr_t sp);
