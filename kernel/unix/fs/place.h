/*
 * Where a process stands in the tree of files: its root, its working
 * directory, and the mode bits it does not give away.  Counted, since threads
 * (and whoever else asked for it) share one.
 */
#pragma once

#include "core/base/types.h"

struct place;
struct vnode;


/*
 * A place with one reference, whose root and working directory are `root`
 * (a reference of its own is taken), and whose umask is 022.
 * returns: 0 or -ENOMEM
 */
int place_new(struct vnode *root, struct place **out);
/* One that begins as `from` is now. */
int place_copy(struct place *from, struct place **out);
void place_get(struct place *place);
void place_put(struct place *place);

/* Each with a reference for the caller. */
struct vnode *place_root(struct place *place);
struct vnode *place_directory(struct place *place);
/* Take over the caller's reference.  needs: a directory */
void place_set_root(struct place *place, struct vnode *root);
void place_set_directory(struct place *place, struct vnode *directory);

uint32_t place_umask(struct place *place);
/* returns: what it was */
uint32_t place_set_umask(struct place *place, uint32_t umask);
