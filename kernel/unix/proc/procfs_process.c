/* What /proc tells of a process or thread, but for its memory and files. */
#include "unix/proc/procfs.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/hart.h"
#include "core/cpu/sv39.h"
#include "core/task/clock.h"
#include "core/vm/space.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/place.h"
#include "unix/proc/memory.h"
#include "unix/proc/table.h"

#define OOM_ADJUST_MAX	1000	/* and its negative */

#define STAT_FIELDS	52
#define NICE_ZERO	20	/* the priority of a nice value of 0 */
#define PAGE_KIB	(PAGE_BYTES / 1024)

int
procfs_snapshot(const struct procfs_target *target,
    struct proc_snapshot *out)
{
	int err;

	if (target->number == 0)
		return proc_snapshot(target->pid, out);
	err = proc_snapshot_thread(procfs_tid(target), out);
	return err == 0 && out->pid != target->pid ? -ESRCH : err;
}

bool
procfs_pids(const struct procfs_target *target, uint32_t number,
    uint32_t *found)
{
	(void)target;
	*found = (uint32_t)proc_next((int32_t)number - 1);
	return *found != 0;
}

bool
procfs_tids(const struct procfs_target *target, uint32_t number,
    uint32_t *found)
{
	*found = (uint32_t)proc_next_thread(target->pid, (int32_t)number - 1);
	return *found != 0;
}

static uint64_t
hundredths(uint64_t ticks)
{
	return clock_nanos_from_ticks(ticks) / (NANOS_PER_SECOND / 100);
}

/* The fields of stat behind the state, the fourth and on. */
enum stat_field {
	STAT_PARENT = 4, STAT_GROUP, STAT_SESSION, STAT_TTY, STAT_TTY_GROUP,
	STAT_MINOR_FAULTS = 10, STAT_CHILDREN_MINOR, STAT_MAJOR_FAULTS,
	STAT_CHILDREN_MAJOR, STAT_USER, STAT_SYSTEM, STAT_CHILDREN_USER,
	STAT_CHILDREN_SYSTEM, STAT_PRIORITY, STAT_NICE, STAT_THREADS,
	STAT_START = 22, STAT_VIRTUAL, STAT_RESIDENT, STAT_RESIDENT_LIMIT,
	STAT_CODE_START, STAT_CODE_END, STAT_STACK,
	STAT_PENDING = 31, STAT_BLOCKED, STAT_IGNORED, STAT_CAUGHT,
	STAT_EXIT_SIGNAL = 38, STAT_POLICY = 41,
	STAT_DATA_START = 45, STAT_DATA_END, STAT_BREAK, STAT_ARGUMENTS,
	STAT_ARGUMENTS_END, STAT_ENVIRONMENT, STAT_ENVIRONMENT_END,
};

static void
fill_usage(int64_t *fields, const struct proc_snapshot *snapshot)
{
	const struct usage *own = &snapshot->usage;
	const struct usage *children = &snapshot->children;

	fields[STAT_MINOR_FAULTS] = (int64_t)own->faults;
	fields[STAT_CHILDREN_MINOR] = (int64_t)children->faults;
	fields[STAT_MAJOR_FAULTS] = (int64_t)own->faults_disk;
	fields[STAT_CHILDREN_MAJOR] = (int64_t)children->faults_disk;
	fields[STAT_USER] = (int64_t)hundredths(own->user_ticks);
	fields[STAT_SYSTEM] = (int64_t)hundredths(own->system_ticks);
	fields[STAT_CHILDREN_USER] = (int64_t)hundredths(children->user_ticks);
	fields[STAT_CHILDREN_SYSTEM] =
	    (int64_t)hundredths(children->system_ticks);
}

/* Addresses only who may look into the process is told. */
static void
fill_memory(int64_t *fields, const struct procfs_target *target)
{
	struct memory *memory = proc_memory_of(target->pid);
	uint32_t most;

	if (memory == NULL)
		return;
	/* Asked for often: running sums, no look at the pages. */
	fields[STAT_VIRTUAL] =
	    (int64_t)(space_promised(memory->space) * PAGE_BYTES);
	fields[STAT_RESIDENT] = space_mapped(memory->space, &most);
	if (procfs_may_look(target)) {
		const struct memory_layout *layout = &memory->layout;

		fields[STAT_CODE_START] = (int64_t)layout->code_start;
		fields[STAT_CODE_END] = (int64_t)layout->code_end;
		fields[STAT_STACK] = (int64_t)layout->arguments;
		fields[STAT_DATA_START] = (int64_t)layout->data_start;
		fields[STAT_DATA_END] = (int64_t)layout->data_end;
		fields[STAT_BREAK] = (int64_t)layout->brk_start;
		fields[STAT_ARGUMENTS] = (int64_t)layout->arguments;
		fields[STAT_ARGUMENTS_END] = (int64_t)layout->arguments_end;
		fields[STAT_ENVIRONMENT] = (int64_t)layout->environment;
		fields[STAT_ENVIRONMENT_END] =
		    (int64_t)layout->environment_end;
	}
	memory_put(memory);
}

/* RLIM_INFINITY is what Linux shows here, cut to what a word of it holds. */
static int64_t
resident_limit(const struct proc_snapshot *snapshot)
{
	return (int64_t)snapshot->limits[LIMIT_RSS].soft;
}

int
procfs_stat(const struct procfs_target *target, struct report *report)
{
	int64_t fields[STAT_FIELDS + 1] = { 0 };
	struct proc_snapshot snapshot;
	int err = procfs_snapshot(target, &snapshot);

	if (err != 0)
		return err;
	fields[STAT_PARENT] = snapshot.parent;
	fields[STAT_GROUP] = snapshot.group;
	fields[STAT_SESSION] = snapshot.session;
	fields[STAT_TTY] = snapshot.tty_number;
	fields[STAT_TTY_GROUP] = snapshot.tty_group;
	fill_usage(fields, &snapshot);
	fields[STAT_PRIORITY] = NICE_ZERO + snapshot.nice;
	fields[STAT_NICE] = snapshot.nice;
	fields[STAT_POLICY] = snapshot.policy;
	fields[STAT_THREADS] = snapshot.nthreads;
	fields[STAT_START] = (int64_t)hundredths(snapshot.start_ticks);
	fields[STAT_RESIDENT_LIMIT] = resident_limit(&snapshot);
	fill_memory(fields, target);
	fields[STAT_PENDING] = (int64_t)(snapshot.pending & INT32_MAX);
	fields[STAT_BLOCKED] = (int64_t)(snapshot.blocked & INT32_MAX);
	fields[STAT_IGNORED] = (int64_t)(snapshot.ignored & INT32_MAX);
	fields[STAT_CAUGHT] = (int64_t)(snapshot.caught & INT32_MAX);
	fields[STAT_EXIT_SIGNAL] = snapshot.exit_signal;
	report_print(report, "%d (%s) %c", procfs_tid(target), snapshot.name,
	    snapshot.state);
	for (int i = STAT_PARENT; i <= STAT_FIELDS; i++) {
		if (i == STAT_RESIDENT_LIMIT)
			report_print(report, " %lu", (uint64_t)fields[i]);
		else
			report_print(report, " %ld", fields[i]);
	}
	report_print(report, "\n");
	return 0;
}

int
procfs_statm(const struct procfs_target *target, struct report *report)
{
	struct procfs_sizes sizes;

	procfs_sizes(target->pid, &sizes);
	report_print(report, "%lu %lu %lu %lu 0 %lu 0\n", sizes.promised,
	    sizes.resident, sizes.resident_file + sizes.resident_shared,
	    sizes.code, sizes.data + sizes.stack);
	return 0;
}

/* ---- status ---- */

static const char *
state_name(char state)
{
	static const struct {
		char state;
		const char *name;
	} names[] = {
		{ 'R', "running" }, { 'S', "sleeping" }, { 'D', "disk sleep" },
		{ 'T', "stopped" }, { 'Z', "zombie" },
	};

	for (uint32_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].state == state)
			return names[i].name;
	return "unknown";
}

static void
status_who(const struct procfs_target *target,
    const struct proc_snapshot *snapshot, struct report *report)
{
	const struct credentials *who = &snapshot->credentials;
	struct descriptors *table = proc_descriptors_of(target->pid);
	struct place *place = proc_place_of(target->pid);

	report_print(report, "Name:\t%s\n", snapshot->name);
	if (place != NULL) {
		report_print(report, "Umask:\t");
		report_octal(report, place_umask(place));
		report_print(report, "\n");
		place_put(place);
	}
	report_print(report, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\n"
	    "Pid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", snapshot->state,
	    state_name(snapshot->state), snapshot->pid, procfs_tid(target),
	    snapshot->parent);
	report_print(report, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n",
	    who->uid, who->euid, who->suid, who->fsuid,
	    who->gid, who->egid, who->sgid, who->fsgid);
	report_print(report, "FDSize:\t%u\nGroups:\t",
	    table != NULL ? descriptors_count(table) : 0);
	for (uint32_t i = 0; i < who->ngroups; i++)
		report_print(report, "%u ", who->groups[i]);
	report_print(report, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\n"
	    "NSsid:\t%d\n", snapshot->pid, procfs_tid(target),
	    snapshot->group, snapshot->session);
	if (table != NULL)
		descriptors_put(table);
}

static void
status_size(struct report *report, const char *name, uint64_t npages)
{
	report_print(report, "%s:\t%8lu kB\n", name, npages * PAGE_KIB);
}

static void
status_memory(const struct procfs_target *target,
    const struct proc_snapshot *snapshot, struct report *report)
{
	struct procfs_sizes sizes;

	if (snapshot->state == 'Z')
		return;
	procfs_sizes(target->pid, &sizes);
	status_size(report, "VmPeak", sizes.promised);
	status_size(report, "VmSize", sizes.promised);
	status_size(report, "VmLck", 0);
	status_size(report, "VmPin", 0);
	status_size(report, "VmHWM", sizes.resident_most);
	status_size(report, "VmRSS", sizes.resident);
	status_size(report, "RssAnon", sizes.resident_anon);
	status_size(report, "RssFile", sizes.resident_file);
	status_size(report, "RssShmem", sizes.resident_shared);
	status_size(report, "VmData", sizes.data);
	status_size(report, "VmStk", sizes.stack);
	status_size(report, "VmExe", sizes.code);
	status_size(report, "VmLib", sizes.library);
	status_size(report, "VmPTE", sizes.tables);
	status_size(report, "VmSwap", 0);
}

static void
status_signals(const struct proc_snapshot *snapshot, struct report *report)
{
	report_print(report, "Threads:\t%u\nSigQ:\t0/%lu\n", snapshot->nthreads,
	    snapshot->limits[LIMIT_SIGPENDING].soft);
	report_print(report, "SigPnd:\t%016lx\nShdPnd:\t%016lx\n",
	    snapshot->pending, snapshot->pending_shared);
	report_print(report, "SigBlk:\t%016lx\nSigIgn:\t%016lx\n"
	    "SigCgt:\t%016lx\n", snapshot->blocked, snapshot->ignored,
	    snapshot->caught);
}

/* Root has all capabilities there are on Linux (0 to 40), others none. */
static void
status_rights(const struct proc_snapshot *snapshot, struct report *report)
{
	const struct credentials *who = &snapshot->credentials;
	const uint64_t all = ((uint64_t)1 << 41) - 1;
	bool root = who->euid == 0;

	report_print(report, "CapInh:\t%016lx\nCapPrm:\t%016lx\n"
	    "CapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n", (uint64_t)0,
	    root || who->uid == 0 || who->suid == 0 ? all : 0,
	    root ? all : 0, all, (uint64_t)0);
	report_print(report, "NoNewPrivs:\t0\nSeccomp:\t0\n"
	    "Seccomp_filters:\t0\n");
}

int
procfs_status(const struct procfs_target *target, struct report *report)
{
	struct proc_snapshot snapshot;
	int err = procfs_snapshot(target, &snapshot);
	bool first = true;

	if (err != 0)
		return err;
	status_who(target, &snapshot, report);
	status_memory(target, &snapshot, report);
	status_signals(&snapshot, report);
	status_rights(&snapshot, report);
	report_print(report, "Cpus_allowed:\t%x\nCpus_allowed_list:\t",
	    snapshot.harts & ((1u << harts_count()) - 1));
	for (uint32_t i = 0; i < harts_count(); i++)
		if (snapshot.harts >> i & 1) {
			report_print(report, first ? "%u" : ",%u", i);
			first = false;
		}
	report_print(report, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n"
	    "voluntary_ctxt_switches:\t%lu\n"
	    "nonvoluntary_ctxt_switches:\t%lu\n", snapshot.usage.switches,
	    snapshot.usage.preemptions);
	return 0;
}

/* ---- smaller ones ---- */

int
procfs_comm(const struct procfs_target *target, struct report *report)
{
	struct proc_snapshot snapshot;
	int err = procfs_snapshot(target, &snapshot);

	if (err == 0)
		report_print(report, "%s\n", snapshot.name);
	return err;
}

/* A process names its own threads. */
int
procfs_set_comm(const struct procfs_target *target, char *text, size_t len)
{
	struct proc_thread *thread;
	int err = 0;

	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	spin_lock(&proc_lock);
	thread = table_find_thread(procfs_tid(target));
	if (thread == NULL)
		err = -ESRCH;
	else if (thread->proc != proc_this())
		err = -EINVAL;
	else
		string_copy(thread->name, text, sizeof(thread->name));
	spin_unlock(&proc_lock);
	return err;
}

int
procfs_limits(const struct procfs_target *target, struct report *report)
{
	static const char *const names[LIMITS][2] = {
		[LIMIT_CPU] = { "Max cpu time", "seconds" },
		[LIMIT_FSIZE] = { "Max file size", "bytes" },
		[LIMIT_DATA] = { "Max data size", "bytes" },
		[LIMIT_STACK] = { "Max stack size", "bytes" },
		[LIMIT_CORE] = { "Max core file size", "bytes" },
		[LIMIT_RSS] = { "Max resident set", "bytes" },
		[LIMIT_NPROC] = { "Max processes", "processes" },
		[LIMIT_NOFILE] = { "Max open files", "files" },
		[LIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[LIMIT_AS] = { "Max address space", "bytes" },
		[LIMIT_LOCKS] = { "Max file locks", "locks" },
		[LIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[LIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[LIMIT_NICE] = { "Max nice priority", "" },
		[LIMIT_RTPRIO] = { "Max realtime priority", "" },
		[LIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct proc_snapshot snapshot;
	int err = procfs_snapshot(target, &snapshot);

	if (err != 0)
		return err;
	report_print(report, "%-25s %-20s %-20s %-10s\n", "Limit",
	    "Soft Limit", "Hard Limit", "Units");
	for (int i = 0; i < LIMITS; i++) {
		const uint64_t values[2] = { snapshot.limits[i].soft,
		    snapshot.limits[i].hard };

		report_print(report, "%-25s ", names[i][0]);
		for (int j = 0; j < 2; j++) {
			if (values[j] == LIMIT_NONE)
				report_print(report, "%-20s ", "unlimited");
			else
				report_print(report, "%-20lu ", values[j]);
		}
		report_print(report, "%-10s\n", names[i][1]);
	}
	return 0;
}

int
procfs_schedstat(const struct procfs_target *target, struct report *report)
{
	struct proc_snapshot snapshot;
	int err = procfs_snapshot(target, &snapshot);

	if (err == 0)
		report_print(report, "%lu 0 %lu\n",
		    clock_nanos_from_ticks(snapshot.usage.user_ticks +
		    snapshot.usage.system_ticks),
		    snapshot.usage.switches + snapshot.usage.preemptions);
	return err;
}

int
procfs_personality(const struct procfs_target *target, struct report *report)
{
	struct proc_thread *thread;
	uint32_t personality = 0;

	spin_lock(&proc_lock);
	thread = table_find_thread(procfs_tid(target));
	if (thread != NULL)
		personality = atomic_load_relaxed(&thread->proc->personality);
	spin_unlock(&proc_lock);
	if (thread == NULL)
		return -ESRCH;
	report_print(report, "%08x\n", personality);
	return 0;
}

/*
 * How readily a process is to die for others, when memory is short.  Nobody is
 * chosen here: who cannot get memory dies.  So it is only kept and told.
 */
int
procfs_oom_adjust(const struct procfs_target *target, struct report *report)
{
	struct proc_thread *thread;
	int32_t adjust = 0;

	spin_lock(&proc_lock);
	thread = table_find_thread(procfs_tid(target));
	if (thread != NULL)
		adjust = thread->proc->oom_adjust;
	spin_unlock(&proc_lock);
	if (thread == NULL)
		return -ESRCH;
	report_print(report, "%d\n", adjust);
	return 0;
}

/* returns: 0 or -EINVAL */
static int
read_adjust(const char *text, int32_t *adjust)
{
	bool negative = *text == '-';
	int32_t value = 0;

	text += negative;
	if (*text == '\0')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		value = 10 * value + (*text - '0');
		if (value > OOM_ADJUST_MAX)
			return -EINVAL;
	}
	if (*text != '\0' && strcmp(text, "\n") != 0)
		return -EINVAL;
	*adjust = negative ? -value : value;
	return 0;
}

int
procfs_set_oom_adjust(const struct procfs_target *target, char *text,
    size_t len)
{
	bool privileged = credentials_privileged(proc_credentials());
	struct proc_thread *thread;
	int32_t adjust;
	int err = read_adjust(text, &adjust);

	(void)len;
	if (err != 0)
		return err;
	spin_lock(&proc_lock);
	thread = table_find_thread(procfs_tid(target));
	if (thread == NULL)
		err = -ESRCH;
	else if (adjust < thread->proc->oom_adjust && !privileged)
		err = -EACCES;
	else
		thread->proc->oom_adjust = adjust;
	spin_unlock(&proc_lock);
	return err;
}
