/*
 * Capabilities: root has all of them, everybody else none.  Root may give up
 * all of them, and has them again with the next program it runs.  Who was root
 * and asked to keep them (PR_SET_KEEPCAPS) may take all of them again, until
 * then.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"

#define VERSION_1	0x19980330u	/* one word of each set */
#define VERSION_2	0x20071026u	/* two */
#define VERSION_3	0x20080522u	/* two */

#define CAPABILITY_LAST	40
#define ALL_LOW		UINT32_MAX
#define ALL_HIGH	((1u << (CAPABILITY_LAST - 31)) - 1)

struct header {
	uint32_t version;
	int32_t pid;
};

struct sets {
	uint32_t effective, permitted, inheritable;
};

/*
 * Read the header; where its version is unknown, write the one we know.
 * returns: how many words a set has, or -EINVAL, -EFAULT
 */
static int
header_read(struct header *header, vaddr_t at)
{
	const uint32_t version = VERSION_3;
	int err = user_read(header, at, sizeof(*header), NULL);

	if (err != 0)
		return err;
	if (header->version == VERSION_1)
		return 1;
	if (header->version == VERSION_2 || header->version == VERSION_3)
		return 2;
	err = user_write(at, &version, sizeof(version), NULL);
	return err != 0 ? err : -EINVAL;
}

static void
sets_of(const struct credentials *who, struct sets sets[2])
{
	memset(sets, 0, 2 * sizeof(sets[0]));
	if (credentials_privileged(who)) {
		sets[0].effective = ALL_LOW;
		sets[1].effective = ALL_HIGH;
	}
	if (credentials_permitted(who)) {
		sets[0].permitted = ALL_LOW;
		sets[1].permitted = ALL_HIGH;
	}
}

int64_t
linux_capget(const struct linux_args *args)
{
	struct credentials who;
	struct header header;
	struct sets sets[2];
	int err, nwords = header_read(&header, args->a[0]);

	/* Asking with no place to write is how the version is asked for. */
	if (nwords == -EINVAL && args->a[1] == 0)
		return 0;
	if (nwords < 0)
		return nwords;
	if (header.pid < 0)
		return -EINVAL;
	err = proc_credentials_of(header.pid, &who);
	if (err != 0)
		return err;
	sets_of(&who, sets);
	return user_write(args->a[1], sets, nwords * sizeof(sets[0]), NULL);
}

static bool
sets_equal(const struct sets *a, const struct sets *b, int nwords)
{
	for (int i = 0; i < nwords; i++) {
		if (a[i].effective != b[i].effective ||
		    a[i].permitted != b[i].permitted)
			return false;
	}
	return true;
}

int64_t
linux_capset(const struct linux_args *args)
{
	const struct proc_thread *self = proc_thread_this();
	struct sets sets[2], wanted[2] = { { 0 } };
	struct sets rights[2] = { { 0 } };
	const struct sets none[2] = { { 0 } };
	struct credentials who;
	struct header header;
	int err, nwords = header_read(&header, args->a[0]);

	if (nwords < 0)
		return nwords;
	if (header.pid != 0 && header.pid != self->tid)
		return -EPERM;
	err = user_read(wanted, args->a[1], nwords * sizeof(wanted[0]), NULL);
	if (err != 0)
		return err;
	sets_of(proc_credentials(), sets);
	/* Bits above the last are ignored, as on Linux. */
	wanted[1].effective &= ALL_HIGH;
	wanted[1].permitted &= ALL_HIGH;
	if (wanted[0].inheritable != 0 || wanted[1].inheritable != 0)
		return -EPERM;
	if (sets_equal(wanted, sets, nwords))
		return 0;
	who = *proc_credentials();
	rights[0].permitted = ALL_LOW;
	rights[1].permitted = ALL_HIGH;
	if (sets_equal(wanted, none, nwords)) {
		who.powerless = true;
		who.empowered = who.may_rise = false;
	} else if (!credentials_permitted(&who)) {
		return -EPERM;
	} else if (who.euid != 0 && sets_equal(wanted, rights, nwords)) {
		who.empowered = false;
	} else {
		rights[0].effective = ALL_LOW;
		rights[1].effective = ALL_HIGH;
		if (!sets_equal(wanted, rights, nwords))
			return -EPERM;
		who.empowered = true;
	}
	proc_set_credentials(&who);
	return 0;
}
