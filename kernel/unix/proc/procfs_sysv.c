/* What /proc tells of System V IPC: sysvipc/ and its limits in sys/kernel/. */
#include "unix/proc/procfs.h"

#include "core/base/params.h"
#include "core/cpu/sv39.h"
#include "unix/proc/sysv/msg.h"
#include "unix/proc/sysv/sem.h"
#include "unix/proc/sysv/shm.h"

/* A number that, printed as a decimal one, shows the octal digits of a mode. */
static uint32_t
octal(uint32_t mode)
{
	uint32_t shown = 0;

	for (uint32_t place = 1; mode != 0; mode >>= 3, place *= 10)
		shown += (mode & 7) * place;
	return shown;
}

/* A name of its own: key, number and permissions. */
static void
put_name(struct report *report, int32_t id, const struct sysv_owner *owner)
{
	report_print(report, "%10d %10d  %4u ", owner->key, id,
	    octal(owner->mode));
}

static void
put_owner(struct report *report, const struct sysv_owner *owner)
{
	report_print(report, "%5u %5u %5u %5u ", owner->uid, owner->gid,
	    owner->maker_uid, owner->maker_gid);
}

int
procfs_sysv_shm(const struct procfs_target *target, struct report *report)
{
	struct shm_totals totals;
	struct shm_status it;

	(void)target;
	report_print(report, "       key      shmid perms                  size"
	    "  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime"
	    "      ctime                   rss                  swap\n");
	shm_totals(&totals);
	for (int32_t i = 0; i <= totals.highest; i++) {
		if (shm_status(SYSV_INDEX_ANY, i, &it) != 0)
			continue;
		put_name(report, it.id, &it.owner);
		report_print(report, "%21lu %5d %5d  %5lu ", it.bytes, it.maker,
		    it.last, it.nattached);
		put_owner(report, &it.owner);
		report_print(report, "%10ld %10ld %10ld %21lu %21u\n",
		    it.attached, it.detached, it.changed,
		    it.resident * PAGE_BYTES, 0);
	}
	return 0;
}

int
procfs_sysv_sem(const struct procfs_target *target, struct report *report)
{
	int32_t sets, semaphores, highest;
	struct sem_status it;

	(void)target;
	report_print(report, "       key      semid perms      nsems   uid   gid"
	    "  cuid  cgid      otime      ctime\n");
	sem_totals(&sets, &semaphores, &highest);
	for (int32_t i = 0; i <= highest; i++) {
		if (sem_status(SYSV_INDEX_ANY, i, &it) != 0)
			continue;
		put_name(report, it.id, &it.owner);
		report_print(report, "%10u ", it.count);
		put_owner(report, &it.owner);
		report_print(report, "%10ld %10ld\n", it.operated, it.changed);
	}
	return 0;
}

int
procfs_sysv_msg(const struct procfs_target *target, struct report *report)
{
	struct msg_totals totals;
	struct msg_status it;

	(void)target;
	report_print(report, "       key      msqid perms      cbytes       qnum"
	    " lspid lrpid   uid   gid  cuid  cgid      stime      rtime"
	    "      ctime\n");
	msg_totals(&totals);
	for (int32_t i = 0; i <= totals.highest; i++) {
		if (msg_status(SYSV_INDEX_ANY, i, &it) != 0)
			continue;
		put_name(report, it.id, &it.owner);
		report_print(report, " %10lu %10lu %5d %5d ", it.nbytes,
		    it.count, it.sender, it.receiver);
		put_owner(report, &it.owner);
		report_print(report, "%10ld %10ld %10ld\n", it.sent,
		    it.received, it.changed);
	}
	return 0;
}

int
procfs_sem(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%d\t%d\t%d\t%d\n", SEM_SET_MAX,
	    SYSV_ITEMS_MAX * SEM_SET_MAX, SEM_OPERATIONS_MAX, SYSV_ITEMS_MAX);
	return 0;
}

int
procfs_sysv_items(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%d\n", SYSV_ITEMS_MAX);
	return 0;
}

int
procfs_msgmax(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%d\n", MSG_BYTES_MAX);
	return 0;
}

int
procfs_msgmnb(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%d\n", MSG_QUEUE_BYTES);
	return 0;
}

int
procfs_shmmax(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%lu\n", SHM_BYTES_MAX);
	return 0;
}
