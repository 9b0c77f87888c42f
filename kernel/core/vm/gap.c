/*
 * Finding room.  The search walks entries, and looks into a node only where a
 * gap may lie in it or reach into it:
 *
 *	a full node			is passed by
 *	a node too full for the gap	only its two ends matter
 *
 * and ends as soon as there is room enough, so that its cost hangs on how
 * scattered the space is on the way there, not on how large.
 */
#include "core/vm/range.h"
#include "core/vm/range_tree.h"

/* A search: of what lies in [low, high), [from, to) is known to be empty, and
 * grows at one side as the search goes on. */
struct search {
	vaddr_t low, high;
	uint64_t len, align;
	vaddr_t from, to;
};

static bool
gap_fits(const struct search *search, bool top_down, vaddr_t *out)
{
	vaddr_t at;

	if (search->from >= search->to || search->to - search->from < search->len)
		return false;
	at = top_down ? ROUND_DOWN(search->to - search->len, search->align) :
	    ROUND_UP(search->from, search->align);
	if (at < search->from || at > search->to - search->len)
		return false;
	*out = at;
	return true;
}

static uint64_t
node_pages(const struct frame *node)
{
	return node_fanout(node->level) * level_pages(node->level);
}

/* The first address in use below a node, or (`last`) the end of the last. */
static vaddr_t
node_edge(const struct frame *node, vaddr_t base, bool last)
{
	for (;;) {
		const entry_t *entries = node_entries(node);
		uint32_t i = last ? node_fanout(node->level) - 1 : 0;

		/* No node is empty. */
		while ((node->lines & lines_of(i, 1)) == 0)
			i += last ? -LINE_ENTRIES : LINE_ENTRIES;
		while (entry_load(&entries[i]) == 0)
			i += last ? -1u : 1u;
		base += (vaddr_t)i * level_bytes(node->level);
		if (!entry_is_inner(entries[i]))
			return last ? base + level_bytes(node->level) : base;
		node = entry_frame(entries[i]);
	}
}

static bool search_node(struct search *search, const struct frame *node,
    vaddr_t base, bool top_down, vaddr_t *out);

/* Pass [at, end), where nothing is. */
static bool
search_empty(struct search *search, vaddr_t at, vaddr_t end, bool top_down,
    vaddr_t *out)
{
	if (top_down)
		search->from = MAX(at, search->low);
	else
		search->to = MIN(end, search->high);
	return gap_fits(search, top_down, out);
}

/* Pass what an entry that is in use covers, [at, end). */
static bool
search_entry(struct search *search, entry_t entry, vaddr_t at, vaddr_t end,
    bool top_down, vaddr_t *out)
{
	vaddr_t first = at, last = end;
	bool inner = entry_is_inner(entry);
	uint64_t empty = 0;

	if (inner)
		empty = node_pages(entry_frame(entry)) -
		    entry_frame(entry)->promised;
	if (inner && empty << PAGE_SHIFT >= search->len)
		return search_node(search, entry_frame(entry), at, top_down,
		    out);
	if (empty > 0) {
		first = node_edge(entry_frame(entry), at, false);
		last = node_edge(entry_frame(entry), at, true);
	}
	if (top_down) {
		search->from = MAX(last, search->low);
		if (gap_fits(search, true, out))
			return true;
		search->to = MIN(first, search->high);
	} else {
		search->to = MIN(first, search->high);
		if (gap_fits(search, false, out))
			return true;
		search->from = MAX(last, search->low);
	}
	return false;
}

static bool
search_node(struct search *search, const struct frame *node, vaddr_t base,
    bool top_down, vaddr_t *out)
{
	const entry_t *entries = node_entries(node);
	uint64_t each = level_bytes(node->level);
	vaddr_t low = MAX(search->low, base);
	vaddr_t high = MIN(search->high, base + node_fanout(node->level) * each);
	uint32_t first, limit;

	if (low >= high)
		return false;
	first = (uint32_t)((low - base) / each);
	limit = (uint32_t)((high - 1 - base) / each) + 1;
	for (uint32_t n = 0; n < limit - first; n++) {
		uint32_t i = top_down ? limit - 1 - n : first + n;
		vaddr_t at = base + i * each;
		entry_t entry = entry_load(&entries[i]);
		bool found;

		if (entry == 0)
			found = search_empty(search, at, at + each, top_down,
			    out);
		else
			found = search_entry(search, entry, at, at + each,
			    top_down, out);
		if (found)
			return true;
	}
	return false;
}

bool
space_find_gap(struct space *space, vaddr_t low, vaddr_t high, uint64_t len,
    uint64_t align, bool top_down, vaddr_t *out)
{
	struct search search = {
		.low = low, .high = MIN(high, USER_END), .len = len,
		.align = MAX(align, PAGE_BYTES),
	};
	bool found;

	if (len == 0 || low >= search.high || len > search.high - low)
		return false;
	search.from = low;
	search.to = search.high;
	mutex_lock(&space->lock);
	found = search_node(&search, space->root, 0, top_down, out);
	if (!found) {
		/* What is left when the search has passed everything. */
		if (top_down)
			search.from = low;
		else
			search.to = search.high;
		found = gap_fits(&search, top_down, out);
	}
	mutex_unlock(&space->lock);
	return found;
}

uint64_t
space_alignment(uint64_t len)
{
	uint32_t level = ROOT_LEVEL;

	while (level > 0 && len < level_bytes(level))
		level--;
	return level_bytes(level);
}
