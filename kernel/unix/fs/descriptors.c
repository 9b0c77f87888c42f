/*
 * Tables of descriptors as wholes: made, copied, walked, closed.
 *
 * Lock order: the table's lock; fork, who copies one, locks the old one alone.
 */
#include "unix/fs/descriptor_table.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/vm/heap.h"

struct descriptors *
descriptors_new(void)
{
	struct descriptors *table = heap_alloc(sizeof(*table));

	if (table == NULL)
		return NULL;
	table->refs = 1;
	table->size = FEW;
	table->slots = table->few;
	spin_init(&table->lock, "descriptors", RANK_WAIT);
	return table;
}

void
descriptors_get(struct descriptors *table)
{
	ASSERT(atomic_add(&table->refs, 1) > 0);
}

bool
descriptors_shared(const struct descriptors *table)
{
	return atomic_load_acquire(&table->refs) > 1;
}

/*
 * Take the first descriptor from *fd up to `last` that is in use, and has
 * close-on-exec if only such are asked for.
 * returns: its file, with its reference; NULL if there is none
 */
static struct file *
take_next(struct descriptors *table, uint32_t *fd, uint32_t last,
    bool only_cloexec)
{
	slot_t slot = 0;

	spin_lock(&table->lock);
	for (; slot == 0 && *fd < table->end && *fd <= last; (*fd)++) {
		slot = *slot_at(table, *fd);
		if (only_cloexec && !(slot & CLOEXEC))
			slot = 0;
		if (slot != 0)
			slot_clear(table, *fd);
	}
	spin_unlock(&table->lock);
	return slot_file(slot);
}

static void
close_range(struct descriptors *table, uint32_t first, uint32_t last,
    bool only_cloexec)
{
	struct file *file;

	while ((file = take_next(table, &first, last, only_cloexec)) != NULL)
		descriptor_gone(table, file);
}

void
descriptor_close_range(struct descriptors *table, uint32_t first,
    uint32_t last)
{
	close_range(table, first, last, false);
}

void
descriptors_close_on_exec(struct descriptors *table)
{
	close_range(table, 0, UINT32_MAX, true);
}

void
descriptors_put(struct descriptors *table)
{
	if (atomic_sub(&table->refs, 1) > 1)
		return;
	/* Nobody else has it: there is nothing to lock. */
	for (uint32_t fd = 0; fd < table->end; fd++) {
		struct file *file = slot_file(*slot_at(table, fd));

		if (file != NULL)
			descriptor_gone(table, file);
	}
	table_free(table);
}

struct descriptors *
descriptors_copy(struct descriptors *from)
{
	struct descriptors *table = descriptors_new();
	uint32_t end;

	if (table == NULL)
		return NULL;
	for (;;) {
		spin_lock(&from->lock);
		end = from->end;
		if (end <= table->size)
			break;
		spin_unlock(&from->lock);
		if (table_grow(table, end - 1) != 0) {
			table_free(table);
			return NULL;
		}
	}
	for (uint32_t fd = 0; fd < end; fd++) {
		slot_t slot = *slot_at(from, fd);

		*slot_at(table, fd) = slot;
		if (slot != 0)
			file_get(slot_file(slot));
	}
	table->end = end;
	table->first_free = from->first_free;
	spin_unlock(&from->lock);
	return table;
}

bool
descriptors_next(struct descriptors *table, int *fd, struct file **out)
{
	slot_t slot = 0;

	spin_lock(&table->lock);
	for (uint32_t at = (uint32_t)MAX(*fd, 0); slot == 0 &&
	    at < table->end; at++) {
		slot = *slot_at(table, at);
		*fd = (int)at;
	}
	if (slot != 0) {
		*out = slot_file(slot);
		file_get(*out);
	}
	spin_unlock(&table->lock);
	return slot != 0;
}

uint32_t
descriptors_count(struct descriptors *table)
{
	uint32_t n = 0;

	spin_lock(&table->lock);
	for (uint32_t fd = 0; fd < table->end; fd++)
		n += *slot_at(table, fd) != 0;
	spin_unlock(&table->lock);
	return n;
}
