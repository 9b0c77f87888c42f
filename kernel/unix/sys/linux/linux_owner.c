#include "unix/sys/linux/linux_owner.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/file_async.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"

/* struct f_owner_ex */
struct linux_owner {
	int32_t kind, id;
};

/* Whether there is such a thread, process or group: 0 or -ESRCH. */
static int
owner_check(enum file_owner_kind kind, int32_t id)
{
	const struct signal_info nothing = { 0 };
	struct credentials who;

	if (kind != FILE_OWNER_GROUP)
		return proc_credentials_of(id, &who);
	return signal_kill(-id, &nothing) == -ESRCH ? -ESRCH : 0;
}

static int64_t
owner_set(struct file *file, enum file_owner_kind kind, int32_t id)
{
	const struct credentials *self = proc_credentials();
	const struct file_owner owner = { kind, id, self->uid, self->euid };
	int err = id == 0 ? 0 : owner_check(kind, id);

	return err != 0 ? err : file_async_set_owner(file, &owner);
}

int64_t
linux_owner_set(struct file *file, int32_t owner)
{
	if (owner == INT32_MIN)
		return -EINVAL;
	return owner < 0 ? owner_set(file, FILE_OWNER_GROUP, -owner) :
	    owner_set(file, FILE_OWNER_PROCESS, owner);
}

int64_t
linux_owner_get(struct file *file)
{
	struct file_owner owner;

	file_async_owner(file, &owner);
	return owner.kind == FILE_OWNER_GROUP ? -owner.id : owner.id;
}

int64_t
linux_owner_set_any(struct file *file, vaddr_t from)
{
	struct linux_owner in;
	int err = user_read(&in, from, sizeof(in), NULL);

	if (err != 0)
		return err;
	if (in.kind < FILE_OWNER_THREAD || in.kind > FILE_OWNER_GROUP)
		return -EINVAL;
	if (in.id < 0)
		return -ESRCH;
	return owner_set(file, (enum file_owner_kind)in.kind, in.id);
}

int64_t
linux_owner_get_any(struct file *file, vaddr_t to)
{
	struct linux_owner out;
	struct file_owner owner;

	file_async_owner(file, &owner);
	out = (struct linux_owner){ (int32_t)owner.kind, owner.id };
	return user_write(to, &out, sizeof(out), NULL);
}

int
linux_file_set_flags(struct file *file, int32_t fd, uint32_t flags)
{
	bool on = flags & FILE_ASYNC, was = file_flags(file) & FILE_ASYNC;
	int err = 0;

	if (on != was && file->ops->poll != NULL)
		err = file_async_switch(file, on, fd);
	return err != 0 ? err : file_set_flags(file, flags);
}
