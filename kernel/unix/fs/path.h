/* Walking paths: from text to vnodes. */
#pragma once

#include "unix/fs/vnode.h"

/* What the last component is. */
enum path_last {
	PATH_NAME,
	PATH_DOT,			/* "." or nothing ("/", "a//") */
	PATH_DOTDOT,
};

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
	enum path_last last;
	bool slash;			/* behind the name */
	char text[256];
};

/*
 * Walk all of it.  A last component followed by a slash must be a directory.
 *
 * needs:   no lock held
 * returns: 0; -ENOENT (something before the last component), -ENOTDIR,
 *          -EACCES, -ENAMETOOLONG, -ELOOP, -ENFILE, -ENOMEM, -EIO
 * gives:   *end, for path_end_put
 */
int path_walk(const struct vfs_path *path, bool follow, struct path_end *end);
/*
 * Walk to the directory the last component is to be looked for in, and no
 * further: end->parent is never NULL, end->child always.
 */
int path_walk_parent(const struct vfs_path *path, struct path_end *end);
void path_end_put(struct path_end *end);

/* Whose permissions count. */
const struct credentials *path_who(const struct vfs_path *path);

/*
 * Whether `directory` is `ancestor` or below it, on one mount.
 * needs:   the mount's lock
 * returns: 0 or 1; -ELOOP (a broken disk), -ENFILE, -EIO
 */
int path_is_below(struct vnode *directory, const struct vnode *ancestor);
