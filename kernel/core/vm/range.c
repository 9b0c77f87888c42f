/*
 * Mapping and unmapping.  A range is cut along the tree: entries it covers
 * whole are set with one store; the two nodes at its ends, on each level, are
 * entered.
 *
 *	level 1   |   .   | part | whole | whole | part |   .   |
 *	level 0          |..#####|               |##.....|
 */
#include "core/vm/range.h"

#include "core/base/errno.h"
#include "core/vm/object.h"
#include "core/vm/object_entry.h"
#include "core/vm/range_quick.h"
#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"

static uint32_t
map_needs(const struct space *space, const struct span *span)
{
	return range_needs(space, span, RANGE_MAP);
}

static uint32_t
replace_needs(const struct space *space, const struct span *span)
{
	return range_needs(space, span, RANGE_REPLACE);
}

uint64_t
range_set(struct frame *node, const struct span *span, entry_t mark,
    struct stock *stock, struct changes *changes)
{
	entry_t *entries = node_entries(node);
	uint64_t promised = 0;
	uint32_t run;

	for (uint32_t i = span_first(span); i < span_limit(span); i += run) {
		entry_t here = entry_mark_advance(mark, promised);

		run = span_run(span, i);
		if (run > 0) {
			row_set(node, i, run, here);
			promised += run * level_pages(span->level);
		} else {
			struct frame *below = range_enter_closed(node,
			    &entries[i], stock, changes);
			struct span part = span_below(span, i);

			promised += range_set(below, &part, here, stock,
			    changes);
			run = 1;
		}
	}
	node_add_promised(node, (uint32_t)promised);
	return promised;
}

void
range_drop(struct space *space, const struct span *span, struct stock *stock)
{
	struct changes changes = { 0 };

	range_detach(space->root, span, stock, &changes);
	if (changes.inner || changes.remote)
		changes_finish(&changes, space);
	range_erase(space->root, span);
}

/*
 * The long way, for any range.
 * needs: space->lock
 * gives: the lock back
 */
static __attribute__((noinline)) int
range_map_any(struct space *space, vaddr_t start, uint64_t len, entry_t mark,
    bool replace)
{
	struct span span = span_root(start, len);
	struct stock stock = { 0 };
	struct changes changes = { 0 };
	int err = range_prepare(space, &span, replace ? replace_needs :
	    map_needs, true, &stock);

	if (err != 0)
		return err;
	if (!replace && !range_is_empty(space->root, &span)) {
		err = -EEXIST;
		goto unlock;
	}
	/* Nothing below may fail. */
	if (replace)
		range_drop(space, &span, &stock);
	range_set(space->root, &span, mark, &stock, &changes);
	if (changes.inner)
		changes_finish(&changes, space);
unlock:
	mutex_unlock(&space->lock);
	stock_empty(&stock);
	return err;
}

/* needs: space->lock.  gives: the lock back */
static int
range_map(struct space *space, vaddr_t start, uint64_t len, entry_t mark,
    uint32_t options)
{
	bool replace = options & SPACE_MAP_REPLACE;

	if (!replace && range_quick_set(space, start, len, mark)) {
		mutex_unlock(&space->lock);
		return 0;
	}
	vacancy_end(space);
	return range_map_any(space, start, len, mark, replace);
}

static int
anon_mark(uint64_t len, uint32_t prot, uint32_t options, entry_t *mark)
{
	if (!range_is_valid(0, len) || !prot_is_valid(prot) ||
	    (options & ~(SPACE_MAP_REPLACE | SPACE_MAP_GROWS)))
		return -EINVAL;
	*mark = entry_anon(prot_for_hardware(prot));
	if (options & SPACE_MAP_GROWS)
		*mark |= ENTRY_MARK_GROWS;
	return 0;
}

int
space_map_anon(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot, uint32_t options)
{
	entry_t mark;

	if (!range_is_valid(start, len) ||
	    anon_mark(len, prot, options, &mark) != 0)
		return -EINVAL;
	space_lock_vacant(space);
	return range_map(space, start, len, mark, options);
}

int
space_place_anon(struct space *space, vaddr_t low, vaddr_t high, uint64_t len,
    uint32_t prot, uint32_t options, vaddr_t *start)
{
	entry_t mark;
	int err = anon_mark(len, prot, options, &mark);

	if (err != 0)
		return err;
	do {
		space_lock_vacant(space);
		space_write_promised(space);
		if (!range_find_place(space, low, high, len, start)) {
			mutex_unlock(&space->lock);
			return -ENOMEM;
		}
		/* Who must wait for memory may find the place taken. */
		err = range_map(space, *start, len, mark, 0);
	} while (err == -EEXIST);
	return err;
}

uint64_t
range_marks(vaddr_t start, uint64_t len)
{
	uint64_t marks = 0, above = 0;

	/* On each level, what lies whole in the range and not in an entry of
	 * the level above that does, too. */
	for (uint32_t level = ROOT_LEVEL + 1; level-- > 0; ) {
		uint64_t each = level_bytes(level), limit = (start + len) / each;
		uint64_t first = (start + each - 1) / each;
		uint64_t whole = limit > first ? limit - first : 0;

		marks += whole - above * SV39_FANOUT;
		above = whole;
	}
	return marks;
}

int
space_map_object(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot, bool shared, bool may_write, struct object *object,
    uint32_t first, uint32_t options)
{
	uint32_t number = object_number(object);
	entry_t mark = entry_file(number, first, prot_for_hardware(prot),
	    shared);
	uint64_t marks;
	int err;

	if (!range_is_valid(start, len) || !prot_is_valid(prot) ||
	    (options & ~SPACE_MAP_REPLACE))
		return -EINVAL;
	if ((len >> PAGE_SHIFT) > UINT32_MAX - first)
		return -EINVAL;
	may_write = may_write && object_keeps_writes(object);
	if (shared && (prot & PROT_WRITE) && !may_write)
		return -EACCES;
	if (shared && !may_write)
		mark |= ENTRY_MARK_NEVER;
	marks = range_marks(start, len);
	object_get_entries(number, (uint32_t)marks);
	space_lock(space);
	err = range_map(space, start, len, mark, options);
	if (err != 0)
		object_put_entries(number, (uint32_t)marks);
	return err;
}

/* The same for unmapping. */
static __attribute__((noinline)) int
range_unmap_any(struct space *space, vaddr_t start, uint64_t len)
{
	struct span span = span_root(start, len);
	struct stock stock = { 0 };
	int err = range_prepare(space, &span, unmap_needs, true, &stock);

	if (err != 0)
		return err;
	/* Nothing below may fail. */
	range_drop(space, &span, &stock);
	mutex_unlock(&space->lock);
	stock_empty(&stock);
	return 0;
}

int
space_unmap(struct space *space, vaddr_t start, uint64_t len)
{
	if (!range_is_valid(start, len))
		return -EINVAL;
	space_lock_vacant(space);
	if (!range_quick_drop(space, start, len))
		return range_unmap_any(space, start, len);
	mutex_unlock(&space->lock);
	return 0;
}
