/*
 * procfs: what the kernel knows, as files; and sysfs, a little of it: the
 * harts, since programs look for them there.
 *
 *	/proc/1234/task/1235/stat	node "stat" below numbers below "task"
 *	                                below numbers below the root;
 *	                                target: pid 1234, number 1235
 *
 * What there is stands in one table, procfs_nodes, which proc defines: fs
 * knows nothing of processes.  A file's text is made when it is read from its
 * beginning, and stays until it is read from there again or closed.
 *
 * An inode's number says which node it is and what of; nothing else is kept,
 * and vnodes are loaded anew each time.
 */
#pragma once

#include "unix/fs/procfs/report.h"
#include "unix/fs/vnode.h"

/* What a node is asked about. */
struct procfs_target {
	uint32_t node;		/* its place in procfs_nodes */
	int32_t pid;		/* 0: of no process */
	uint32_t number;	/* one more than a thread's number, or a
				 * descriptor; 0: of none */
	uint64_t birth;		/* when the process began, for open files */
};

/*
 * One kind of file.  Its place in the table is its number; the root is number
 * 0.  0 or -errno where nothing else is said.
 */
struct procfs_node {
	const char *name;		/* NULL: it is named by a number */
	uint32_t parent;		/* the node of its directory */
	enum vnode_type type;
	uint32_t mode;			/* permission bits */
	bool private;			/* only for who may look into it */
	/* A file: what it always says; or make its text. */
	const char *text;
	int (*make)(const struct procfs_target *target,
	    struct report *report);
	/* A file: take text (NUL-terminated) that was written at once. */
	int (*take)(const struct procfs_target *target, char *text,
	    size_t len);
	/* A symlink: where it leads, as text and (both NULL: as the text says)
	 * as a vnode, with a reference. */
	int64_t (*link)(const struct procfs_target *target, char *to,
	    size_t size);
	int (*follow)(const struct procfs_target *target,
	    struct vnode **out);
	/* ... where there is no `follow`, or it says -ENXIO: as what else of
	 * the same file system. */
	void (*lead)(struct procfs_target *target);
	/* How open files of it work, if not as others here. */
	const struct file_ops *ops;
	/* A directory of numbers: the first from `number` on that is there.
	 * returns: whether there is one.  gives: *found */
	bool (*next)(const struct procfs_target *target, uint32_t number,
	    uint32_t *found);
	const char *prefix;		/* of their names; NULL: none */
	uint32_t numbered;		/* the node of those; */
	bool numbers_are_pids;		/* ... and what they are */
	/* A file of its own kind, read and written by these; `private` of the
	 * file is its struct procfs_target. */
	int64_t (*read)(const struct procfs_target *target, struct uio *uio,
	    uint64_t *offset);
	int64_t (*write)(const struct procfs_target *target, struct uio *uio,
	    uint64_t *offset);
};

/* ---- link-time hooks, defined by proc (unix/proc/procfs.c) ---- */

extern const struct procfs_node procfs_nodes[];
extern const uint32_t procfs_nnodes;
/* The node that is the root of sysfs; it stands in itself. */
extern const uint32_t procfs_sysfs_root;

/* What there is to know of a target before anything is asked of it. */
struct procfs_owner {
	uint32_t uid, gid;
	uint64_t birth;			/* of the process; 0: of none */
};

/* returns: 0; -ENOENT: there is no such process, thread or descriptor */
int procfs_owner(const struct procfs_target *target,
    struct procfs_owner *owner);
/* Whether the caller may look into the target's process. */
bool procfs_may_look(const struct procfs_target *target);

/* ---- between the files of this folder ---- */

extern const struct vfs_ops procfs_ops;
extern const struct vfs_ops sysfs_ops;
extern const struct file_ops procfs_file_ops;

struct procfs_target procfs_target_of(const struct vnode *vnode);

static inline const struct procfs_node *
procfs_node(const struct procfs_target *target)
{
	return &procfs_nodes[target->node];
}
