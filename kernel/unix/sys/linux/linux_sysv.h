/* System V IPC as programs see it, and what its calls share. */
#pragma once

#include "core/base/types.h"
#include "unix/proc/sysv/sysv.h"

/* Commands of the ...ctl calls. */
#define IPC_RMID	0
#define IPC_SET		1
#define IPC_STAT	2
#define IPC_INFO	3
#define SHM_LOCK	11
#define SHM_UNLOCK	12
#define SHM_STAT	13
#define SHM_INFO	14
#define SHM_STAT_ANY	15
#define MSG_STAT	11
#define MSG_INFO	12
#define MSG_STAT_ANY	13
#define GETPID		11
#define GETVAL		12
#define GETALL		13
#define GETNCNT		14
#define GETZCNT		15
#define SETVAL		16
#define SETALL		17
#define SEM_STAT	18
#define SEM_INFO	19
#define SEM_STAT_ANY	20

struct linux_ipc_perm {
	int32_t key;
	uint32_t uid, gid, cuid, cgid;
	uint32_t mode;
	uint16_t sequence, pad;
	uint32_t pad2;
	uint64_t unused[2];
};

struct linux_shmid_ds {
	struct linux_ipc_perm perm;
	uint64_t nbytes;
	int64_t atime, dtime, ctime;
	int32_t cpid, lpid;
	uint64_t nattached;
	uint64_t unused[2];
};

struct linux_shminfo {
	uint64_t max, min, items, per_process, all;
	uint64_t unused[4];
};

struct linux_shm_info {
	int32_t used_ids, pad;
	uint64_t pages, resident, swapped, swap_attempts, swap_successes;
};

struct linux_semid_ds {
	struct linux_ipc_perm perm;
	int64_t otime, ctime;
	uint64_t count;
	uint64_t unused[2];
};

struct linux_seminfo {
	int32_t map, sets, semaphores, undos, per_set, operations,
	    undos_per_process, undo_bytes, value, adjust;
};

struct linux_msqid_ds {
	struct linux_ipc_perm perm;
	int64_t stime, rtime, ctime;
	uint64_t nbytes, count, bytes_max;
	int32_t lspid, lrpid;
	uint64_t unused[2];
};

struct linux_msginfo {
	int32_t pool, map, bytes, queue_bytes, queues, segment_bytes, all;
	uint16_t segments, pad;
};

void linux_ipc_perm_make(struct linux_ipc_perm *perm,
    const struct sysv_owner *owner);
/* What IPC_SET changes. */
void linux_ipc_perm_read(struct sysv_owner *owner,
    const struct linux_ipc_perm *perm);
