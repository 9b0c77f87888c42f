/* What /proc tells of the whole machine. */
#include "unix/proc/procfs.h"

#include "core/base/errno.h"
#include "core/cpu/boot.h"
#include "core/cpu/hart.h"
#include "core/cpu/sv39.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/task/load.h"
#include "core/vm/audit.h"
#include "core/vm/stats.h"
#include "unix/fs/device.h"
#include "unix/fs/file.h"
#include "unix/fs/mount.h"
#include "unix/proc/nodename.h"
#include "unix/proc/table.h"

#define PAGE_KIB	(PAGE_BYTES / 1024)

static uint64_t
hundredths(uint64_t ticks)
{
	return clock_nanos_from_ticks(ticks) / (NANOS_PER_SECOND / 100);
}

static void
put_times(struct report *report, const struct load_times *times)
{
	report_print(report, "%lu 0 %lu %lu 0 0 0 0 0 0\n",
	    hundredths(times->user), hundredths(times->system),
	    hundredths(times->idle));
}

static void
all_times(struct load_times *sum)
{
	struct load_times times;

	*sum = (struct load_times) { 0 };
	for (uint32_t i = 0; i < harts_count(); i++) {
		load_times(i, &times);
		sum->user += times.user;
		sum->system += times.system;
		sum->idle += times.idle;
	}
}

int
procfs_system_stat(const struct procfs_target *target, struct report *report)
{
	struct load_times times;
	int32_t processes;

	(void)target;
	all_times(&times);
	report_print(report, "cpu  ");
	put_times(report, &times);
	for (uint32_t i = 0; i < harts_count(); i++) {
		load_times(i, &times);
		report_print(report, "cpu%u ", i);
		put_times(report, &times);
	}
	spin_lock(&proc_lock);
	processes = table_last_number();
	spin_unlock(&proc_lock);
	report_print(report, "intr 0\nctxt %lu\nbtime %lu\nprocesses %d\n"
	    "procs_running %u\nprocs_blocked 0\n", load_switches(),
	    clock_realtime_offset() / NANOS_PER_SECOND, processes,
	    load_active());
	return 0;
}

static void
put_pages(struct report *report, const char *name, uint64_t npages)
{
	report_print(report, "%-16s%8lu kB\n", name, npages * PAGE_KIB);
}

int
procfs_meminfo(const struct procfs_target *target, struct report *report)
{
	struct memory_stats stats;

	(void)target;
	memory_stats(&stats);
	put_pages(report, "MemTotal:", stats.total);
	put_pages(report, "MemFree:", stats.free);
	put_pages(report, "MemAvailable:",
	    stats.free + stats.cached + stats.queued);
	put_pages(report, "Buffers:", 0);
	put_pages(report, "Cached:", stats.file + stats.shared);
	put_pages(report, "SwapCached:", 0);
	put_pages(report, "SwapTotal:", 0);
	put_pages(report, "SwapFree:", 0);
	put_pages(report, "Dirty:", stats.dirty);
	put_pages(report, "Writeback:", 0);
	put_pages(report, "AnonPages:", stats.anonymous);
	put_pages(report, "Mapped:", stats.mapped);
	put_pages(report, "Shmem:", stats.shared);
	put_pages(report, "Slab:", stats.heap);
	put_pages(report, "SReclaimable:", 0);
	put_pages(report, "SUnreclaim:", stats.heap);
	put_pages(report, "PageTables:", stats.nodes);
	put_pages(report, "CommitLimit:", stats.total);
	return 0;
}

int
procfs_vmstat(const struct procfs_target *target, struct report *report)
{
	struct memory_stats stats;

	(void)target;
	memory_stats(&stats);
	report_print(report, "nr_free_pages %lu\nnr_file_pages %lu\n"
	    "nr_page_table_pages %lu\nnr_anon_pages %lu\nnr_mapped %lu\n"
	    "nr_dirty %lu\nnr_shmem %lu\npgfault %lu\n", stats.free,
	    stats.file + stats.shared, stats.nodes, stats.anonymous,
	    stats.mapped, stats.dirty, stats.shared, stats.faults);
	return 0;
}

int
procfs_memory(const struct procfs_target *target, struct report *report)
{
	struct memory_stats stats;

	(void)target;
	memory_stats(&stats);
	report_print(report, "total: %lu\nfree: %lu\nnodes: %lu\ncached: %lu\n"
	    "queued: %lu\nanonymous: %lu\nfile: %lu\nshared: %lu\n"
	    "mapped: %lu\ndirty: %lu\nheap: %lu\n", stats.total, stats.free,
	    stats.nodes, stats.cached, stats.queued, stats.anonymous,
	    stats.file, stats.shared, stats.mapped, stats.dirty, stats.heap);
	report_print(report, "faults: %lu\ncopies: %lu\nfiles: %u\n",
	    stats.faults, stats.copies, file_count());
	return 0;
}

int
procfs_audit(const struct procfs_target *target, struct report *report)
{
	struct audit_report found;

	(void)target;
	audit(&found);
	if (found.errors == 0)
		report_print(report, "audit: ok\n");
	else
		report_print(report, "audit: %u errors\n", found.errors);
	report_print(report, "frames: %u\nfree: %u\nkernel: %u\nnodes: %u\n"
	    "pages: %u\ncached: %u\n", found.frames, found.free, found.kernel,
	    found.nodes, found.pages, found.cached);
	return 0;
}

int
procfs_cpuinfo(const struct procfs_target *target, struct report *report)
{
	(void)target;
	for (uint32_t i = 0; i < harts_count(); i++)
		report_print(report, "processor\t: %u\nhart\t\t: %lu\n"
		    "isa\t\t: rv64imafdc_zicntr_zicsr_zifencei%s\n"
		    "mmu\t\t: sv39\n\n", i, hart_at(i)->hartid,
		    machine()->has_sstc ? "_sstc" : "");
	return 0;
}

/* Of /sys: harts as "0-3". */
int
procfs_harts(const struct procfs_target *target, struct report *report)
{
	(void)target;
	if (harts_count() == 1)
		report_print(report, "0\n");
	else
		report_print(report, "0-%u\n", harts_count() - 1);
	return 0;
}

int
procfs_harts_last(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "%u\n", HARTS_MAX - 1);
	return 0;
}

int
procfs_hart_id(const struct procfs_target *target, struct report *report)
{
	report_print(report, "%u\n", target->number - 1);
	return 0;
}

bool
procfs_hart_numbers(const struct procfs_target *target, uint32_t number,
    uint32_t *found)
{
	(void)target;
	*found = number;
	return number < harts_count();
}

int
procfs_uptime(const struct procfs_target *target, struct report *report)
{
	uint64_t up = hundredths(timer_now());
	struct load_times times;
	uint64_t idle;

	(void)target;
	all_times(&times);
	idle = hundredths(times.idle);
	report_print(report, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100,
	    idle / 100, idle % 100);
	return 0;
}

int
procfs_loadavg(const struct procfs_target *target, struct report *report)
{
	uint32_t averages[3], threads;
	int32_t last;

	(void)target;
	load_averages(averages);
	for (int i = 0; i < 3; i++) {
		/* Rounded to hundredths. */
		uint32_t load = averages[i] + LOAD_ONE / 200;

		report_print(report, "%u.%02u ", load >> LOAD_SHIFT,
		    (load & (LOAD_ONE - 1)) * 100 >> LOAD_SHIFT);
	}
	spin_lock(&proc_lock);
	threads = table_threads();
	last = table_last_number();
	spin_unlock(&proc_lock);
	report_print(report, "%u/%u %d\n", load_active(), threads, last);
	return 0;
}

int
procfs_version(const struct procfs_target *target, struct report *report)
{
	(void)target;
	report_print(report, "Linux version %s (cowslip) %s\n",
	    SYSTEM_RELEASE, SYSTEM_VERSION);
	return 0;
}

int
procfs_filesystems(const struct procfs_target *target, struct report *report)
{
	const char *name;
	bool has_device;

	(void)target;
	for (uint32_t i = 0; (name = vfs_type_name(i, &has_device)) != NULL;
	    i++)
		report_print(report, "%s\t%s\n", has_device ? "" : "nodev",
		    name);
	return 0;
}

int
procfs_boot_arguments(const struct procfs_target *target,
    struct report *report)
{
	(void)target;
	report_print(report, "%s\n", machine()->arguments);
	return 0;
}

int
procfs_partitions(const struct procfs_target *target, struct report *report)
{
	uint64_t nbytes = device_disk_bytes();

	(void)target;
	report_print(report, "major minor  #blocks  name\n\n");
	if (nbytes > 0)
		report_print(report, "%4d  %7d %10lu %s\n", DEVICE_DISK, 0,
		    nbytes / 1024, "vda");
	return 0;
}
