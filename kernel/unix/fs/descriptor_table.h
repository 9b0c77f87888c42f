/*
 * A table of descriptors, for the files descriptor*.c alone.
 *
 *	slots --> few[]                  up to 16: in the table itself
 *	      --> an array on the heap   up to 512
 *	      --> pages --> page         each with 512
 *
 * A slot holds a file's address, bit 0 of which says close-on-exec; 0 is free.
 */
#pragma once

#include "core/base/params.h"
#include "core/cpu/layout.h"
#include "unix/fs/descriptor.h"

#define FEW		16
#define PER_PAGE	(PAGE_BYTES / sizeof(slot_t))
#define CLOEXEC		1u

typedef uintptr_t slot_t;

/* [a] atomic, [l] lock */
struct descriptors {
	uint32_t refs;			/* [a] */
	uint32_t size;			/* [l] slots there are */
	uint32_t end;			/* [l] all from here on are free */
	uint32_t first_free;		/* [l] all before it are taken */
	struct spinlock lock;
	slot_t *slots;			/* [l] up to PER_PAGE */
	slot_t **pages;			/* [l] more */
	slot_t few[FEW];		/* [l] */
};

_Static_assert(DESCRIPTORS_MAX <= PER_PAGE * PER_PAGE, "one page of pages");

/* needs: fd < table->size */
static inline slot_t *
slot_at(struct descriptors *table, uint32_t fd)
{
	if (table->pages == NULL)
		return &table->slots[fd];
	return &table->pages[fd / PER_PAGE][fd % PER_PAGE];
}

static inline struct file *
slot_file(slot_t slot)
{
	return (struct file *)(slot & ~(slot_t)CLOEXEC);
}

/* needs: the lock, fd < size, the slot is free; takes over the reference */
static inline void
slot_fill(struct descriptors *table, uint32_t fd, struct file *file,
    bool cloexec)
{
	*slot_at(table, fd) = (slot_t)file | (cloexec ? CLOEXEC : 0);
	table->end = MAX(table->end, fd + 1);
}

/* needs: the lock.  returns: what it held, with the reference; 0: it was
 * free */
static inline slot_t
slot_clear(struct descriptors *table, uint32_t fd)
{
	slot_t *at = slot_at(table, fd), old = *at;

	*at = 0;
	table->first_free = MIN(table->first_free, fd);
	while (table->end > 0 && *slot_at(table, table->end - 1) == 0)
		table->end--;
	return old;
}

/* See that there are more than `fd` slots.  needs: not the lock
 * returns: 0 or -ENOMEM */
int table_grow(struct descriptors *table, uint32_t fd);
void table_free(struct descriptors *table);
/* A descriptor of the file is no more; puts its reference. */
void descriptor_gone(struct descriptors *table, struct file *file);
