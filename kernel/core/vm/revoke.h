/* Taking pages of an object out of every mapping. */
#pragma once

struct object;

/*
 * Drop the pages behind the object's end from the cache, and turn the entries
 * that name them, or private copies of them, back into promises, which cannot
 * be kept: touching them is -ENXIO.
 *
 * Stops the world.  needs: no spinlock; no space's lock
 */
void object_revoke(struct object *object);
