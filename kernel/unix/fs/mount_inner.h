/* What mount.c and unmount.c share: the table of mounts. */
#pragma once

#include "unix/fs/vnode.h"

/* Bracket what looks at the table or changes it. */
void mounts_enter(void);
void mounts_leave(void);

/* A mount that stands nowhere yet, with its root.  path: where it will
 * needs:   mounts_enter
 * returns: 0, -ENOMEM, or what its file system said */
int mount_create(const struct vfs_ops *ops, struct block_device *device,
    const char *path, const struct mount_request *request,
    struct mount **out);
void mount_free(struct mount *mount);

/*
 * The mount covers nothing any more.
 * needs:   mounts_lock
 * returns: what it covered, with the mount's reference; NULL if nothing, or
 *          unless its root has just `root_refs` references (0: whatever)
 */
struct vnode *mount_uncover(struct mount *mount, uint32_t root_refs);

/*
 * End a mount that covers nothing, if nobody uses it, and free it.
 * needs:   mounts_lock
 * returns: 0, -EBUSY; or -EIO, and it is gone
 */
int mount_end(struct mount *mount);

/* The first mount whose id is `id` or above; the last of all.  needs:
 * mounts_lock.  returns: NULL if there is none */
struct mount *mount_next(uint32_t id);
struct mount *mount_last(void);
