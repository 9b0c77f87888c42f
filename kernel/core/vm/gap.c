/*
 * Finding room.  The search walks entries, and looks into a node only where a
 * gap may lie in it or reach into it:
 *
 *	the leaf node at the top	is looked at first
 *	a full node			is passed by
 *	a node too full for the gap	only its two ends matter
 *
 * and ends as soon as there is room enough, so that its cost hangs on how
 * scattered the space is on the way there, not on how large.
 */
#include "core/vm/range.h"

#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"
#include "core/vm/way.h"

/* A search: of what lies in [low, high), [from, to) is known to be empty, and
 * grows at one side as the search goes on. */
struct search {
	vaddr_t low, high;
	uint64_t len, align;
	bool top_down;
	vaddr_t from, to;
};

static bool
gap_fits_aligned(const struct search *search, vaddr_t *out)
{
	vaddr_t at;

	at = search->top_down ?
	    ROUND_DOWN(search->to - search->len, search->align) :
	    ROUND_UP(search->from, search->align);
	if (at < search->from || at > search->to - search->len)
		return false;
	*out = at;
	return true;
}

static inline bool
gap_fits(const struct search *search, vaddr_t *out)
{
	if (search->from >= search->to || search->to - search->from < search->len)
		return false;
	return gap_fits_aligned(search, out);
}

static inline uint64_t
node_pages(const struct frame *node)
{
	return node_fanout(node->level) * level_pages(node->level);
}

/* The first entry of a node that is in use, or (`last`) the last one.  No node
 * is empty. */
static uint32_t
node_edge_index(const struct frame *node, bool last)
{
	const entry_t *entries = node_entries(node);
	uint32_t lines = node->lines, i = last ? SV39_FANOUT - 1 : 0;

	if (last) {
		for (; !(lines >> (LINES - 1) & 1); lines <<= 1)
			i -= LINE_ENTRIES;
		while (entry_load(&entries[i]) == 0)
			i--;
	} else {
		for (; !(lines & 1); lines >>= 1)
			i += LINE_ENTRIES;
		while (entry_load(&entries[i]) == 0)
			i++;
	}
	return i;
}

/* The first address in use below a node, or (`last`) the end of the last. */
static vaddr_t
node_edge(const struct frame *node, vaddr_t base, bool last)
{
	for (;;) {
		uint32_t i = node_edge_index(node, last);
		entry_t entry = entry_load(&node_entries(node)[i]);

		base += (vaddr_t)i * level_bytes(node->level);
		if (!entry_is_inner(entry))
			return last ? base + level_bytes(node->level) : base;
		node = entry_frame(entry);
	}
}

static bool search_node(struct search *search, const struct frame *node,
    vaddr_t base, vaddr_t *out);

/* Pass [at, end), where nothing is. */
static inline bool
search_empty(struct search *search, vaddr_t at, vaddr_t end, vaddr_t *out)
{
	if (search->top_down)
		search->from = MAX(at, search->low);
	else
		search->to = MIN(end, search->high);
	return gap_fits(search, out);
}

/* Pass [at, end), which is all in use. */
static inline void
search_full(struct search *search, vaddr_t at, vaddr_t end)
{
	if (search->top_down)
		search->to = MIN(at, search->high);
	else
		search->from = MAX(end, search->low);
}

/* Pass a node whose middle has no room for the gap, from `at` on. */
static bool
search_edges(struct search *search, const struct frame *node, vaddr_t at,
    vaddr_t *out)
{
	if (search->top_down) {
		search->from = MAX(node_edge(node, at, true), search->low);
		if (gap_fits(search, out))
			return true;
		search->to = MIN(node_edge(node, at, false), search->high);
	} else {
		search->to = MIN(node_edge(node, at, false), search->high);
		if (gap_fits(search, out))
			return true;
		search->from = MAX(node_edge(node, at, true), search->low);
	}
	return false;
}

/* Pass what an entry that is in use covers, [at, end). */
static bool
search_entry(struct search *search, entry_t entry, vaddr_t at, vaddr_t end,
    vaddr_t *out)
{
	const struct frame *node = entry_frame(entry);
	uint64_t empty = 0;

	if (entry_is_inner(entry))
		empty = (node_pages(node) - node->promised) << PAGE_SHIFT;
	if (empty >= search->len)
		return search_node(search, node, at, out);
	/* What must stand at multiples of what the entry covers, and is one
	 * itself, ends nowhere in it. */
	if (empty > 0 && ((search->len | search->align) & (end - at - 1)) != 0)
		return search_edges(search, node, at, out);
	search_full(search, at, end);
	return false;
}

/* How many entries in a row are in use, from `entry` on, downwards if `step` is
 * -1; at most `max`. */
static inline uint32_t
row_in_use(const entry_t *entry, int step, uint32_t max)
{
	uint32_t count = 0;

	while (count < max && entry_load(entry) != 0) {
		entry += step;
		count++;
	}
	return count;
}

/* Entries [first, limit) of a leaf node.  Inlined, for it is most of a search
 * that ends at once. */
static inline __attribute__((always_inline)) bool
search_leaves(struct search *search, const struct frame *node, vaddr_t base,
    uint32_t first, uint32_t limit, vaddr_t *out)
{
	const entry_t *entries = node_entries(node);
	bool top_down = search->top_down;
	uint32_t next;

	for (uint32_t n = 0; n < limit - first; n += next) {
		uint32_t i = top_down ? limit - 1 - n : first + n;
		uint32_t in_use = row_in_use(&entries[i], top_down ? -1 : 1,
		    limit - first - n);
		vaddr_t at = base + ((vaddr_t)i << PAGE_SHIFT), end;

		next = MAX(in_use, 1u);
		/* A line of which nothing is in use, at once. */
		if (in_use == 0 && (node->lines >> i / LINE_ENTRIES & 1) == 0)
			next = MIN(limit - first - n, top_down ?
			    i % LINE_ENTRIES + 1 :
			    LINE_ENTRIES - i % LINE_ENTRIES);
		if (top_down)
			at -= (vaddr_t)(next - 1) << PAGE_SHIFT;
		end = at + ((vaddr_t)next << PAGE_SHIFT);
		if (in_use > 0)
			search_full(search, at, end);
		else if (search_empty(search, at, end, out))
			return true;
	}
	return false;
}

static bool
search_node(struct search *search, const struct frame *node, vaddr_t base,
    vaddr_t *out)
{
	const entry_t *entries = node_entries(node);
	uint64_t each = level_bytes(node->level);
	vaddr_t low = MAX(search->low, base);
	vaddr_t high = MIN(search->high, base + node_fanout(node->level) * each);
	uint32_t first, limit;

	if (low >= high)
		return false;
	first = level_index(low, node->level);
	limit = level_index(high - 1, node->level) + 1;
	if (node->level == 0)
		return search_leaves(search, node, base, first, limit, out);
	for (uint32_t n = 0; n < limit - first; n++) {
		uint32_t i = search->top_down ? limit - 1 - n : first + n;
		vaddr_t at = base + i * each;
		entry_t entry = entry_load(&entries[i]);

		if (entry == 0 ? search_empty(search, at, at + each, out) :
		    search_entry(search, entry, at, at + each, out))
			return true;
	}
	return false;
}

/*
 * The leaf node at the top is mostly the one: found without a look at what else
 * there is, and passed if it is not.
 */
static bool
search_top(struct search *search, const struct space *space, vaddr_t *out)
{
	vaddr_t base = ROUND_DOWN(search->high - 1, level_bytes(1));
	entry_t entry = entry_load(&node_entries(space->root)
	    [level_index(base, ROOT_LEVEL)]);
	const struct frame *node;

	if (!entry_is_inner(entry))
		return false;
	entry = entry_load(entry_below(entry, base, 1));
	if (!entry_is_inner(entry))
		return false;
	node = entry_frame(entry);
	if (base < search->low ||
	    (uint64_t)(SV39_FANOUT - node->promised) << PAGE_SHIFT < search->len)
		return false;
	if (search_leaves(search, node, base, 0,
	    level_index(search->high - 1, 0) + 1, out))
		return true;
	search->high = base;
	return false;
}

bool
range_find_gap(const struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, uint64_t align, bool top_down, vaddr_t *out)
{
	struct search search = {
		.low = low, .high = MIN(high, USER_END), .len = len,
		.align = MAX(align, PAGE_BYTES), .top_down = top_down,
	};

	if (len == 0 || low >= search.high || len > search.high - low)
		return false;
	search.from = low;
	search.to = search.high;
	if (top_down && search_top(&search, space, out))
		return true;
	if (search_node(&search, space->root, 0, out))
		return true;
	/* What is left when the search has passed everything. */
	if (top_down)
		search.from = low;
	else
		search.to = search.high;
	return gap_fits(&search, out);
}

/* The alignment at which `len` bytes take the fewest entries. */
static uint64_t
space_alignment(uint64_t len)
{
	uint32_t level = ROOT_LEVEL;

	while (level > 0 && len < level_bytes(level))
		level--;
	return level_bytes(level);
}

bool
range_find_place(const struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, vaddr_t *out)
{
	uint64_t align = space_alignment(len);

	return (align > PAGE_BYTES &&
	    range_find_gap(space, low, high, len, align, true, out)) ||
	    range_find_gap(space, low, high, len, PAGE_BYTES, true, out);
}

bool
space_find_place(struct space *space, vaddr_t low, vaddr_t high, uint64_t len,
    vaddr_t *out)
{
	bool found;

	space_lock(space);
	found = range_find_place(space, low, high, len, out);
	mutex_unlock(&space->lock);
	return found;
}

bool
space_find_gap(struct space *space, vaddr_t low, vaddr_t high, uint64_t len,
    uint64_t align, bool top_down, vaddr_t *out)
{
	bool found;

	space_lock(space);
	found = range_find_gap(space, low, high, len, align, top_down, out);
	mutex_unlock(&space->lock);
	return found;
}
