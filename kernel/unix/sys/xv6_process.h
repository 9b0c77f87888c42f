/* The xv6 door's calls about processes, memory and time; see xv6.h. */
#pragma once

#include "core/cpu/trap.h"

int64_t xv6_fork(struct trapframe *frame);
int64_t xv6_exit(struct trapframe *frame);
int64_t xv6_wait(struct trapframe *frame);
/* wait, saying whether the child was killed too; 0: do not say.
 * returns: its pid; -errno */
int64_t xv6_wait_child(vaddr_t status, vaddr_t killed);
int64_t xv6_kill(struct trapframe *frame);
int64_t xv6_exec(struct trapframe *frame);
int64_t xv6_getpid(struct trapframe *frame);
int64_t xv6_sbrk(struct trapframe *frame);
int64_t xv6_sleep(struct trapframe *frame);
int64_t xv6_uptime(struct trapframe *frame);
