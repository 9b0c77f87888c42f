/* Making names; the rest of names.c is in vfs.h. */
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
