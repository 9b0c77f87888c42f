/*
 * Ranges of a space: promising memory and giving it back.
 *
 * Ranges are page-aligned, not empty, and end at or below USER_END: anything
 * else is -EINVAL, so a door may pass on what a program gave.
 */
#pragma once

#include "core/base/types.h"

struct object;
struct space;

/* Rights of a mapping; W without R means R too, for the hardware knows no
 * write-only page. */
#define PROT_READ	1u
#define PROT_WRITE	2u
#define PROT_EXEC	4u

/*
 * Promise [start, start + len): zero-filled memory, made when touched.
 * returns: 0; -EEXIST if something is mapped there; -EINVAL; -ENOMEM with
 *          nothing changed
 */
int space_map_anon(struct space *space, vaddr_t start, uint64_t len,
    uint32_t prot);

/*
 * Promise the pages of an object from page `first` on, private (copied when
 * written) or shared.  Takes references of its own to `object`.  Shared writing
 * is for objects that keep their pages (object_keeps_pages): others would drop
 * what was written with the page.
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
