/*
 * Segments: parts of program files, as memory objects.
 *
 *	object page 0        1        2
 *	      |--------|--------|--------|
 *	      ^offset                ^offset + bytes, then zeros
 *
 * A page of the object starts wherever the segment does, so files whose
 * segments are not page-aligned on disk work too.  All who run the same file
 * share its objects, and so its text.  While an object lives its file cannot
 * be written.
 */
#pragma once

#include "core/base/types.h"

struct object;
struct vnode;

void segment_init(void);		/* once, at boot */

/*
 * The object of `bytes` bytes of the file from `offset` on, with a reference.
 *
 * needs:   bytes > 0, inside the file; writes to it denied meanwhile; sleeps
 * returns: 0; -EAGAIN if there are too many
 */
int segment_object(struct vnode *vnode, uint64_t offset, uint64_t bytes,
    struct object **out);
/* Whose bytes an object has, with a reference, and from where on; NULL: it is
 * no segment's. */
struct vnode *segment_vnode(const struct object *object, uint64_t *offset);
