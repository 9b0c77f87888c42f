/* What names.c, rename.c and vfs.c share; the rest is in vfs.h. */
#pragma once

#include "unix/fs/path.h"

/*
 * Make the regular file `end` names, which path_walk did not find.
 *
 * returns: 0, -errno; or 1 if the name is there by now
 * gives:   end->child
 */
int name_create_file(const struct vfs_path *path, struct path_end *end,
    uint32_t mode);

/* Whether names may be put into the directory.  needs: its mount's lock */
int name_may_enter(struct vnode *directory, const struct credentials *who);
/* Whether the name of `child` may be taken away.  needs: the same */
int name_may_remove(struct vnode *directory, const struct vnode *child,
    const struct credentials *who);

/* Look the name up, as it stands in its directory: not what is mounted there.
 * needs: the mount's lock.  gives: end->child, NULL if there is none */
int name_find_child(struct path_end *end);
