/*
 * The table of mounts.
 *
 * What covers what is read by every walk, under a spinlock that is only taken
 * where a vnode is covered or is a mount's root.  The table changes under a
 * mutex, which is never held while a path is walked.
 *
 * A mount's root is held by the mount; the vnode it covers as well.  So it
 * ends when nobody holds any of its vnodes but that one reference.
 *
 * Lock order: mounts_lock, mount->lock (of one mount), covers_lock.
 */
#include "unix/fs/mount.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/vm/heap.h"
#include "unix/dev/block.h"
#include "unix/fs/buffer.h"
#include "unix/fs/devpts.h"
#include "unix/fs/mount_inner.h"
#include "unix/fs/procfs/procfs.h"
#include "unix/fs/vnode.h"

static const struct vfs_ops *const file_systems[] = {
	&ext2_ops,
	&tmpfs_ops,
	&devtmpfs_ops,
	&devpts_ops,
	&procfs_ops,
	&sysfs_ops,
};

static struct mutex mounts_lock;
static struct list mounts = { &mounts, &mounts };	/* [m] */
static struct mount *root_mount;			/* [c] once it is there */
static uint32_t next_id = 1;				/* [m] */

static struct spinlock covers_lock = SPINLOCK("covers", RANK_COVERS);

void
mount_init(void)
{
	mutex_init(&mounts_lock, "mounts", RANK_MOUNTS);
}

void
mounts_enter(void)
{
	mutex_lock(&mounts_lock);
}

void
mounts_leave(void)
{
	mutex_unlock(&mounts_lock);
}

/* ---- Covers -------------------------------------------------------------- */

struct vnode *
mount_root_on(struct vnode *vnode)
{
	struct vnode *root = NULL;

	if (atomic_load_relaxed(&vnode->covered_by) == NULL)
		return NULL;
	spin_lock(&covers_lock);
	if (vnode->covered_by != NULL) {
		root = vnode->covered_by->root;
		vnode_get(root);
	}
	spin_unlock(&covers_lock);
	return root;
}

struct vnode *
mount_covers(struct mount *mount)
{
	struct vnode *covered;

	spin_lock(&covers_lock);
	covered = mount->covers;
	if (covered != NULL)
		vnode_get(covered);
	spin_unlock(&covers_lock);
	return covered;
}

/* Takes over the reference to `vnode`.  returns: 0 or -EBUSY */
static int
cover(struct vnode *vnode, struct mount *mount)
{
	int err = -EBUSY;

	spin_lock(&covers_lock);
	if (vnode->covered_by == NULL) {
		mount->covers = vnode;
		atomic_store_relaxed(&vnode->covered_by, mount);
		err = 0;
	}
	spin_unlock(&covers_lock);
	return err;
}

struct vnode *
mount_uncover(struct mount *mount, uint32_t root_refs)
{
	struct vnode *covered = NULL;

	spin_lock(&covers_lock);
	if (mount->covers != NULL &&
	    (root_refs == 0 || vnode_held_refs(mount->root) == root_refs)) {
		covered = mount->covers;
		atomic_store_relaxed(&covered->covered_by, NULL);
		mount->covers = NULL;
	}
	spin_unlock(&covers_lock);
	return covered;
}

/* ---- Locks --------------------------------------------------------------- */

int
mount_enter(struct mount *mount)
{
	mutex_lock(&mount->lock);
	if (mount->ops != NULL)
		return 0;
	mutex_unlock(&mount->lock);
	return -EIO;
}

int
mount_enter_writing(struct mount *mount)
{
	int err = mount_enter(mount);

	if (err == 0 && (mount->flags & MOUNT_READ_ONLY)) {
		mount_leave(mount);
		err = -EROFS;
	}
	return err;
}

void
mount_leave(struct mount *mount)
{
	mutex_unlock(&mount->lock);
}

/* ---- Mounting ------------------------------------------------------------ */

static char *
copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = size > PAGE_BYTES ? NULL : heap_alloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

void
mount_free(struct mount *mount)
{
	heap_free(mount->source);
	heap_free(mount->path);
	heap_free(mount);
}

/* Let the file system take its device, and find its root. */
static int
start(struct mount *mount, const struct mount_request *request)
{
	const struct vfs_ops *ops = mount->ops;
	uint64_t root;
	int err;

	mutex_lock(&mount->lock);
	err = ops->mount(mount, request, &root);
	if (err == 0) {
		err = vnode_find(mount, root, &mount->root);
		if (err == 0 && mount->root->type != VNODE_DIRECTORY) {
			print("vfs: the root of %s is not a directory\n",
			    request->source);
			vnode_drop(mount->root);
			err = -EIO;
		}
		if (err != 0)
			ops->unmount(mount);
	}
	mutex_unlock(&mount->lock);
	return err;
}

int
mount_create(const struct vfs_ops *ops, struct block_device *device,
    const char *path, const struct mount_request *request, struct mount **out)
{
	struct mount *mount = heap_alloc(sizeof(*mount));
	int err = -ENOMEM;

	if (mount == NULL)
		return -ENOMEM;
	/* Page faults take an object's lock before that of a disk; memory's
	 * own files have their pages handled under the lock. */
	mutex_init(&mount->lock, "mount", ops->object != NULL ?
	    RANK_MOUNT_MEMORY : RANK_MOUNT);
	list_init(&mount->link);
	mount->id = next_id++;
	mount->ops = ops;
	mount->device = device;
	mount->flags = request->flags;
	mount->source = copy_text(request->source);
	mount->path = copy_text(path);
	if (mount->source != NULL && mount->path != NULL)
		err = start(mount, request);
	if (err != 0) {
		mount_free(mount);
		return err;
	}
	*out = mount;
	return 0;
}

/* needs: mounts_lock */
static void
enlist(struct mount *mount)
{
	list_push_back(&mounts, &mount->link);
}

int
vfs_mount_root(struct block_device *device)
{
	const struct mount_request request = {
		.source = "/dev/root",
		.options = "",
	};
	int err = -ENODEV;

	mutex_lock(&mounts_lock);
	for (uint32_t i = 0; err == -ENODEV && i < ARRAY_LEN(file_systems); i++) {
		if (file_systems[i]->needs_device)
			err = mount_create(file_systems[i], device, "/",
			    &request, &root_mount);
	}
	if (err == -ENODEV) {
		print("vfs: %s holds no file system known here\n",
		    device->name);
		err = -EINVAL;
	} else if (err == 0) {
		enlist(root_mount);
	}
	mutex_unlock(&mounts_lock);
	return err;
}

struct vnode *
vfs_root(void)
{
	vnode_get(root_mount->root);
	return root_mount->root;
}

static const struct vfs_ops *
find_type(const char *type)
{
	for (uint32_t i = 0; i < ARRAY_LEN(file_systems); i++) {
		if (strcmp(file_systems[i]->name, type) == 0)
			return file_systems[i];
	}
	return NULL;
}

const char *
vfs_type_name(uint32_t index, bool *has_device)
{
	if (index >= ARRAY_LEN(file_systems))
		return NULL;
	*has_device = file_systems[index]->needs_device;
	return file_systems[index]->name;
}

/* The one disk there is carries the root. */
static int
check_device(const struct vfs_path *where, const char *source)
{
	struct vfs_path path = *where;
	struct vnode *vnode;
	int err;

	path.text = source;
	err = vfs_lookup(&path, true, &vnode);
	if (err != 0)
		return err;
	err = vnode->type == VNODE_BLOCK_DEVICE ? -EBUSY : -ENOTBLK;
	vnode_put(vnode);
	return err;
}

/* Mount on `covered`, whose reference is taken over where this succeeds. */
static int
mount_on(struct vnode *covered, const struct vfs_ops *ops,
    const struct mount_request *request)
{
	char *path = heap_alloc(PATH_BYTES);
	struct mount *mount;
	int64_t len;
	int err;

	if (path == NULL)
		return -ENOMEM;
	len = vnode_path(covered, NULL, path, PATH_BYTES);
	err = len < 0 ? (int)len : 0;
	if (err != 0)
		goto free_path;
	mutex_lock(&mounts_lock);
	err = mount_create(ops, NULL, path, request, &mount);
	if (err == 0) {
		err = cover(covered, mount);
		if (err == 0)
			enlist(mount);
		else
			mount_end(mount);
	}
	mutex_unlock(&mounts_lock);
free_path:
	heap_free(path);
	return err;
}

int
vfs_mount(const struct vfs_path *where, const struct mount_request *request)
{
	const struct vfs_ops *ops = find_type(request->type);
	struct vnode *covered;
	int err;

	if (where->who != NULL && !credentials_privileged(where->who))
		return -EPERM;
	if (request->flags & ~MOUNT_FLAGS)
		return -EINVAL;
	if (ops == NULL)
		return -ENODEV;
	if (ops->needs_device)
		return check_device(where, request->source);
	err = vfs_lookup(where, true, &covered);
	if (err != 0)
		return err;
	if (covered->type != VNODE_DIRECTORY)
		err = -ENOTDIR;
	else
		err = mount_on(covered, ops, request);
	if (err != 0)
		vnode_put(covered);
	return err;
}

/* ---- What is mounted ----------------------------------------------------- */

struct mount *
mount_next(uint32_t id)
{
	LIST_FOR(link, &mounts) {
		struct mount *mount = LIST_ENTRY(link, struct mount, link);

		if (mount->id >= id)
			return mount;
	}
	return NULL;
}

struct mount *
mount_last(void)
{
	return list_empty(&mounts) ? NULL :
	    LIST_ENTRY(mounts.prev, struct mount, link);
}

/* needs: mounts_lock */
static void
describe(struct mount *mount, struct mount_info *info)
{
	const struct vnode *covered = mount->covers;

	info->id = info->device = mount->id;
	info->parent_id = covered != NULL ? covered->mount->id : mount->id;
	info->flags = mount->flags;
	string_copy(info->type, mount->ops->name, sizeof(info->type));
	string_copy(info->source, mount->source, sizeof(info->source));
	string_copy(info->path, mount->path, sizeof(info->path));
	info->options[0] = '\0';
	if (mount->ops->options != NULL)
		mount->ops->options(mount, info->options,
		    sizeof(info->options));
}

bool
vfs_mount_info(uint32_t id, struct mount_info *info)
{
	struct mount *mount;
	bool found = false;

	mutex_lock(&mounts_lock);
	while (!found && (mount = mount_next(id)) != NULL) {
		id = mount->id + 1;
		if (mount->detached || mount_enter(mount) != 0)
			continue;
		describe(mount, info);
		mount_leave(mount);
		found = true;
	}
	mutex_unlock(&mounts_lock);
	return found;
}
