/*
 * What /proc tells of a process's memory.
 *
 * The tree is walked piece by piece, with no lock between: a process that maps
 * meanwhile is shown as it was at several moments. */
#include "unix/proc/procfs.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/vm/heap.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "core/vm/uio.h"
#include "unix/proc/memory.h"
#include "unix/proc/segment.h"

#define PAGE_KIB	(PAGE_BYTES / 1024)
#define NAME_COLUMN	73		/* where maps has a run's name */
#define PIECE_BYTES	512

/* Where a run's bytes come from. */
struct run_source {
	const char *name;		/* [heap], or the path; "" */
	struct vnode *vnode;		/* with a reference, or NULL */
	uint64_t offset;
};

/*
 * maps or smaps in the making.  A file is often mapped in many runs, one after
 * the other, and to find its path costs reading directories.
 */
struct maps {
	struct report *report;
	struct vnode *named;		/* with a reference, or NULL */
	char *path;			/* its; on the heap, or NULL */
};

static bool
within(const struct space_run *run, vaddr_t start, vaddr_t end)
{
	return run->start >= start && run->end <= end && start < end;
}

static const char *
anon_name(const struct memory *memory, const struct space_run *run)
{
	const struct memory_layout *layout = &memory->layout;

	if (layout->vdso != 0 && run->start == layout->vdso)
		return "[vdso]";
	if (layout->vdso != 0 && run->start == layout->vdso + PAGE_BYTES)
		return "[vvar]";
	if (within(run, layout->stack_start, layout->stack_end))
		return "[stack]";
	if (within(run, layout->brk_start, ROUND_UP(memory->brk, PAGE_BYTES)))
		return "[heap]";
	return "";
}

static const char *
maps_path(struct maps *maps, struct vnode *vnode)
{
	if (vnode == maps->named)
		return maps->path;
	if (maps->path == NULL)
		maps->path = heap_alloc(PATH_BYTES);
	if (maps->path == NULL)
		return "";
	if (maps->named != NULL)
		vnode_put(maps->named);
	vnode_get(vnode);
	maps->named = vnode;
	if (vnode_path(vnode, NULL, maps->path, PATH_BYTES) < 0)
		string_copy(maps->path, "(deleted)", PATH_BYTES);
	return maps->path;
}

static void
maps_done(struct maps *maps)
{
	if (maps->named != NULL)
		vnode_put(maps->named);
	heap_free(maps->path);
}

/* Find out; source_close gives back what it takes. */
static void
source_open(struct run_source *source, struct maps *maps,
    const struct memory *memory, const struct space_run *run)
{
	*source = (struct run_source) { .name = anon_name(memory, run) };
	if (run->object == NULL)
		return;
	source->vnode = vnode_of_object(run->object);
	if (source->vnode == NULL)
		source->vnode = segment_vnode(run->object, &source->offset);
	source->offset = ROUND_DOWN(source->offset, PAGE_BYTES) +
	    (uint64_t)run->page * PAGE_BYTES;
	if (source->vnode == NULL) {
		if (run->shared && source->name[0] == '\0')
			source->name = "/dev/zero (deleted)";
		return;
	}
	source->name = maps_path(maps, source->vnode);
}

static void
source_close(struct run_source *source)
{
	if (source->vnode != NULL)
		vnode_put(source->vnode);
}

static void
put_run(struct report *report, const struct space_run *run,
    const struct run_source *source)
{
	struct vnode_stat stat = { 0 };
	char line[128];
	size_t len;

	if (source->vnode != NULL && vnode_stat(source->vnode, &stat) != 0)
		memset(&stat, 0, sizeof(stat));
	len = format_text(line, sizeof(line),
	    "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", run->start, run->end,
	    run->prot & PROT_READ ? 'r' : '-',
	    run->prot & PROT_WRITE ? 'w' : '-',
	    run->prot & PROT_EXEC ? 'x' : '-', run->shared ? 's' : 'p',
	    source->vnode != NULL ? source->offset : 0, stat.device >> 8,
	    stat.device & 0xff, stat.inode);
	report_add(report, line, len);
	if (source->name[0] != '\0') {
		for (; len < NAME_COLUMN; len++)
			report_add(report, " ", 1);
		/* A newline is what may not stand there as it is. */
		for (const char *at = source->name; *at != '\0'; at++)
			report_add(report, *at == '\n' ? "\\012" : at,
			    *at == '\n' ? 4 : 1);
	}
	report_add(report, "\n", 1);
}

/* Call for each run of the target's memory. */
static void
each_run(const struct procfs_target *target, void *context,
    void (*each)(void *context, const struct memory *memory,
    const struct space_run *run))
{
	struct memory *memory = proc_memory_of(target->pid);
	struct space_run run;

	if (memory == NULL)
		return;
	for (vaddr_t at = 0; space_next_run(memory->space, at, &run);
	    at = run.end) {
		each(context, memory, &run);
		if (run.object != NULL)
			object_put(run.object);
		thread_pause();
	}
	memory_put(memory);
}

static void
map_line(void *context, const struct memory *memory,
    const struct space_run *run)
{
	struct maps *maps = context;
	struct run_source source;

	source_open(&source, maps, memory, run);
	put_run(maps->report, run, &source);
	source_close(&source);
}

int
procfs_maps(const struct procfs_target *target, struct report *report)
{
	struct maps maps = { .report = report };

	each_run(target, &maps, map_line);
	maps_done(&maps);
	return 0;
}

/* ---- sums ---- */

static void
add_run(void *context, const struct memory *memory,
    const struct space_run *run)
{
	const struct memory_layout *layout = &memory->layout;
	uint64_t npages = (run->end - run->start) / PAGE_BYTES;
	struct procfs_sizes *sizes = context;
	struct vnode *vnode;

	sizes->promised += npages;
	sizes->resident += run->resident;
	if (run->object == NULL) {
		sizes->resident_anon += run->resident;
	} else if (run->shared && (vnode = vnode_of_object(run->object)) ==
	    NULL) {
		sizes->resident_shared += run->resident;
	} else {
		if (run->shared)
			vnode_put(vnode);
		sizes->resident_anon += run->dirty;
		sizes->resident_file += run->resident - run->dirty;
	}
	if (within(run, layout->stack_start, layout->stack_end))
		sizes->stack += npages;
	else if (!run->shared && run->prot & PROT_WRITE)
		sizes->data += npages;
	else if (within(run, ROUND_DOWN(layout->code_start, PAGE_BYTES),
	    ROUND_UP(layout->code_end, PAGE_BYTES)))
		sizes->code += npages;
	else if (run->prot & PROT_EXEC)
		sizes->library += npages;
}

void
procfs_sizes(int32_t pid, struct procfs_sizes *sizes)
{
	const struct procfs_target target = { .pid = pid };
	struct memory *memory = proc_memory_of(pid);
	struct space_usage usage;

	memset(sizes, 0, sizeof(*sizes));
	if (memory == NULL)
		return;
	each_run(&target, sizes, add_run);
	space_usage(memory->space, &usage);
	sizes->tables = usage.nodes;
	space_mapped(memory->space, &sizes->resident_most);
	memory_put(memory);
}

/* ---- smaps ---- */

struct detail {
	uint64_t size, resident, shared_clean, shared_dirty, private_clean,
	    private_dirty, anon;
};

static void
detail_add(struct detail *detail, const struct space_run *run)
{
	uint64_t clean = run->resident - MIN(run->dirty, run->resident);

	detail->size += (run->end - run->start) / PAGE_BYTES;
	detail->resident += run->resident;
	detail->private_dirty += run->dirty;
	if (run->shared)
		detail->shared_dirty += clean;
	else if (run->object != NULL)
		detail->shared_clean += clean;
	else
		detail->private_clean += clean;
	detail->anon += run->object == NULL ? run->resident : run->dirty;
}

static void
put_detail(struct report *report, const struct detail *detail)
{
	const struct {
		const char *name;
		uint64_t npages;
	} lines[] = {
		{ "Rss:", detail->resident },
		{ "Pss:", detail->resident },
		{ "Shared_Clean:", detail->shared_clean },
		{ "Shared_Dirty:", detail->shared_dirty },
		{ "Private_Clean:", detail->private_clean },
		{ "Private_Dirty:", detail->private_dirty },
		{ "Referenced:", detail->resident },
		{ "Anonymous:", detail->anon },
		{ "LazyFree:", 0 },
		{ "AnonHugePages:", 0 },
		{ "ShmemPmdMapped:", 0 },
		{ "FilePmdMapped:", 0 },
		{ "Shared_Hugetlb:", 0 },
		{ "Private_Hugetlb:", 0 },
		{ "Swap:", 0 },
		{ "SwapPss:", 0 },
		{ "Locked:", 0 },
	};

	for (uint32_t i = 0; i < ARRAY_LEN(lines); i++)
		report_print(report, "%-16s%8lu kB\n", lines[i].name,
		    lines[i].npages * PAGE_KIB);
}

static void
smaps_entry(void *context, const struct memory *memory,
    const struct space_run *run)
{
	struct report *report = ((struct maps *)context)->report;
	struct detail detail = { 0 };

	map_line(context, memory, run);
	detail_add(&detail, run);
	report_print(report, "%-16s%8lu kB\n%-16s%8lu kB\n%-16s%8lu kB\n",
	    "Size:", detail.size * PAGE_KIB, "KernelPageSize:", PAGE_KIB,
	    "MMUPageSize:", PAGE_KIB);
	put_detail(report, &detail);
	report_print(report, "VmFlags: %s%s%s%s%s%s\n",
	    run->prot & PROT_READ ? "rd " : "",
	    run->prot & PROT_WRITE ? "wr " : "",
	    run->prot & PROT_EXEC ? "ex " : "", run->shared ? "sh " : "",
	    "mr mw me ", run->grows ? "gd " : "");
}

int
procfs_smaps(const struct procfs_target *target, struct report *report)
{
	struct maps maps = { .report = report };

	each_run(target, &maps, smaps_entry);
	maps_done(&maps);
	return 0;
}

struct rollup {
	struct detail detail;
	vaddr_t start, end;
};

static void
rollup_add(void *context, const struct memory *memory,
    const struct space_run *run)
{
	struct rollup *rollup = context;

	(void)memory;
	if (rollup->end == 0)
		rollup->start = run->start;
	rollup->end = run->end;
	detail_add(&rollup->detail, run);
}

int
procfs_smaps_rollup(const struct procfs_target *target,
    struct report *report)
{
	struct rollup rollup = { 0 };

	each_run(target, &rollup, rollup_add);
	report_print(report, "%08lx-%08lx ---p 00000000 00:00 0 "
	    "                         [rollup]\n", rollup.start, rollup.end);
	put_detail(report, &rollup.detail);
	return 0;
}

/* ---- what exec left there ---- */

/* Add [start, end) of the memory, up to what cannot be read. */
static void
put_memory(struct report *report, const struct memory *memory, vaddr_t start,
    vaddr_t end)
{
	char piece[PIECE_BYTES];

	while (start < end) {
		int64_t n = space_read(memory->space, start, piece,
		    MIN(end - start, sizeof(piece)));

		if (n <= 0)
			return;
		report_add(report, piece, (size_t)n);
		start += (uint64_t)n;
	}
}

/* A program that wrote over the end of its arguments has made one string of
 * them, which goes on in its environment. */
static vaddr_t
arguments_end(const struct memory *memory)
{
	const struct memory_layout *layout = &memory->layout;
	vaddr_t at = layout->arguments_end;
	char byte;

	if (at <= layout->arguments ||
	    space_read(memory->space, at - 1, &byte, 1) != 1 || byte == '\0')
		return at;
	while (at < layout->environment_end &&
	    space_read(memory->space, at, &byte, 1) == 1 && byte != '\0')
		at++;
	return at;
}

int
procfs_cmdline(const struct procfs_target *target, struct report *report)
{
	struct memory *memory = proc_memory_of(target->pid);

	if (memory == NULL)
		return 0;
	put_memory(report, memory, memory->layout.arguments,
	    arguments_end(memory));
	memory_put(memory);
	return 0;
}

int
procfs_environ(const struct procfs_target *target, struct report *report)
{
	struct memory *memory = proc_memory_of(target->pid);

	if (memory == NULL)
		return 0;
	put_memory(report, memory, memory->layout.environment,
	    memory->layout.environment_end);
	memory_put(memory);
	return 0;
}

int
procfs_auxv(const struct procfs_target *target, struct report *report)
{
	struct memory *memory = proc_memory_of(target->pid);

	if (memory == NULL)
		return 0;
	put_memory(report, memory, memory->layout.auxv,
	    memory->layout.auxv_end);
	memory_put(memory);
	return 0;
}

/* ---- mem ---- */

/* Move one page's worth.  returns: bytes; 0: it cannot be reached; -EFAULT */
static int64_t
move_memory(struct space *space, struct uio *uio, vaddr_t at, uint8_t *page,
    bool write)
{
	size_t want = MIN(uio->left, PAGE_BYTES - at % PAGE_BYTES);
	int64_t n;

	if (!write) {
		n = space_read(space, at, page, want);
		n = n > 0 ? (int64_t)uio_put(uio, page, (size_t)n) : 0;
		return n > 0 || uio->left == 0 ? n : 0;
	}
	want = uio_get(uio, page, want);
	if (want == 0)
		return -EFAULT;
	n = MAX(space_write(space, at, page, want), 0);
	uio_back(uio, want - (uint64_t)n);
	return n;
}

static int64_t
access_memory(const struct procfs_target *target, struct uio *uio,
    uint64_t *offset, bool write)
{
	struct memory *memory = proc_memory_of(target->pid);
	uint8_t *page = frame_alloc_kernel();
	int64_t done = 0, moved = 0;

	while (memory != NULL && page != NULL && uio->left > 0) {
		moved = move_memory(memory->space, uio, *offset, page, write);
		if (moved <= 0)
			break;
		*offset += (uint64_t)moved;
		done += moved;
	}
	if (page == NULL)
		moved = -ENOMEM;
	else
		frame_free_kernel(page);
	/* A process without memory has come to its end. */
	if (memory == NULL)
		return 0;
	memory_put(memory);
	if (done > 0 || uio->left == 0)
		return done;
	return moved < 0 ? moved : -EIO;
}

int64_t
procfs_read_memory(const struct procfs_target *target, struct uio *uio,
    uint64_t *offset)
{
	return access_memory(target, uio, offset, false);
}

int64_t
procfs_write_memory(const struct procfs_target *target, struct uio *uio,
    uint64_t *offset)
{
	return access_memory(target, uio, offset, true);
}
