/*
 * cowslip's own calls beside xv6's (numbers 64 and up of xv6_abi.h), in the
 * form of xv6.h.
 */
#pragma once

#include "core/cpu/trap.h"

int64_t cowslip_meminfo(struct trapframe *frame);
int64_t cowslip_audit(struct trapframe *frame);
int64_t cowslip_poweroff(struct trapframe *frame);
int64_t cowslip_procinfo(struct trapframe *frame);
int64_t cowslip_rename(struct trapframe *frame);
int64_t cowslip_truncate(struct trapframe *frame);
int64_t cowslip_symlink(struct trapframe *frame);
int64_t cowslip_foreground(struct trapframe *frame);
int64_t cowslip_wait(struct trapframe *frame);
int64_t cowslip_sync(struct trapframe *frame);
