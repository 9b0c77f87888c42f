/*
 * System V shared memory: segments of it, by number or key, that processes
 * attach to their memory.  What is attached is inherited by fork, and goes
 * with the memory or when all of it is unmapped.
 */
#pragma once

#include "unix/proc/sysv/sysv.h"

struct memory;

struct shm_status {
	int32_t id;
	struct sysv_owner owner;
	uint64_t bytes;
	uint64_t resident;		/* pages there are */
	int64_t attached, detached, changed;	/* seconds since 1970 */
	int32_t maker, last;		/* process numbers */
	uint64_t nattached;
};

/* In the mode of a status: removed, and gone when nobody has it attached; and
 * locked.  Linux's. */
#define SHM_REMOVED	01000u
#define SHM_LOCKED	02000u

/* Bytes of a segment, and of all: no bound but the memory there is. */
#define SHM_BYTES_MAX	(UINT64_MAX - (1u << 24))

/* Flags of attaching: Linux's. */
#define SHM_READ_ONLY	010000u
#define SHM_ROUND	020000u		/* the address down to a page */
#define SHM_REPLACE	040000u		/* what is mapped there */
#define SHM_EXECUTE	0100000u

/* returns: the number; -EINVAL (too small, none or more than there is);
 * -ENOENT, -EEXIST, -EACCES, -ENOSPC, -ENOMEM */
int shm_get(int32_t key, uint64_t nbytes, uint32_t flags);

/* The size of a segment that the caller is about to attach.
 * returns: 0 or -EINVAL */
int shm_size(int32_t id, uint64_t *nbytes);
/*
 * Attach it, at `at` or (0) anywhere above `lowest`.
 * returns: 0; -EINVAL (no such segment; the place is not free); -EACCES,
 *          -ENOMEM
 * gives:   *out, where it is
 */
int shm_attach(int32_t id, vaddr_t at, uint32_t flags, vaddr_t lowest,
    vaddr_t *out);
/* returns: 0; -EINVAL: nothing is attached at `at` */
int shm_detach(vaddr_t at);

/* returns: 0; -EINVAL; -EPERM */
int shm_remove(int32_t id);
int shm_change(int32_t id, const struct sysv_owner *to);
/* Memory is never swapped; that it is locked is only told.  Others than root
 * need a LIMIT_MEMLOCK that is not 0. */
int shm_lock(int32_t id, bool lock);
/* returns: 0; -EINVAL; -EACCES */
int shm_status(enum sysv_which which, int32_t id, struct shm_status *out);

struct shm_totals {
	int32_t count, highest;		/* -1: there is none */
	uint64_t pages, resident;
};

void shm_totals(struct shm_totals *out);

/* ---- for memory.c and the calls that unmap ---- */

/* What is attached to `from` is to `to` as well.  returns: 0 or -ENOMEM */
int shm_fork(struct memory *to, const struct memory *from);
/* Nothing is attached to it any more.  needs: nobody else uses it */
void shm_release(struct memory *memory);
/* [start, start + len) of it is mapped no more. */
void shm_unmapped(struct memory *memory, vaddr_t start, uint64_t len);
