/*
 * The recount.  Three passes over a stopped world:
 *
 *	tally	each node reachable from a root, and each dropped one that
 *		waits to be freed, once: a tally for everything it names
 *	check	each frame's count against its tally; each node by itself
 *	paths	each way the hardware can walk: what is writable at its end
 *		must have no other name
 *
 * It changes nothing but the tallies, and allocates nothing.
 */
#include "core/vm/audit.h"

#include "core/base/print.h"
#include "core/mem/frame.h"
#include "core/task/world.h"
#include "core/vm/node.h"
#include "core/vm/object_entry.h"
#include "core/vm/space_tree.h"

/* More lines than this say nothing new. */
#define LINES_MAX 20

static void
tally_node(struct frame *node)
{
	const entry_t *entries = node_entries(node);

	if (node->lender != 0 && (*frame_tally(frame_at(node->lender)))++ == 0)
		tally_node(frame_at(node->lender));
	for (uint32_t i = 0; i < node_fanout(node->level); i++) {
		entry_t entry = entries[i];

		switch (entry_kind(entry)) {
		case ENTRY_NODE:
		case ENTRY_PARKED:
			/* The first name leads us in, the others only count. */
			if ((*frame_tally(entry_frame(entry)))++ == 0 &&
			    node->level > 0)
				tally_node(entry_frame(entry));
			break;
		case ENTRY_LEAF:
		case ENTRY_HELD:
			(*frame_tally(entry_frame(entry)))++;
			if (page_object(entry_frame(entry)) != 0)
				object_tally(page_object(entry_frame(entry)) - 1);
			break;
		case ENTRY_FILE:
			object_tally(entry_object(entry));
			break;
		default:
			break;
		}
	}
}

static void
tally_all(void)
{
	for (uint32_t i = 0; i < frame_count(); i++)
		frame_tallies[i] = 0;
	object_tally_begin();
	for (struct space *s = space_next(NULL); s != NULL; s = space_next(s)) {
		(*frame_tally(s->root))++;
		tally_node(s->root);
		for (uint32_t i = 0; i < ROWS_MAX; i++) {
			struct frame *spare = vacancy_spare(&s->vacancy, i);

			if (spare != NULL)
				(*frame_tally(spare))++;
		}
	}
	for (struct frame *node = node_queue_next(NULL); node != NULL;
	    node = node_queue_next(node))
		tally_node(node);
	object_tally_pages();
}

/* Print where in `node` and below, `target` is named. */
static void
names_below(const struct space *space, const struct frame *node, vaddr_t base,
    const struct frame *target, uint32_t *lines)
{
	const entry_t *entries = node_entries(node);

	for (uint32_t i = 0; i < node_fanout(node->level); i++) {
		vaddr_t at = base + i * level_bytes(node->level);
		enum entry_kind kind = entry_kind(entries[i]);

		if (kind == ENTRY_EMPTY || entry_is_mark(entries[i]))
			continue;
		if (entry_frame(entries[i]) == target && (*lines)++ < LINES_MAX)
			print("audit:   named by space %p at %lx, level %u: "
			    "%lx\n", (const void *)space, at, node->level,
			    entries[i]);
		if (entry_is_inner(entries[i]) && node->level > 0)
			names_below(space, entry_frame(entries[i]), at, target,
			    lines);
	}
}

static void
frame_report(const struct frame *frame, uint32_t should)
{
	static const char *const kinds[] = {
		[FRAME_FREE] = "free frame", [FRAME_KERNEL] = "kernel frame",
		[FRAME_NODE] = "node", [FRAME_PAGE] = "page",
	};
	uint32_t lines = 0;

	print("audit: %s %u (level %u, object %u): counts %u, should count %u "
	    "(%u entries, %u pins)\n", kinds[frame->kind], frame_number(frame),
	    frame->level, frame->kind == FRAME_NODE ? 0 : frame->object,
	    frame->refs, should, *frame_tally(frame),
	    frame->kind == FRAME_NODE ? 0 : frame->pins);
	for (struct space *s = space_next(NULL); s != NULL; s = space_next(s)) {
		if (frame == s->root)
			print("audit:   root of space %p\n", (void *)s);
		names_below(s, s->root, 0, frame, &lines);
	}
	for (struct frame *node = node_queue_next(NULL); node != NULL;
	    node = node_queue_next(node))
		names_below(NULL, node, 0, frame, &lines);
}

/* The count a frame should have. */
static uint32_t
frame_should(const struct frame *frame)
{
	switch (frame->kind) {
	case FRAME_FREE:
		return 0;
	case FRAME_KERNEL:
		return 1;
	case FRAME_NODE:
		return *frame_tally(frame);
	default:
		return *frame_tally(frame) + frame->pins;
	}
}

static void
check_frame(const struct frame *frame, struct audit_report *report)
{
	uint32_t should = frame_should(frame);
	const char *wrong = NULL;
	bool dead_node = frame->kind == FRAME_NODE && frame->refs == 0;

	report->frames++;
	report->free += frame->kind == FRAME_FREE;
	report->kernel += frame->kind == FRAME_KERNEL;
	report->nodes += frame->kind == FRAME_NODE;
	report->pages += frame->kind == FRAME_PAGE;
	report->cached += frame->kind != FRAME_NODE && page_object(frame) != 0;
	if (frame->refs != should ||
	    (*frame_tally(frame) > 0 && frame->kind <= FRAME_KERNEL)) {
		if (report->errors++ < LINES_MAX)
			frame_report(frame, should);
	}
	if (frame->kind == FRAME_NODE && !dead_node)
		wrong = node_check(frame);
	if (wrong != NULL && report->errors++ < LINES_MAX)
		print("audit: node %u, level %u: %s\n", frame_number(frame),
		    frame->level, wrong);
}

static void
path_report(struct audit_report *report, const char *wrong, vaddr_t at,
    entry_t entry)
{
	if (report->errors++ < LINES_MAX)
		print("audit: at %lx: %s: %lx, frame %u counts %u\n", at,
		    wrong, entry, frame_number(entry_frame(entry)),
		    frame_refs(entry_frame(entry)));
}

/* Walk as the hardware does.  `owned`: every node so far has one name. */
static void
check_paths(const struct frame *node, vaddr_t base, bool owned,
    struct audit_report *report)
{
	const entry_t *entries = node_entries(node);

	for (uint32_t i = 0; i < node_fanout(node->level); i++) {
		entry_t entry = entries[i];
		vaddr_t at = base + i * level_bytes(node->level);
		struct frame *below;

		if (!(entry & PTE_V))
			continue;
		below = entry_frame(entry);
		if (entry_kind(entry) == ENTRY_NODE) {
			bool alone = owned && below->refs == 1;

			if (!alone && below->unsealed != 0)
				path_report(report, "a shared node is open",
				    at, entry);
			if (node->level > 0)
				check_paths(below, at, alone, report);
		} else if ((entry & PTE_W) && !entry_shared(entry) &&
		    (!owned || below->refs != 1)) {
			path_report(report, "writable, but not alone", at,
			    entry);
		}
	}
}

void
audit(struct audit_report *report)
{
	*report = (struct audit_report){ 0 };
	world_stop();
	tally_all();
	for (uint32_t i = 0; i < frame_count(); i++)
		check_frame(frame_at(i), report);
	if (report->free != frame_free_count()) {
		report->errors++;
		print("audit: %u frames are free, the lists hold %u\n",
		    report->free, frame_free_count());
	}
	if (report->nodes != frame_count_of(FRAME_NODE) ||
	    report->pages != frame_count_of(FRAME_PAGE)) {
		report->errors++;
		print("audit: %u nodes and %u pages, counted as %u and %u\n",
		    report->nodes, report->pages, frame_count_of(FRAME_NODE),
		    frame_count_of(FRAME_PAGE));
	}
	report->errors += object_tally_check();
	for (struct space *s = space_next(NULL); s != NULL; s = space_next(s))
		check_paths(s->root, 0, s->root->refs == 1, report);
	world_resume();
}
