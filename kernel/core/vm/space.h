/*
 * An address space: a tree of page-table pages (nodes), and nothing beside.
 * entry.h says what each word of the tree means, docs/design.md why.
 *
 * Here is its life; range.h promises memory in it, fault.h makes it.  All
 * functions take the space's lock themselves.
 */
#pragma once

#include "core/base/types.h"

struct space;

/* Options of a space, chosen by the door. */
#define SPACE_SHARE_ZERO 1u	/* reading fresh memory maps a common zero page */
#define SPACE_MAP_AROUND 2u	/* a fault on a file maps what is cached beside */

/* What a space holds, in pages. */
struct space_usage {
	uint64_t promised;	/* mapped, touched or not */
	uint32_t nodes;		/* page-table pages it names, shared ones too */
	uint32_t resident;	/* frames it maps, shared ones too */
};

void space_init(void);		/* once, at boot */

/* An empty space with one reference.  returns: 0, -ENOMEM or -EAGAIN */
int space_create(uint32_t options, struct space **out);
/* Whoever runs in it or looks at it holds a reference. */
void space_get(struct space *space);
/* The last one dropped queues its tree to be freed.
 * needs: no thread runs in it on the strength of this reference */
void space_put(struct space *space);

/*
 * Make `*out` see what `parent` sees, both copying from now on what they
 * write.  Costs the same whatever the parent holds.
 * pc, sp:  where both go on; any address, for they are only hints
 * returns: 0, -ENOMEM or -EAGAIN, with nothing changed
 */
int space_fork(struct space *parent, vaddr_t pc, vaddr_t sp,
    struct space **out);

/* Count what it holds; slow: looks into all nodes but those of leaves. */
void space_usage(struct space *space, struct space_usage *usage);

/* Pages promised, which is a running sum. */
uint64_t space_promised(struct space *space);
/* The same for frames mapped.  gives: *most, what there ever were at once */
uint32_t space_mapped(struct space *space, uint32_t *most);
