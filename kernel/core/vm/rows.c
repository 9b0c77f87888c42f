#include "core/vm/rows.h"

#include "core/vm/way.h"

/* The next row, in a node above the leaves. */
static inline void
rows_add_large(struct rows *rows, struct frame *node, uint32_t first,
    uint32_t count)
{
	rows->large = true;
	rows->row[rows->nrows++] = (struct row){
		.node = node, .first = first, .count = count,
	};
}

/* The next row, in the leaf node below entry `index` of the middle node. */
static inline bool
rows_add(struct rows *rows, uint32_t index, uint32_t first, uint32_t count)
{
	struct row *row = &rows->row[rows->nrows++];
	entry_t entry;

	row->above = &node_entries(rows->middle)[index];
	row->first = first;
	row->count = count;
	row->node = NULL;
	entry = entry_load(row->above);
	if (entry == 0)
		return true;
	row->node = node_at_hand(entry);
	return row->node != NULL;
}

/* Entries [first, limit) of leaf nodes, those below entries `index` and `last`
 * of the middle node. */
static bool
rows_add_several(struct rows *rows, uint32_t index, uint32_t first,
    uint32_t last, uint32_t limit)
{
	if (first > 0 &&
	    !rows_add(rows, index++, first, SV39_FANOUT - first))
		return false;
	last += limit == SV39_FANOUT;
	if (last > index)
		rows_add_large(rows, rows->middle, index, last - index);
	return limit == SV39_FANOUT || rows_add(rows, last, 0, limit);
}

bool
rows_find_below(struct frame *middle, vaddr_t start, uint64_t len,
    struct rows *rows)
{
	vaddr_t end = start + len - 1;
	uint32_t index = level_index(start, 1), last = level_index(end, 1);
	uint32_t first = level_index(start, 0), limit = level_index(end, 0) + 1;

	rows->middle = middle;
	rows->large = false;
	rows->nrows = 0;
	if (index == last && len < level_bytes(1))
		return rows_add(rows, index, first, limit - first);
	return rows_add_several(rows, index, first, last, limit);
}

bool
rows_find(const struct space *space, vaddr_t start, uint64_t len,
    struct rows *rows)
{
	struct frame *root = space->root, *middle;

	if (((start | len) & (level_bytes(ROOT_LEVEL) - 1)) == 0) {
		rows->middle = NULL;
		rows->nrows = 0;
		rows_add_large(rows, root, level_index(start, ROOT_LEVEL),
		    (uint32_t)(len / level_bytes(ROOT_LEVEL)));
		return true;
	}
	if ((start ^ (start + len - 1)) >= level_bytes(ROOT_LEVEL))
		return false;
	middle = node_at_hand(entry_load(
	    &node_entries(root)[level_index(start, ROOT_LEVEL)]));
	return middle != NULL && rows_find_below(middle, start, len, rows);
}

bool
row_is_all(const entry_t *entries, uint32_t count, entry_t value)
{
	const entry_t *end = entries + count;

	for (; end - entries >= 8; entries += 8)
		if (entry_load(&entries[0]) != value ||
		    entry_load(&entries[1]) != value ||
		    entry_load(&entries[2]) != value ||
		    entry_load(&entries[3]) != value ||
		    entry_load(&entries[4]) != value ||
		    entry_load(&entries[5]) != value ||
		    entry_load(&entries[6]) != value ||
		    entry_load(&entries[7]) != value)
			return false;
	for (; entries < end; entries++)
		if (entry_load(entries) != value)
			return false;
	return true;
}

bool
row_is_empty(const struct frame *node, uint32_t first, uint32_t count)
{
	const entry_t *entries = node_entries(node);
	uint32_t limit = first + count, lines;

	if (count <= LINE_ENTRIES)
		return row_bits(entries + first, count) == 0;
	/* Of lines in use, those entries that are in the row. */
	lines = (node->lines & lines_of(first, count)) >> first / LINE_ENTRIES;
	for (; lines != 0; lines >>= 1) {
		uint32_t next = MIN((first / LINE_ENTRIES + 1) * LINE_ENTRIES,
		    limit);

		if ((lines & 1) && row_bits(entries + first, next - first) != 0)
			return false;
		first = next;
	}
	return true;
}

/* Inlined, so that there are no steps of 0. */
static inline __attribute__((always_inline)) void
row_fill(entry_t *entries, uint32_t count, entry_t value, entry_t step)
{
	entry_t *end = entries + count;

	for (; end - entries >= 8; entries += 8)
#pragma GCC unroll 8
		for (uint32_t i = 0; i < 8; i++, value += step)
			entry_store(&entries[i], value);
	for (; entries < end; entries++, value += step)
		entry_store(entries, value);
}

void
row_set(struct frame *node, uint32_t first, uint32_t count, entry_t mark)
{
	entry_t *entries = node_entries(node) + first;
	entry_t step = entry_mark_advance(mark, level_pages(node->level)) - mark;

	node->lines |= lines_of(first, count);
	node->used += (uint16_t)count;
	if (step == 0) {
		row_fill(entries, count, mark, 0);
		return;
	}
	node->named += (uint16_t)count;
	row_fill(entries, count, mark, step);
}

void
rows_free_spares(const struct rows *rows)
{
	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct frame *spare = row_spare(&rows->row[i]);

		if (spare != NULL)
			frame_return(spare, true);
	}
}

/* The lines that lie whole in [first, first + count). */
static inline uint32_t
lines_within(uint32_t first, uint32_t count)
{
	uint32_t begin = (first + LINE_ENTRIES - 1) / LINE_ENTRIES;
	uint32_t limit = (first + count) / LINE_ENTRIES;

	return (uint32_t)(((uint64_t)1 << limit) - 1) &
	    ~(uint32_t)(((uint64_t)1 << begin) - 1);
}

void
row_clear(struct frame *node, uint32_t first, uint32_t count)
{
	row_fill(node_entries(node) + first, count, 0, 0);
	node->lines &= ~lines_within(first, count);
}
