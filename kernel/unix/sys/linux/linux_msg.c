/* System V message queues. */
#include "unix/sys/linux/linux_sysv.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/proc/sysv/msg.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

#define MSG_NOERROR	010000u
#define MSG_EXCEPT	020000u
#define MSG_COPY	040000u

int64_t
linux_msgget(const struct linux_args *args)
{
	return msg_get((int32_t)args->a[0], (uint32_t)args->a[1]);
}

/* id, type and text, bytes of the text, flags */
int64_t
linux_msgsnd(const struct linux_args *args)
{
	int64_t type;
	struct msg *msg;
	int err;

	if (args->a[2] > MSG_BYTES_MAX || (int32_t)args->a[0] < 0)
		return -EINVAL;
	err = user_read(&type, args->a[1], sizeof(type), NULL);
	if (err != 0)
		return err;
	if (type < 1)
		return -EINVAL;
	msg = msg_make(type, args->a[2]);
	if (msg == NULL)
		return -ENOMEM;
	err = msg_read(msg, args->a[1] + sizeof(type));
	if (err == 0)
		err = msg_send((int32_t)args->a[0], msg,
		    args->a[3] & IPC_NOWAIT);
	if (err != 0)
		msg_free(msg);
	return err;
}

/* id, where to, bytes there, type, flags */
int64_t
linux_msgrcv(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[4];
	const struct msg_request request = {
		.type = (int64_t)args->a[3],
		.except = flags & MSG_EXCEPT,
		.nowait = flags & IPC_NOWAIT,
		.cut = flags & MSG_NOERROR,
		.bytes_max = args->a[2],
	};
	struct msg *msg;
	uint64_t len;
	int64_t type;
	int err;

	/* As a Linux made without checkpointing has it. */
	if (flags & MSG_COPY)
		return -ENOSYS;
	if ((int32_t)args->a[0] < 0 || (int64_t)args->a[2] < 0)
		return -EINVAL;
	err = msg_receive((int32_t)args->a[0], &request, &msg);
	if (err != 0)
		return err;
	type = msg_type(msg);
	len = MIN(msg_bytes(msg), request.bytes_max);
	err = user_write(args->a[1], &type, sizeof(type), NULL);
	if (err == 0)
		err = msg_write(msg, args->a[1] + sizeof(type), len);
	msg_free(msg);
	return err != 0 ? err : (int64_t)len;
}

/* returns: 0; as a command by place has it, the number */
static int64_t
status_write(enum sysv_which which, int32_t id, vaddr_t to)
{
	struct linux_msqid_ds out;
	struct msg_status status;
	int err = msg_status(which, id, &status);

	if (err != 0)
		return err;
	memset(&out, 0, sizeof(out));
	linux_ipc_perm_make(&out.perm, &status.owner);
	out.stime = status.sent;
	out.rtime = status.received;
	out.ctime = status.changed;
	out.nbytes = status.nbytes;
	out.count = status.count;
	out.bytes_max = status.bytes_max;
	out.lspid = status.sender;
	out.lrpid = status.receiver;
	err = user_write(to, &out, sizeof(out), NULL);
	return err != 0 || which == SYSV_ID ? err : status.id;
}

/* used: MSG_INFO, which tells three of them otherwise */
static int64_t
info_write(vaddr_t to, bool used)
{
	struct linux_msginfo info = {
		.pool = SYSV_ITEMS_MAX * (MSG_QUEUE_BYTES / 1024),
		.map = MSG_QUEUE_BYTES,
		.bytes = MSG_BYTES_MAX,
		.queue_bytes = MSG_QUEUE_BYTES,
		.queues = SYSV_ITEMS_MAX,
		.segment_bytes = 16,
		.all = MSG_QUEUE_BYTES,
		.segments = UINT16_MAX,
	};
	struct msg_totals totals;
	int err;

	msg_totals(&totals);
	if (used) {
		info.pool = totals.count;
		info.map = (int32_t)MIN(totals.messages, (uint64_t)INT32_MAX);
		info.all = (int32_t)MIN(totals.nbytes, (uint64_t)INT32_MAX);
	}
	err = user_write(to, &info, sizeof(info), NULL);
	return err != 0 ? err : MAX(totals.highest, 0);
}

static int64_t
change(int32_t id, vaddr_t from)
{
	struct linux_msqid_ds in;
	struct sysv_owner owner;
	int err = user_read(&in, from, sizeof(in), NULL);

	if (err != 0)
		return err;
	linux_ipc_perm_read(&owner, &in.perm);
	return msg_change(id, &owner, in.bytes_max);
}

int64_t
linux_msgctl(const struct linux_args *args)
{
	int32_t id = (int32_t)args->a[0], command = (int32_t)args->a[1];
	vaddr_t buffer = args->a[2];

	if (id < 0 || command < 0)
		return -EINVAL;
	switch (command) {
	case IPC_RMID:
		return msg_remove(id);
	case IPC_SET:
		return change(id, buffer);
	case IPC_STAT:
		return status_write(SYSV_ID, id, buffer);
	case MSG_STAT:
		return status_write(SYSV_INDEX, id, buffer);
	case MSG_STAT_ANY:
		return status_write(SYSV_INDEX_ANY, id, buffer);
	case IPC_INFO:
	case MSG_INFO:
		return info_write(buffer, command == MSG_INFO);
	default:
		return -EINVAL;
	}
}
