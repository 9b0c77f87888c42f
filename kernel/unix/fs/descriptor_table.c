/*
 * How tables of descriptors grow.  Arrays never shrink: a new one is made
 * without the lock, and put in place under it, unless somebody else was faster.
 */
#include "unix/fs/descriptor_table.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/heap.h"

void
table_free(struct descriptors *table)
{
	for (uint32_t i = 0; table->pages != NULL &&
	    i < table->size / PER_PAGE; i++)
		heap_free(table->pages[i]);
	heap_free(table->pages);
	if (table->slots != table->few)
		heap_free(table->slots);
	heap_free(table);
}

/* Put `array` in place of a smaller one.
 * needs: the lock.  returns: what is to be freed */
static void *
install_array(struct descriptors *table, slot_t *array, uint32_t size)
{
	slot_t *old = table->slots;

	if (table->pages != NULL || table->size >= size)
		return array;
	memcpy(array, old, table->size * sizeof(*old));
	table->slots = array;
	table->size = size;
	return old == table->few ? NULL : old;
}

static int
grow_array(struct descriptors *table, uint32_t wanted)
{
	uint32_t size = FEW;
	slot_t *array;
	void *old;

	while (size < wanted)
		size *= 2;
	array = heap_alloc(size * sizeof(*array));
	if (array == NULL)
		return -ENOMEM;
	spin_lock(&table->lock);
	old = install_array(table, array, size);
	spin_unlock(&table->lock);
	heap_free(old);
	return 0;
}

/* Add one page of slots behind those there are. */
static int
grow_page(struct descriptors *table)
{
	slot_t **pages = heap_alloc(PAGE_BYTES);
	slot_t *page = heap_alloc(PAGE_BYTES);

	if (pages == NULL || page == NULL) {
		heap_free(pages);
		heap_free(page);
		return -ENOMEM;
	}
	spin_lock(&table->lock);
	if (table->pages == NULL && table->size == PER_PAGE) {
		pages[0] = table->slots;
		table->slots = table->few;
		table->pages = pages;
		pages = NULL;
	}
	if (table->pages != NULL && table->size < PER_PAGE * PER_PAGE) {
		table->pages[table->size / PER_PAGE] = page;
		table->size += PER_PAGE;
		page = NULL;
	}
	spin_unlock(&table->lock);
	heap_free(pages);
	heap_free(page);
	return 0;
}

int
table_grow(struct descriptors *table, uint32_t fd)
{
	int err = 0;

	while (err == 0 && fd >= atomic_load_relaxed(&table->size)) {
		if (atomic_load_relaxed(&table->size) < PER_PAGE)
			err = grow_array(table, MIN(fd + 1, PER_PAGE));
		else
			err = grow_page(table);
	}
	return err;
}
