/* System V shared memory. */
#include "unix/sys/linux/linux_sysv.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/vm/user.h"
#include "unix/proc/sysv/shm.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_memory.h"
#include "unix/sys/linux/linux_user.h"

#define SHM_HUGETLB	04000u

void
linux_ipc_perm_make(struct linux_ipc_perm *perm,
    const struct sysv_owner *owner)
{
	*perm = (struct linux_ipc_perm){
		.key = owner->key,
		.uid = owner->uid,
		.gid = owner->gid,
		.cuid = owner->maker_uid,
		.cgid = owner->maker_gid,
		.mode = owner->mode,
		.sequence = owner->sequence,
	};
}

void
linux_ipc_perm_read(struct sysv_owner *owner,
    const struct linux_ipc_perm *perm)
{
	memset(owner, 0, sizeof(*owner));
	owner->uid = perm->uid;
	owner->gid = perm->gid;
	owner->mode = perm->mode;
}

int64_t
linux_shmget(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[2];

	/* There are no pools of huge pages. */
	if (flags & SHM_HUGETLB)
		return -EINVAL;
	return shm_get((int32_t)args->a[0], args->a[1], flags);
}

int64_t
linux_shmat(const struct linux_args *args)
{
	int32_t id = (int32_t)args->a[0];
	uint64_t nbytes;
	vaddr_t at;
	int err = shm_size(id, &nbytes);

	if (err == 0)
		err = linux_limits_check(ROUND_UP(nbytes, PAGE_BYTES), false);
	if (err == 0)
		err = shm_attach(id, args->a[1], (uint32_t)args->a[2],
		    LINUX_MAP_LOWEST, &at);
	return err != 0 ? err : (int64_t)at;
}

int64_t
linux_shmdt(const struct linux_args *args)
{
	return shm_detach(args->a[0]);
}

/* returns: 0; as a command by place has it, the number */
static int64_t
status_write(enum sysv_which which, int32_t id, vaddr_t to)
{
	struct linux_shmid_ds out;
	struct shm_status status;
	int err = shm_status(which, id, &status);

	if (err != 0)
		return err;
	memset(&out, 0, sizeof(out));
	linux_ipc_perm_make(&out.perm, &status.owner);
	out.nbytes = status.bytes;
	out.atime = status.attached;
	out.dtime = status.detached;
	out.ctime = status.changed;
	out.cpid = status.maker;
	out.lpid = status.last;
	out.nattached = status.nattached;
	err = user_write(to, &out, sizeof(out), NULL);
	return err != 0 || which == SYSV_ID ? err : status.id;
}

/* returns: the highest index in use, or 0 */
static int64_t
limits_write(vaddr_t to)
{
	const struct linux_shminfo info = {
		.max = SHM_BYTES_MAX,
		.min = 1,
		.items = SYSV_ITEMS_MAX,
		.per_process = SYSV_ITEMS_MAX,
		.all = SHM_BYTES_MAX,
	};
	struct shm_totals totals;
	int err = user_write(to, &info, sizeof(info), NULL);

	shm_totals(&totals);
	return err != 0 ? err : MAX(totals.highest, 0);
}

static int64_t
totals_write(vaddr_t to)
{
	struct linux_shm_info info = { 0 };
	struct shm_totals totals;
	int err;

	shm_totals(&totals);
	info.used_ids = totals.count;
	info.pages = totals.pages;
	info.resident = totals.resident;
	err = user_write(to, &info, sizeof(info), NULL);
	return err != 0 ? err : MAX(totals.highest, 0);
}

static int64_t
change(int32_t id, vaddr_t from)
{
	struct linux_shmid_ds in;
	struct sysv_owner owner;
	int err = user_read(&in, from, sizeof(in), NULL);

	if (err != 0)
		return err;
	linux_ipc_perm_read(&owner, &in.perm);
	return shm_change(id, &owner);
}

int64_t
linux_shmctl(const struct linux_args *args)
{
	int32_t id = (int32_t)args->a[0], command = (int32_t)args->a[1];
	vaddr_t buffer = args->a[2];

	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_RMID:
		return shm_remove(id);
	case IPC_SET:
		return change(id, buffer);
	case IPC_STAT:
		return status_write(SYSV_ID, id, buffer);
	case SHM_STAT:
		return status_write(SYSV_INDEX, id, buffer);
	case SHM_STAT_ANY:
		return status_write(SYSV_INDEX_ANY, id, buffer);
	case IPC_INFO:
		return limits_write(buffer);
	case SHM_INFO:
		return totals_write(buffer);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return shm_lock(id, command == SHM_LOCK);
	default:
		return -EINVAL;
	}
}
