/*
 * An address space: a tree of page-table pages (nodes), and nothing beside.
 * entry.h says what each word of the tree means, docs/design.md why.
 *
 * All functions take the space's lock themselves.  Ranges are page-aligned,
 * not empty, and end at or below USER_END: anything else is -EINVAL, so a
 * door may pass on what a program gave.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

struct space;
struct object;

/* Rights of a mapping; W without R means R too, for the hardware knows no
 * write-only page. */
#define PROT_READ	1u
#define PROT_WRITE	2u
#define PROT_EXEC	4u

/* Options of a space, chosen by the door. */
#define SPACE_SHARE_ZERO 1u	/* reading fresh memory maps a common zero page */

/* What a space holds, in pages. */
struct space_usage {
	uint64_t promised;	/* mapped, touched or not */
	uint32_t nodes;		/* page-table pages it names, shared ones too */
	uint32_t resident;	/* frames it maps, shared ones too */
};

void space_init(void);		/* once, at boot */

/* An empty space with one owner.  returns: 0, -ENOMEM or -EAGAIN */
int space_create(uint32_t options, struct space **out);
/* Drop it: its tree is queued to be freed.  needs: no thread runs in it */
void space_destroy(struct space *space);

/*
 * Make `*out` see what `parent` sees, both copying from now on what they
 * write.  Costs the same whatever the parent holds.
 * returns: 0, -ENOMEM or -EAGAIN, with nothing changed
 */
int space_fork(struct space *parent, struct space **out);

/*
 * Promise [start, start + len): zero-filled memory, made when touched.
 * returns: 0; -EEXIST if something is mapped there; -EINVAL; -ENOMEM with
 *          nothing changed
 */
int space_map_anon(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot);

/*
 * Promise the pages of an object from page `first` on, private (copied when
 * written) or shared.  Takes references of its own to `object`.
 * returns: as space_map_anon
 */
int space_map_object(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot, bool shared, struct object *object, uint32_t first);

/*
 * Give [start, start + len) back: touching it is a fault from now on.  What
 * was not mapped is skipped.
 * returns: 0; -EINVAL; -ENOMEM with nothing changed, only if a shared node
 *          would have to be split and even the reserve is empty
 */
int space_unmap(struct space *space, vaddr_t start, uint64_t len);

/*
 * Make `addr` accessible as `access` wants it, as a page fault does.
 * needs:   no spinlock held; may sleep
 * returns: 0, with this hart's stale translation gone; -EFAULT if it must
 *          not be; -ENOMEM; -EIO if the object could not be read
 */
int space_fault(struct space *space, vaddr_t addr, enum access access);

/* Count what it holds; slow: walks the whole tree. */
void space_usage(struct space *space, struct space_usage *usage);

/* Pages promised, which is a running sum. */
uint64_t space_promised(struct space *space);
