/*
 * Inotify: being told what happens to files and in directories.
 *
 * A watch holds its vnode, but not the mount.  It goes when the file's last
 * name goes, when the mount is ended, when it is removed, or with the instance.
 */
#pragma once

#include "unix/fs/vnode.h"

struct file;

/* What happened; Linux's values. */
#define CHANGE_ACCESS		0x001u
#define CHANGE_MODIFY		0x002u
#define CHANGE_ATTRIBUTES	0x004u
#define CHANGE_CLOSE_WRITE	0x008u
#define CHANGE_CLOSE_NO_WRITE	0x010u
#define CHANGE_OPEN		0x020u
#define CHANGE_MOVED_FROM	0x040u
#define CHANGE_MOVED_TO		0x080u
#define CHANGE_CREATE		0x100u
#define CHANGE_DELETE		0x200u
#define CHANGE_DELETE_SELF	0x400u
#define CHANGE_MOVE_SELF	0x800u
#define CHANGES			0xfffu
/* Told beside them. */
#define CHANGE_UNMOUNT		0x2000u	/* what was watched is no more there */
#define CHANGE_OVERFLOW		0x4000u
#define CHANGE_IGNORED		0x8000u	/* the watch is no more */
#define CHANGE_IS_DIRECTORY	0x40000000u
/* Of a watch. */
#define WATCH_MASK_CREATE	0x10000000u
#define WATCH_MASK_ADD		0x20000000u
#define WATCH_ONE_SHOT		0x80000000u

void inotify_init(void);		/* once, at boot */

/* returns: 0, -ENFILE, -ENOMEM */
int inotify_create(uint32_t flags, struct file **out);
/*
 * Watch a vnode, or change what it is watched for; takes a reference of its
 * own.
 * returns: the watch's number; -EINVAL (no instance, nothing to watch for),
 *          -EEXIST (MASK_CREATE), -ENOSPC (too many), -ENOMEM
 */
int inotify_add(struct file *file, struct vnode *vnode, uint32_t mask);
int inotify_remove(struct file *file, int number);	/* 0 or -EINVAL */

/* ---- For those who change files.  No lock above RANK_MOUNT is held ------- */

/* Something happened to a vnode: told to those who watch it, and the directory
 * it was found in. */
void change_tell(struct vnode *vnode, uint32_t what);
/* Something happened to a name in a directory; `child` is or was behind it. */
void change_tell_name(struct vnode *directory, const struct vfs_name *name,
    const struct vnode *child, uint32_t what, uint32_t cookie);
/* `child` has a name more, or less: perhaps none.  Told to itself alone. */
void change_tell_links(struct vnode *child);
/* `child` moved from one name to another. */
void change_tell_moved(struct vnode *child, struct vnode *from,
    const struct vfs_name *old, struct vnode *to, const struct vfs_name *new);
/* The mount is being ended: all watches of it go. */
void change_tell_unmounted(const struct mount *mount);
