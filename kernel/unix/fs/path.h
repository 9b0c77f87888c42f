/* Walking paths: from text to vnodes. */
#pragma once

#include "unix/fs/vnode.h"

/*
 * Where a path leads.
 *
 *	/usr/bin/ls	parent /usr/bin, name "ls", child NULL if it is not there
 *	/ or a/..	parent NULL, child the directory
 */
struct path_end {
	struct vnode *parent;		/* with a reference, or NULL */
	struct vnode *child;		/* with a reference, or NULL */
	struct vfs_name name;		/* points at text */
	char text[256];
};

/*
 * needs:   mount->lock
 * returns: 0; -ENOENT (something before the last component), -ENOTDIR,
 *          -ENAMETOOLONG, -ELOOP, -ENFILE, -EIO
 * gives:   *end, for path_end_put
 */
int path_walk(struct mount *mount, const struct vfs_path *path, bool follow,
    struct path_end *end);
void path_end_put(struct path_end *end);

/*
 * Whether `directory` is `ancestor` or below it.
 * returns: 0 or 1; -ELOOP (a broken disk), -ENFILE, -EIO
 */
int path_is_below(struct vnode *directory, const struct vnode *ancestor);
