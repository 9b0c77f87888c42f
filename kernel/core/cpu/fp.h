/*
 * Floating point: the registers of programs.  The kernel has no use for them.
 *
 *	Off --- first instruction of a program traps: fp_kept() ---> Dirty
 *	Dirty --- fp_save ---> Clean --- an instruction changes one ---> Dirty
 *
 * The state is sstatus.FS of this hart, and speaks of the running thread.  Who
 * never computes keeps it Off, and costs the kernel a look at it.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/csr.h"

struct trapframe;

/* f0 to f31 and fcsr; fp.S knows the layout. */
struct fp_state {
	uint64_t f[32];
	uint64_t fcsr;
};

/* The running thread's FS. */
static inline uint64_t
fp_status(void)
{
	return csr_read(sstatus) & SSTATUS_FS;
}

/* The registers are as they were stored. */
static inline void
fp_set_clean(void)
{
	csr_clear(sstatus, SSTATUS_FS);
	csr_set(sstatus, SSTATUS_FS_CLEAN);
}

static inline void
fp_off(void)
{
	csr_clear(sstatus, SSTATUS_FS);
}

/* Store the registers, whose status stays.  needs: not Off */
void fp_store(struct fp_state *state);
/* Load the registers, which are Clean then. */
void fp_load(const struct fp_state *state);

/* Link-time hook, defined by task: what the running thread left in them when
 * it was last turned Off, NULL if nothing; it is going to be loaded. */
const struct fp_state *fp_kept(void);

/*
 * An illegal instruction in a program: if it is one of floating point and FS
 * is Off, turn it on, and load what was kept, or zeros.
 * needs:   `instruction` is what stval said, 0 if it said nothing; may fault
 * returns: whether the program is to try it again
 */
bool fp_first_use(const struct trapframe *frame, uint64_t instruction);
