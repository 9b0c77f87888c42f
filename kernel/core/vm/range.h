/*
 * Ranges of a space: promising memory, changing it, giving it back.
 *
 * Ranges are page-aligned, not empty, and end at or below USER_END: anything
 * else is -EINVAL, so a door may pass on what a program gave.  Each change is
 * atomic: it happens under the space's lock, held once.
 *
 * Out of memory is -ENOMEM with nothing changed; unmapping and replacing need
 * memory only where a shared node has to be split, and have a reserve for it.
 */
#pragma once

#include "core/base/types.h"

struct object;
struct space;

/* Rights of a mapping; W without R means R too, for the hardware knows no
 * write-only page. */
#define PROT_NONE	0u
#define PROT_READ	1u
#define PROT_WRITE	2u
#define PROT_EXEC	4u

/* Options of mapping. */
#define SPACE_MAP_REPLACE 1u	/* drop what is mapped there; else -EEXIST */
#define SPACE_MAP_GROWS	2u	/* anonymous: extends itself downwards when the
				 * empty page below it is touched (fault.h) */
#define SPACE_MOVE_LEAVE 4u	/* zeros are promised where it was */

/*
 * Promise [start, start + len): zero-filled memory, made when touched.
 * returns: 0; -EEXIST; -EINVAL; -ENOMEM
 */
int space_map_anon(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot, uint32_t options);

/*
 * The same at the place that space_find_place finds in [low, high).
 * returns: as space_map_anon; -ENOMEM where there is none.  gives: *start
 */
int space_place_anon(struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, uint32_t prot, uint32_t options, vaddr_t *start);

/*
 * Promise the pages of an object from page `first` on, private (copied when
 * written) or shared.  Takes references of its own to `object`.  Pages past
 * the object's end may be promised: touching them is -ENXIO until it grows.
 *
 * `may_write` is about a shared mapping: whether space_protect may allow
 * writing later.  Shared writing is for objects that keep what was written
 * (object_keeps_writes).
 * returns: as space_map_anon; -EACCES to shared writing where that is not so
 */
int space_map_object(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot, bool shared, bool may_write, struct object *object,
    uint32_t first, uint32_t options);

/*
 * Give [start, start + len) back: touching it is a fault from now on.  What
 * was not mapped is skipped.
 */
int space_unmap(struct space *space, vaddr_t start, uint64_t len);

/*
 * Change the rights of what is mapped.
 * returns: 0; -ENOMEM where a page is not mapped, -EACCES where it may never
 *          be written: the pages before it have changed, it and those after
 *          it have not; -EINVAL; -ENOMEM for want of memory
 */
int space_protect(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot);

/*
 * Move what is mapped in [from, from + len) to `to`, holes too.  Costs no work
 * per page where both are aligned alike.  Nobody sees a part of it done.
 *
 * options: SPACE_MAP_REPLACE, SPACE_MOVE_LEAVE (with `prot`)
 * returns: 0; -EEXIST if something is mapped at `to`; -EINVAL, also if the two
 *          overlap
 */
int space_move(struct space *space, vaddr_t from, uint64_t len, vaddr_t to,
    uint32_t options, uint32_t prot);

/*
 * Forget the contents: each page is again as it was promised (zero, or what
 * its object holds).  `anon_only`: -EINVAL with nothing changed if there is
 * anything but private anonymous memory.
 * returns: 0; -ENOMEM if some page is not mapped (the others are done)
 */
int space_discard(struct space *space, vaddr_t start, uint64_t len,
    bool anon_only);

/*
 * Touch every page, `write` as a write would, so that no fault is left.
 * returns: 0; -ENOMEM where a page is not mapped, or for want of memory;
 *          -EACCES, -ENXIO, -EIO as space_fault.  Pages before it are there.
 */
int space_populate(struct space *space, vaddr_t start, uint64_t len,
    bool write);

/*
 * Find `len` bytes in [low, high) where nothing is mapped, the lowest or
 * (top_down) the highest, at a multiple of `align` (a power of two, at least a
 * page).  returns: whether there are.  gives: *out
 */
bool space_find_gap(struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, uint64_t align, bool top_down, vaddr_t *out);
/* The same from the top down, if there is such a place where `len` bytes take
 * the fewest entries. */
bool space_find_place(struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, vaddr_t *out);

/*
 * Which pages can be read without waiting: one byte each, 1 or 0; of an
 * object's page, whether it is cached.  returns: 0; -ENOMEM if some page is
 * not mapped; -EINVAL
 */
int space_resident(struct space *space, vaddr_t start, uint64_t npages,
    uint8_t *bits);

/* Pages in a row that are mapped alike: what Linux's /proc maps calls a line. */
struct space_run {
	vaddr_t start, end;
	uint32_t prot;
	bool shared;
	bool may_write;		/* space_protect may allow writing */
	bool grows;		/* downwards */
	struct object *object;	/* with a reference for the caller, or NULL:
				 * anonymous memory */
	uint32_t page;		/* of the object, at `start` */
	uint64_t resident;	/* pages there are frames for */
	uint64_t dirty;		/* of those: written to, and only this space's
				 * own; for a shared run 0 */
};

/*
 * The next run that ends after `addr`, whole or from `addr` on.  A long one is
 * looked at in pieces, between which others get their turn, and may change.
 * returns: whether there is one
 */
bool space_next_run(struct space *space, vaddr_t addr, struct space_run *out);

/*
 * The same, of what starts before `limit`, a multiple of pages: nothing beyond
 * it is looked at, so the run may end there though the mapping goes on.
 */
bool space_next_run_before(struct space *space, vaddr_t addr, vaddr_t limit,
    struct space_run *out);

/*
 * A name for the memory at `addr` that is the same for all who share it: of
 * shared memory (if `shared`), its object and offset; else the space itself
 * and `addr`.  Valid while it stays mapped.
 * returns: 0; -EFAULT if nothing is mapped there
 */
int space_identify(struct space *space, vaddr_t addr, bool shared,
    uint64_t key[2]);

/*
 * Copy from or to the memory of a space, which may be another's: faults are
 * served as if its own program had touched it.
 * needs:   no spinlock held, no lock of a rank above RANK_SPACE; `buf` is the
 *          kernel's
 * returns: bytes copied, fewer than `len` only where the next cannot be
 *          accessed; -EFAULT if the first cannot
 */
int64_t space_read(struct space *space, vaddr_t addr, void *buf, size_t len);
int64_t space_write(struct space *space, vaddr_t addr, const void *buf,
    size_t len);
