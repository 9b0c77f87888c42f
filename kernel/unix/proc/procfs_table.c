/* All files of /proc and of /sys (unix/fs/procfs/procfs.h). */
#include "unix/proc/procfs.h"

#include "core/base/params.h"
#include "unix/proc/nodename.h"

#define DIRECTORY(n, up, m, ...) \
	{ .name = (n), .parent = (up), .type = VNODE_DIRECTORY, .mode = (m), \
	    ##__VA_ARGS__ }
#define FILE(n, up, m, ...) \
	{ .name = (n), .parent = (up), .type = VNODE_FILE, .mode = (m), \
	    ##__VA_ARGS__ }
#define SYMLINK(n, up, l, ...) \
	{ .name = (n), .parent = (up), .type = VNODE_SYMLINK, .mode = 0777, \
	    .link = (l), ##__VA_ARGS__ }
/* One that always says the same. */
#define CONSTANT(n, up, t)	FILE(n, up, 0444, .text = (t))

/* What a process's directory and a thread's have in common. */
#define OF_BOTH(up) \
	SYMLINK("exe", up, procfs_exe, .follow = procfs_follow_exe, \
	    .private = true), \
	FILE("stat", up, 0444, .make = procfs_stat), \
	FILE("status", up, 0444, .make = procfs_status), \
	FILE("statm", up, 0444, .make = procfs_statm), \
	FILE("schedstat", up, 0444, .make = procfs_schedstat), \
	FILE("comm", up, 0644, .make = procfs_comm, \
	    .take = procfs_set_comm), \
	FILE("cmdline", up, 0444, .make = procfs_cmdline), \
	FILE("environ", up, 0400, .make = procfs_environ, .private = true), \
	FILE("auxv", up, 0400, .make = procfs_auxv, .private = true), \
	FILE("maps", up, 0444, .make = procfs_maps, .private = true), \
	FILE("smaps", up, 0444, .make = procfs_smaps, .private = true), \
	FILE("smaps_rollup", up, 0444, .make = procfs_smaps_rollup, \
	    .private = true), \
	FILE("mem", up, 0600, .private = true, .read = procfs_read_memory, \
	    .write = procfs_write_memory), \
	FILE("limits", up, 0444, .make = procfs_limits), \
	FILE("mounts", up, 0444, .make = procfs_mounts), \
	FILE("mountinfo", up, 0444, .make = procfs_mountinfo), \
	FILE("oom_score_adj", up, 0644, .make = procfs_oom_adjust, \
	    .take = procfs_set_oom_adjust), \
	CONSTANT("oom_score", up, "0"), \
	CONSTANT("wchan", up, "0"), \
	FILE("personality", up, 0400, .make = procfs_personality, \
	    .private = true), \
	CONSTANT("coredump_filter", up, "00000000"), \
	CONSTANT("loginuid", up, "4294967295"), \
	CONSTANT("sessionid", up, "4294967295"), \
	CONSTANT("setgroups", up, "allow"), \
	CONSTANT("uid_map", up, "         0          0 4294967295"), \
	CONSTANT("gid_map", up, "         0          0 4294967295"), \
	SYMLINK("cwd", up, procfs_cwd, .follow = procfs_follow_cwd, \
	    .private = true), \
	SYMLINK("root", up, procfs_root, .follow = procfs_follow_root, \
	    .private = true)

#define SETTING(n, up, maker)	FILE(n, up, 0444, .make = (maker))

const struct procfs_node procfs_nodes[] = {
	[PROCFS_ROOT] = DIRECTORY("", PROCFS_ROOT, 0555,
	    .next = procfs_pids, .numbered = PROCFS_PID,
	    .numbers_are_pids = true),
	[PROCFS_PID] = DIRECTORY(NULL, PROCFS_ROOT, 0555),
	[PROCFS_TASK] = DIRECTORY("task", PROCFS_PID, 0555,
	    .next = procfs_tids, .numbered = PROCFS_TID),
	[PROCFS_TID] = DIRECTORY(NULL, PROCFS_TASK, 0555),
	[PROCFS_FD] = DIRECTORY("fd", PROCFS_PID, 0500, .private = true,
	    .next = procfs_fds, .numbered = PROCFS_FD_ENTRY),
	[PROCFS_FD_ENTRY] = SYMLINK(NULL, PROCFS_FD, procfs_fd,
	    .private = true, .follow = procfs_follow_fd,
	    .lead = procfs_lead_pipe),
	[PROCFS_FD_PIPE] = { .parent = PROCFS_FD, .type = VNODE_FIFO,
	    .mode = 0600, .ops = &procfs_pipe_ops },
	[PROCFS_FDINFO] = DIRECTORY("fdinfo", PROCFS_PID, 0555,
	    .private = true, .next = procfs_fds,
	    .numbered = PROCFS_FDINFO_ENTRY),
	[PROCFS_FDINFO_ENTRY] = FILE(NULL, PROCFS_FDINFO, 0444,
	    .private = true, .make = procfs_fdinfo),
	[PROCFS_SYSVIPC] = DIRECTORY("sysvipc", PROCFS_ROOT, 0555),
	[PROCFS_SYS] = DIRECTORY("sys", PROCFS_ROOT, 0555),
	[PROCFS_SYS_KERNEL] = DIRECTORY("kernel", PROCFS_SYS, 0555),
	[PROCFS_SYS_KERNEL_RANDOM] = DIRECTORY("random", PROCFS_SYS_KERNEL,
	    0555),
	[PROCFS_SYS_VM] = DIRECTORY("vm", PROCFS_SYS, 0555),
	[PROCFS_SYS_FS] = DIRECTORY("fs", PROCFS_SYS, 0555),
	[PROCFS_SYS_FS_INOTIFY] = DIRECTORY("inotify", PROCFS_SYS_FS, 0555),
	[PROCFS_COWSLIP] = DIRECTORY("cowslip", PROCFS_ROOT, 0555),
	[SYSFS_ROOT] = DIRECTORY("", SYSFS_ROOT, 0555),
	[SYSFS_DEVICES] = DIRECTORY("devices", SYSFS_ROOT, 0555),
	[SYSFS_SYSTEM] = DIRECTORY("system", SYSFS_DEVICES, 0555),
	[SYSFS_CPU] = DIRECTORY("cpu", SYSFS_SYSTEM, 0555, .prefix = "cpu",
	    .next = procfs_hart_numbers, .numbered = SYSFS_CPU_ENTRY),
	[SYSFS_CPU_ENTRY] = DIRECTORY(NULL, SYSFS_CPU, 0555),
	[SYSFS_CPU_TOPOLOGY] = DIRECTORY("topology", SYSFS_CPU_ENTRY, 0555),
	[SYSFS_NODE] = DIRECTORY("node", SYSFS_SYSTEM, 0555),
	[SYSFS_KERNEL] = DIRECTORY("kernel", SYSFS_ROOT, 0555),

	/* What is looked for most stands first. */
	SYMLINK("self", PROCFS_ROOT, procfs_self, .lead = procfs_lead_self),
	OF_BOTH(PROCFS_PID),
	OF_BOTH(PROCFS_TID),

	SYMLINK("thread-self", PROCFS_ROOT, procfs_thread_self,
	    .lead = procfs_lead_thread_self),
	FILE("mounts", PROCFS_ROOT, 0444, .make = procfs_mounts),
	FILE("stat", PROCFS_ROOT, 0444, .make = procfs_system_stat),
	FILE("meminfo", PROCFS_ROOT, 0444, .make = procfs_meminfo),
	FILE("vmstat", PROCFS_ROOT, 0444, .make = procfs_vmstat),
	FILE("cpuinfo", PROCFS_ROOT, 0444, .make = procfs_cpuinfo),
	FILE("uptime", PROCFS_ROOT, 0444, .make = procfs_uptime),
	FILE("loadavg", PROCFS_ROOT, 0444, .make = procfs_loadavg),
	FILE("version", PROCFS_ROOT, 0444, .make = procfs_version),
	FILE("filesystems", PROCFS_ROOT, 0444, .make = procfs_filesystems),
	FILE("cmdline", PROCFS_ROOT, 0444, .make = procfs_boot_arguments),
	FILE("partitions", PROCFS_ROOT, 0444, .make = procfs_partitions),
	CONSTANT("swaps", PROCFS_ROOT,
	    "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"),

	FILE("shm", PROCFS_SYSVIPC, 0444, .make = procfs_sysv_shm),
	FILE("sem", PROCFS_SYSVIPC, 0444, .make = procfs_sysv_sem),
	FILE("msg", PROCFS_SYSVIPC, 0444, .make = procfs_sysv_msg),
	SETTING("sem", PROCFS_SYS_KERNEL, procfs_sem),
	SETTING("shmmni", PROCFS_SYS_KERNEL, procfs_sysv_items),
	SETTING("shmmax", PROCFS_SYS_KERNEL, procfs_shmmax),
	SETTING("shmall", PROCFS_SYS_KERNEL, procfs_shmmax),
	SETTING("msgmni", PROCFS_SYS_KERNEL, procfs_sysv_items),
	SETTING("msgmax", PROCFS_SYS_KERNEL, procfs_msgmax),
	SETTING("msgmnb", PROCFS_SYS_KERNEL, procfs_msgmnb),

	FILE("hostname", PROCFS_SYS_KERNEL, 0644, .make = procfs_hostname,
	    .take = procfs_set_hostname),
	FILE("domainname", PROCFS_SYS_KERNEL, 0644,
	    .make = procfs_domainname, .take = procfs_set_domainname),
	CONSTANT("ostype", PROCFS_SYS_KERNEL, "Linux"),
	CONSTANT("osrelease", PROCFS_SYS_KERNEL, SYSTEM_RELEASE),
	CONSTANT("version", PROCFS_SYS_KERNEL, SYSTEM_VERSION),
	SETTING("pid_max", PROCFS_SYS_KERNEL, procfs_pid_max),
	SETTING("threads-max", PROCFS_SYS_KERNEL, procfs_threads_max),
	SETTING("ngroups_max", PROCFS_SYS_KERNEL, procfs_groups_max),
	CONSTANT("overflowuid", PROCFS_SYS_KERNEL, "65534"),
	CONSTANT("overflowgid", PROCFS_SYS_KERNEL, "65534"),
	CONSTANT("cap_last_cap", PROCFS_SYS_KERNEL, "40"),
	CONSTANT("randomize_va_space", PROCFS_SYS_KERNEL, "2"),
	CONSTANT("core_pattern", PROCFS_SYS_KERNEL, "core"),
	CONSTANT("tainted", PROCFS_SYS_KERNEL, "0"),
	CONSTANT("core_uses_pid", PROCFS_SYS_KERNEL, "0"),
	CONSTANT("dmesg_restrict", PROCFS_SYS_KERNEL, "0"),
	CONSTANT("panic", PROCFS_SYS_KERNEL, "0"),
	CONSTANT("printk", PROCFS_SYS_KERNEL, "7\t4\t1\t7"),
	CONSTANT("shm_rmid_forced", PROCFS_SYS_KERNEL, "0"),
	SETTING("uuid", PROCFS_SYS_KERNEL_RANDOM, procfs_uuid),
	SETTING("boot_id", PROCFS_SYS_KERNEL_RANDOM, procfs_boot_id),
	CONSTANT("entropy_avail", PROCFS_SYS_KERNEL_RANDOM, "256"),
	CONSTANT("poolsize", PROCFS_SYS_KERNEL_RANDOM, "256"),

	/* Memory is promised whether or not there is as much. */
	CONSTANT("overcommit_memory", PROCFS_SYS_VM, "1"),
	CONSTANT("overcommit_ratio", PROCFS_SYS_VM, "50"),
	/* Nothing counts mappings. */
	CONSTANT("max_map_count", PROCFS_SYS_VM, "2147483647"),
	CONSTANT("swappiness", PROCFS_SYS_VM, "0"),
	CONSTANT("mmap_min_addr", PROCFS_SYS_VM, "4096"),
	CONSTANT("nr_hugepages", PROCFS_SYS_VM, "0"),

	SETTING("file-max", PROCFS_SYS_FS, procfs_file_max),
	SETTING("file-nr", PROCFS_SYS_FS, procfs_file_nr),
	SETTING("nr_open", PROCFS_SYS_FS, procfs_nr_open),
	SETTING("pipe-max-size", PROCFS_SYS_FS, procfs_pipe_max),
	SETTING("max_queued_events", PROCFS_SYS_FS_INOTIFY,
	    procfs_inotify_max),
	CONSTANT("protected_hardlinks", PROCFS_SYS_FS, "1"),
	CONSTANT("suid_dumpable", PROCFS_SYS_FS, "0"),

	FILE("audit", PROCFS_COWSLIP, 0400, .make = procfs_audit),
	FILE("memory", PROCFS_COWSLIP, 0444, .make = procfs_memory),

	/* Whoever asks what there is finds that there is none of it. */
	DIRECTORY("block", SYSFS_ROOT, 0555),
	DIRECTORY("bus", SYSFS_ROOT, 0555),
	DIRECTORY("class", SYSFS_ROOT, 0555),
	DIRECTORY("fs", SYSFS_ROOT, 0555),
	DIRECTORY("mm", SYSFS_KERNEL, 0555),
	SETTING("online", SYSFS_CPU, procfs_harts),
	SETTING("possible", SYSFS_CPU, procfs_harts),
	SETTING("present", SYSFS_CPU, procfs_harts),
	CONSTANT("offline", SYSFS_CPU, ""),
	SETTING("kernel_max", SYSFS_CPU, procfs_harts_last),
	CONSTANT("online", SYSFS_CPU_ENTRY, "1"),
	SETTING("core_id", SYSFS_CPU_TOPOLOGY, procfs_hart_id),
	CONSTANT("physical_package_id", SYSFS_CPU_TOPOLOGY, "0"),
	SETTING("core_siblings_list", SYSFS_CPU_TOPOLOGY, procfs_harts),
	SETTING("package_cpus_list", SYSFS_CPU_TOPOLOGY, procfs_harts),
	SETTING("thread_siblings_list", SYSFS_CPU_TOPOLOGY, procfs_hart_id),
	SETTING("core_cpus_list", SYSFS_CPU_TOPOLOGY, procfs_hart_id),
	CONSTANT("online", SYSFS_NODE, "0"),
	CONSTANT("possible", SYSFS_NODE, "0"),
};

const uint32_t procfs_nnodes = ARRAY_LEN(procfs_nodes);
const uint32_t procfs_sysfs_root = SYSFS_ROOT;
