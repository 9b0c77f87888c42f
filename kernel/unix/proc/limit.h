/*
 * Resource limits: the soft one binds, the hard one bounds the soft one.
 * Numbers are Linux's.
 */
#pragma once

#include "core/base/types.h"

struct proc;

#define LIMIT_CPU	0	/* seconds: SIGXCPU, SIGKILL at the hard one */
#define LIMIT_FSIZE	1	/* bytes of a file: SIGXFSZ, -EFBIG */
#define LIMIT_DATA	2	/* bytes of brk and private writable memory */
#define LIMIT_STACK	3	/* bytes, from the next exec on */
#define LIMIT_CORE	4	/* no core is ever written */
#define LIMIT_RSS	5	/* binds nothing, as on Linux */
#define LIMIT_NPROC	6	/* threads of one user */
#define LIMIT_NOFILE	7	/* one more than the highest descriptor */
#define LIMIT_MEMLOCK	8	/* bytes locked */
#define LIMIT_AS	9	/* bytes of address space */
#define LIMIT_LOCKS	10	/* binds nothing, as on Linux */
#define LIMIT_SIGPENDING 11	/* queued signals of one user */
#define LIMIT_MSGQUEUE	12	/* of one of POSIX */
#define LIMIT_NICE	13
#define LIMIT_RTPRIO	14
#define LIMIT_RTTIME	15
#define LIMITS		16

#define LIMIT_NONE	UINT64_MAX

struct limit {
	uint64_t soft, hard;	/* [a], each */
};

/* What the first process starts with. */
void limits_init(struct limit limits[LIMITS]);

/* The soft limit of the calling process; LIMIT_NONE for the kernel. */
uint64_t limit_get(uint32_t which);
/* Whether `value` is within it. */
bool limit_allows(uint32_t which, uint64_t value);
/* Whether the caller's user may have one more thread (LIMIT_NPROC). */
bool limit_allows_thread(void);

/*
 * Read, then set (where not NULL) a limit of the process that `pid` is a
 * thread of (0: the caller's).
 * returns: 0; -ESRCH; -EINVAL; -EPERM (not the same user, or raising the hard
 *          one and not root)
 */
int limit_change(int32_t pid, uint32_t which, const struct limit *new,
    struct limit *old);
