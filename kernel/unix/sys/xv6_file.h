/* The xv6 door's calls about files; see xv6.h. */
#pragma once

#include "core/cpu/trap.h"

int64_t xv6_pipe(struct trapframe *frame);
int64_t xv6_read(struct trapframe *frame);
int64_t xv6_fstat(struct trapframe *frame);
int64_t xv6_chdir(struct trapframe *frame);
int64_t xv6_dup(struct trapframe *frame);
int64_t xv6_open(struct trapframe *frame);
int64_t xv6_write(struct trapframe *frame);
int64_t xv6_mknod(struct trapframe *frame);
int64_t xv6_unlink(struct trapframe *frame);
int64_t xv6_link(struct trapframe *frame);
int64_t xv6_mkdir(struct trapframe *frame);
int64_t xv6_close(struct trapframe *frame);
