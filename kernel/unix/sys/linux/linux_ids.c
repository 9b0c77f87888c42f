/*
 * Who a thread is: user and group ids, and capabilities as far as "root or
 * not" says them.
 *
 * The four ids of a user and those of a group follow the same rules, so they
 * are worked on as one struct ids.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"

struct ids {
	uint32_t real, effective, saved, files;
};

#define ID_KEEP		UINT32_MAX	/* -1: leave it as it is */

static bool
is_root(void)
{
	return credentials_privileged(proc_credentials());
}

static struct ids
ids_of(const struct credentials *who, bool group)
{
	const struct ids user = { who->uid, who->euid, who->suid, who->fsuid };
	const struct ids groups = { who->gid, who->egid, who->sgid,
	    who->fsgid };

	return group ? groups : user;
}

/* What a change of user does to the rights of root, as Linux has it. */
static void
rights_follow(struct credentials *who, const struct credentials *was)
{
	if (credentials_has_root_id(was) && !credentials_has_root_id(who))
		who->may_rise = was->keeps_rights &&
		    credentials_permitted(was);
	if (was->euid == 0 && who->euid != 0)
		who->empowered = false;
	if (credentials_has_root_id(who))
		who->may_rise = false;
	if (who->euid == 0)
		who->empowered = false;
}

static int64_t
ids_set(const struct ids *ids, bool group)
{
	struct credentials who = *proc_credentials();

	if (group) {
		who.gid = ids->real;
		who.egid = ids->effective;
		who.sgid = ids->saved;
		who.fsgid = ids->files;
	} else {
		who.uid = ids->real;
		who.euid = ids->effective;
		who.suid = ids->saved;
		who.fsuid = ids->files;
		rights_follow(&who, proc_credentials());
	}
	proc_set_credentials(&who);
	return 0;
}

/* Whether an ordinary user may make `id` his own. */
static bool
ids_have(const struct ids *ids, uint32_t id)
{
	return id == ID_KEEP || id == ids->real || id == ids->effective ||
	    id == ids->saved;
}

static int64_t
change_one(uint32_t id, bool group)
{
	struct ids ids = ids_of(proc_credentials(), group);

	if (id == ID_KEEP)
		return -EINVAL;
	if (is_root())
		ids.real = ids.saved = id;
	else if (id != ids.real && id != ids.saved)
		return -EPERM;
	ids.effective = ids.files = id;
	return ids_set(&ids, group);
}

static int64_t
change_two(uint32_t real, uint32_t effective, bool group)
{
	struct ids ids = ids_of(proc_credentials(), group);
	uint32_t was = ids.real;

	if (!is_root() && ((real != ID_KEEP && real != ids.real &&
	    real != ids.effective) || !ids_have(&ids, effective)))
		return -EPERM;
	if (real != ID_KEEP)
		ids.real = real;
	if (effective != ID_KEEP)
		ids.effective = effective;
	if (real != ID_KEEP || (effective != ID_KEEP && effective != was))
		ids.saved = ids.effective;
	ids.files = ids.effective;
	return ids_set(&ids, group);
}

static int64_t
change_three(uint32_t real, uint32_t effective, uint32_t saved, bool group)
{
	struct ids ids = ids_of(proc_credentials(), group);

	if (!is_root() && (!ids_have(&ids, real) ||
	    !ids_have(&ids, effective) || !ids_have(&ids, saved)))
		return -EPERM;
	if (real != ID_KEEP)
		ids.real = real;
	if (effective != ID_KEEP)
		ids.effective = effective;
	if (saved != ID_KEEP)
		ids.saved = saved;
	ids.files = ids.effective;
	return ids_set(&ids, group);
}

/* returns: the id for files from before, whether it changed or not */
static int64_t
change_files(uint32_t id, bool group)
{
	struct ids ids = ids_of(proc_credentials(), group);
	uint32_t was = ids.files;

	if (id != ID_KEEP && (is_root() || id == was || ids_have(&ids, id))) {
		ids.files = id;
		ids_set(&ids, group);
	}
	return was;
}

static int64_t
ids_tell(const struct linux_args *args, bool group)
{
	struct ids ids = ids_of(proc_credentials(), group);
	int err;

	err = user_write(args->a[0], &ids.real, sizeof(ids.real), NULL);
	if (err == 0)
		err = user_write(args->a[1], &ids.effective,
		    sizeof(ids.effective), NULL);
	if (err == 0)
		err = user_write(args->a[2], &ids.saved, sizeof(ids.saved),
		    NULL);
	return err;
}

int64_t
linux_getuid(const struct linux_args *args)
{
	(void)args;
	return proc_credentials()->uid;
}

int64_t
linux_geteuid(const struct linux_args *args)
{
	(void)args;
	return proc_credentials()->euid;
}

int64_t
linux_getgid(const struct linux_args *args)
{
	(void)args;
	return proc_credentials()->gid;
}

int64_t
linux_getegid(const struct linux_args *args)
{
	(void)args;
	return proc_credentials()->egid;
}

int64_t
linux_setuid(const struct linux_args *args)
{
	return change_one((uint32_t)args->a[0], false);
}

int64_t
linux_setgid(const struct linux_args *args)
{
	return change_one((uint32_t)args->a[0], true);
}

int64_t
linux_setreuid(const struct linux_args *args)
{
	return change_two((uint32_t)args->a[0], (uint32_t)args->a[1], false);
}

int64_t
linux_setregid(const struct linux_args *args)
{
	return change_two((uint32_t)args->a[0], (uint32_t)args->a[1], true);
}

int64_t
linux_setresuid(const struct linux_args *args)
{
	return change_three((uint32_t)args->a[0], (uint32_t)args->a[1],
	    (uint32_t)args->a[2], false);
}

int64_t
linux_setresgid(const struct linux_args *args)
{
	return change_three((uint32_t)args->a[0], (uint32_t)args->a[1],
	    (uint32_t)args->a[2], true);
}

int64_t
linux_setfsuid(const struct linux_args *args)
{
	return change_files((uint32_t)args->a[0], false);
}

int64_t
linux_setfsgid(const struct linux_args *args)
{
	return change_files((uint32_t)args->a[0], true);
}

int64_t
linux_getresuid(const struct linux_args *args)
{
	return ids_tell(args, false);
}

int64_t
linux_getresgid(const struct linux_args *args)
{
	return ids_tell(args, true);
}

int64_t
linux_getgroups(const struct linux_args *args)
{
	const struct credentials *who = proc_credentials();
	int32_t room = (int32_t)args->a[0];
	int err;

	if (room < 0 || (room > 0 && (uint32_t)room < who->ngroups))
		return -EINVAL;
	if (room == 0 || who->ngroups == 0)
		return who->ngroups;
	err = user_write(args->a[1], who->groups,
	    who->ngroups * sizeof(who->groups[0]), NULL);
	return err != 0 ? err : (int64_t)who->ngroups;
}

int64_t
linux_setgroups(const struct linux_args *args)
{
	struct credentials who = *proc_credentials();
	uint32_t count = (uint32_t)args->a[0];
	int err;

	if (!is_root())
		return -EPERM;
	if (count > ARRAY_LEN(who.groups))
		return -EINVAL;
	memset(who.groups, 0, sizeof(who.groups));
	err = user_read(who.groups, args->a[1],
	    count * sizeof(who.groups[0]), NULL);
	if (err != 0)
		return err;
	who.ngroups = count;
	proc_set_credentials(&who);
	return 0;
}
