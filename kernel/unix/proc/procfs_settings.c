/* /proc/sys: what the kernel's limits are; some may be set. */
#include "unix/proc/procfs.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "unix/dev/random.h"
#include "unix/fs/file.h"
#include "unix/proc/nodename.h"
#include "unix/proc/proc.h"

#define UUID_BYTES	16

static int
put_number(struct report *report, uint64_t number)
{
	report_print(report, "%lu\n", number);
	return 0;
}

int
procfs_hostname(const struct procfs_target *target, struct report *report)
{
	char name[NODENAME_BYTES];

	(void)target;
	nodename_get(name);
	report_print(report, "%s\n", name);
	return 0;
}

int
procfs_domainname(const struct procfs_target *target, struct report *report)
{
	char name[NODENAME_BYTES];

	(void)target;
	domainname_get(name);
	report_print(report, "%s\n", name);
	return 0;
}

/* Cut a name's newline off.  returns: 0; -EPERM, -EINVAL */
static int
check_name(char *text, size_t len)
{
	if (proc_credentials()->euid != 0)
		return -EPERM;
	if (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	return len < NODENAME_BYTES && strlen(text) == len ? 0 : -EINVAL;
}

int
procfs_set_hostname(const struct procfs_target *target, char *text,
    size_t len)
{
	int err = check_name(text, len);

	(void)target;
	if (err == 0)
		nodename_set(text);
	return err;
}

int
procfs_set_domainname(const struct procfs_target *target, char *text,
    size_t len)
{
	int err = check_name(text, len);

	(void)target;
	if (err == 0)
		domainname_set(text);
	return err;
}

int
procfs_pid_max(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, TID_MAX);
}

int
procfs_threads_max(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, thread_capacity());
}

int
procfs_groups_max(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, GROUPS_MAX);
}

int
procfs_nr_open(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, DESCRIPTORS_MAX);
}

int
procfs_pipe_max(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, PIPE_BYTES_MAX);
}

int
procfs_file_max(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, file_capacity());
}

int
procfs_file_nr(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%u\t0\t%u\n", file_count(), file_capacity());
	return 0;
}

/* RFC 4122, version 4: random but for six bits. */
static void
put_uuid(struct report *report, const uint8_t random[UUID_BYTES])
{
	for (int i = 0; i < UUID_BYTES; i++) {
		uint8_t byte = random[i];

		if (i == 6)
			byte = (byte & 0x0f) | 0x40;
		else if (i == 8)
			byte = (byte & 0x3f) | 0x80;
		report_print(report, i == 4 || i == 6 || i == 8 || i == 10 ?
		    "-%02x" : "%02x", byte);
	}
	report_print(report, "\n");
}

int
procfs_uuid(const struct procfs_target *target, struct report *report)
{
	uint8_t random[UUID_BYTES];

	(void)target;
	random_bytes(random, sizeof(random));
	put_uuid(report, random);
	return 0;
}

/* The same until the machine is started again. */
int
procfs_boot_id(const struct procfs_target *target, struct report *report)
{
	static struct spinlock lock = SPINLOCK("boot id", RANK_POOL);
	static uint8_t id[UUID_BYTES];	/* [lock] */
	static bool drawn;		/* [lock] */
	uint8_t copy[UUID_BYTES];

	(void)target;
	spin_lock(&lock);
	if (!drawn)
		random_bytes(id, sizeof(id));
	drawn = true;
	memcpy(copy, id, sizeof(copy));
	spin_unlock(&lock);
	put_uuid(report, copy);
	return 0;
}

int
procfs_inotify_max(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return put_number(report, INOTIFY_EVENTS_MAX);
}
