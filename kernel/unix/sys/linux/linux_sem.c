/* System V semaphores. */
#include "unix/sys/linux/linux_sysv.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/proc/sysv/sem.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

int64_t
linux_semget(const struct linux_args *args)
{
	return sem_get((int32_t)args->a[0], (int32_t)args->a[1],
	    (uint32_t)args->a[2]);
}

static int64_t
operate(const struct linux_args *args, uint64_t deadline)
{
	/* Operations are in the kernel as programs write them. */
	uint32_t count = (uint32_t)args->a[2];
	struct sem_operation *operations;
	int result;

	if (count == 0 || (int32_t)args->a[0] < 0)
		return -EINVAL;
	if (count > SEM_OPERATIONS_MAX)
		return -E2BIG;
	operations = heap_alloc(count * sizeof(*operations));
	if (operations == NULL)
		return -ENOMEM;
	result = user_read(operations, args->a[1],
	    count * sizeof(*operations), NULL);
	if (result == 0)
		result = sem_operate((int32_t)args->a[0], operations, count,
		    deadline);
	heap_free(operations);
	return result;
}

int64_t
linux_semop(const struct linux_args *args)
{
	return operate(args, UINT64_MAX);
}

int64_t
linux_semtimedop(const struct linux_args *args)
{
	uint64_t deadline;
	int err = linux_deadline_read(&deadline, args->a[3]);

	return err != 0 ? err : operate(args, deadline);
}

/* returns: 0; as a command by place has it, the number */
static int64_t
status_write(enum sysv_which which, int32_t id, vaddr_t to)
{
	struct linux_semid_ds out;
	struct sem_status status;
	int err = sem_status(which, id, &status);

	if (err != 0)
		return err;
	memset(&out, 0, sizeof(out));
	linux_ipc_perm_make(&out.perm, &status.owner);
	out.otime = status.operated;
	out.ctime = status.changed;
	out.count = status.count;
	err = user_write(to, &out, sizeof(out), NULL);
	return err != 0 || which == SYSV_ID ? err : status.id;
}

/* used: SEM_INFO, which tells two of them otherwise */
static int64_t
info_write(vaddr_t to, bool used)
{
	struct linux_seminfo info = {
		.map = SYSV_ITEMS_MAX * SEM_SET_MAX,
		.sets = SYSV_ITEMS_MAX,
		.semaphores = SYSV_ITEMS_MAX * SEM_SET_MAX,
		.undos = SYSV_ITEMS_MAX * SEM_SET_MAX,
		.per_set = SEM_SET_MAX,
		.operations = SEM_OPERATIONS_MAX,
		.undos_per_process = SEM_OPERATIONS_MAX,
		.undo_bytes = 20,
		.value = SEM_VALUE_MAX,
		.adjust = SEM_VALUE_MAX,
	};
	int32_t sets, semaphores, highest;
	int err;

	sem_totals(&sets, &semaphores, &highest);
	if (used) {
		info.undo_bytes = sets;
		info.adjust = semaphores;
	}
	err = user_write(to, &info, sizeof(info), NULL);
	return err != 0 ? err : MAX(highest, 0);
}

static int64_t
change(int32_t id, vaddr_t from)
{
	struct linux_semid_ds in;
	struct sysv_owner owner;
	int err = user_read(&in, from, sizeof(in), NULL);

	if (err != 0)
		return err;
	linux_ipc_perm_read(&owner, &in.perm);
	return sem_change(id, &owner);
}

/* GETALL, SETALL: as many values as there are semaphores. */
static int64_t
all_values(int32_t id, vaddr_t at, bool set)
{
	uint16_t *values = heap_alloc(SEM_SET_MAX * sizeof(*values));
	int result;

	if (values == NULL)
		return -ENOMEM;
	if (set) {
		result = sem_count(id);
		if (result >= 0)
			result = user_read(values, at,
			    (uint32_t)result * sizeof(*values), NULL);
		if (result == 0)
			result = sem_set_all(id, values);
	} else {
		result = sem_get_all(id, values);
		if (result > 0)
			result = user_write(at, values,
			    (uint32_t)result * sizeof(*values), NULL);
	}
	heap_free(values);
	return result;
}

/* Commands about one semaphore. */
static int64_t
control_one(int32_t id, int32_t index, int32_t command, uint64_t argument)
{
	switch (command) {
	case GETVAL:
		return sem_ask(id, index, SEM_VALUE);
	case GETPID:
		return sem_ask(id, index, SEM_LAST);
	case GETNCNT:
		return sem_ask(id, index, SEM_WAITING_MORE);
	case GETZCNT:
		return sem_ask(id, index, SEM_WAITING_ZERO);
	case SETVAL:
		return sem_set(id, index, (int32_t)argument);
	default:
		return -EINVAL;
	}
}

int64_t
linux_semctl(const struct linux_args *args)
{
	int32_t id = (int32_t)args->a[0], command = (int32_t)args->a[2];
	vaddr_t buffer = args->a[3];

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_RMID:
		return sem_remove(id);
	case IPC_SET:
		return change(id, buffer);
	case IPC_STAT:
		return status_write(SYSV_ID, id, buffer);
	case SEM_STAT:
		return status_write(SYSV_INDEX, id, buffer);
	case SEM_STAT_ANY:
		return status_write(SYSV_INDEX_ANY, id, buffer);
	case IPC_INFO:
	case SEM_INFO:
		return info_write(buffer, command == SEM_INFO);
	case GETALL:
	case SETALL:
		return all_values(id, buffer, command == SETALL);
	default:
		return control_one(id, (int32_t)args->a[1], command, buffer);
	}
}
