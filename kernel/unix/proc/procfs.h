/*
 * What /proc shows: the makers of its files, for the table in procfs_table.c
 * (unix/fs/procfs/procfs.h has the file system).  Formats are Linux's, as
 * procps, busybox and glibc read them.
 */
#pragma once

#include "unix/fs/procfs/procfs.h"
#include "unix/proc/snapshot.h"

/* The directories of the table, and what its entries speak of; all other nodes
 * stand behind them. */
enum procfs_directory {
	PROCFS_ROOT,
	PROCFS_PID,
	PROCFS_TASK,
	PROCFS_TID,
	PROCFS_FD,
	PROCFS_FD_ENTRY,
	PROCFS_FD_PIPE,
	PROCFS_FDINFO,
	PROCFS_FDINFO_ENTRY,
	PROCFS_SYSVIPC,
	PROCFS_SYS,
	PROCFS_SYS_KERNEL,
	PROCFS_SYS_KERNEL_RANDOM,
	PROCFS_SYS_VM,
	PROCFS_SYS_FS,
	PROCFS_SYS_FS_INOTIFY,
	PROCFS_COWSLIP,
	SYSFS_ROOT,
	SYSFS_DEVICES,
	SYSFS_SYSTEM,
	SYSFS_CPU,
	SYSFS_CPU_ENTRY,
	SYSFS_CPU_TOPOLOGY,
	SYSFS_NODE,
	SYSFS_KERNEL,
};

/* The process, or the thread, of a target.  returns: 0 or -ESRCH */
int procfs_snapshot(const struct procfs_target *target,
    struct proc_snapshot *out);
/* The thread's number, or the process's. */
static inline int32_t
procfs_tid(const struct procfs_target *target)
{
	return target->number != 0 ? (int32_t)target->number - 1 : target->pid;
}

#define MAKER(name) \
	int procfs_##name(const struct procfs_target *target, \
	    struct report *report)
#define TAKER(name) \
	int procfs_##name(const struct procfs_target *target, char *text, \
	    size_t len)
#define LINK(name) \
	int64_t procfs_##name(const struct procfs_target *target, char *to, \
	    size_t size)
#define FOLLOWER(name) \
	int procfs_##name(const struct procfs_target *target, \
	    struct vnode **out)
#define LEADER(name) \
	void procfs_##name(struct procfs_target *target)
#define NUMBERS(name) \
	bool procfs_##name(const struct procfs_target *target, \
	    uint32_t number, uint32_t *found)

/* procfs_process.c */
MAKER(stat);
MAKER(status);
MAKER(statm);
MAKER(comm);
TAKER(set_comm);
MAKER(limits);
MAKER(schedstat);
MAKER(personality);
MAKER(oom_adjust);
TAKER(set_oom_adjust);
NUMBERS(pids);
NUMBERS(tids);
/* procfs_memory.c */
MAKER(maps);
MAKER(smaps);
MAKER(smaps_rollup);
MAKER(cmdline);
MAKER(environ);
MAKER(auxv);
int64_t procfs_read_memory(const struct procfs_target *target,
    struct uio *uio, uint64_t *offset);
int64_t procfs_write_memory(const struct procfs_target *target,
    struct uio *uio, uint64_t *offset);
/* procfs_files.c */
LINK(self);
LINK(thread_self);
LINK(exe);
LINK(cwd);
LINK(root);
LINK(fd);
FOLLOWER(follow_exe);
FOLLOWER(follow_cwd);
FOLLOWER(follow_root);
FOLLOWER(follow_fd);
LEADER(lead_self);
LEADER(lead_thread_self);
LEADER(lead_pipe);
extern const struct file_ops procfs_pipe_ops;
NUMBERS(fds);
MAKER(fdinfo);
MAKER(mounts);
MAKER(mountinfo);
/* procfs_system.c */
MAKER(system_stat);
MAKER(meminfo);
MAKER(vmstat);
MAKER(cpuinfo);
MAKER(uptime);
MAKER(loadavg);
MAKER(version);
MAKER(filesystems);
MAKER(boot_arguments);
MAKER(partitions);
MAKER(audit);
MAKER(memory);
MAKER(harts);
MAKER(harts_last);
MAKER(hart_id);
NUMBERS(hart_numbers);
/* procfs_sysv.c */
MAKER(sysv_shm);
MAKER(sysv_sem);
MAKER(sysv_msg);
MAKER(sysv_items);
MAKER(sem);
MAKER(shmmax);
MAKER(msgmax);
MAKER(msgmnb);
/* procfs_settings.c */
MAKER(hostname);
TAKER(set_hostname);
MAKER(domainname);
TAKER(set_domainname);
MAKER(pid_max);
MAKER(threads_max);
MAKER(groups_max);
MAKER(uuid);
MAKER(boot_id);
MAKER(file_max);
MAKER(file_nr);
MAKER(nr_open);
MAKER(pipe_max);
MAKER(inotify_max);

/* What a process's memory holds, in pages, by what it is for. */
struct procfs_sizes {
	uint64_t promised, resident;
	uint32_t resident_most;		/* at any time */
	uint64_t resident_anon, resident_file, resident_shared;
	uint64_t data, stack, code, library, tables;
};

/* procfs_memory.c: all zero where there is no memory. */
void procfs_sizes(int32_t pid, struct procfs_sizes *sizes);
