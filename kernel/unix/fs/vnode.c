/*
 * Vnodes: the table of inodes in use, and what is done with one of them.
 *
 * A vnode is in the table while it has references.  References are counted
 * atomically, but the last one goes under the mount's lock, so whoever finds
 * a vnode in the table under that lock finds a live one.
 *
 * Lock order: mount->lock, and below it the pool's.
 */
#include "unix/fs/vnode.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/cpu/boot.h"
#include "core/mem/pool.h"

#define HASH_CHAINS	1024

static struct pool vnode_pool;
static struct list vnode_hash[HASH_CHAINS];

void
vnode_init(void)
{
	pool_init(&vnode_pool, "vnodes", sizeof(struct vnode),
	    machine_capacity(VNODES_EACH_KIB, VNODES_MIN, VNODES_MAX));
	for (uint32_t i = 0; i < HASH_CHAINS; i++)
		list_init(&vnode_hash[i]);
}

int
vnode_find(struct mount *mount, uint64_t inode, struct vnode **out)
{
	struct list *chain = &vnode_hash[inode % HASH_CHAINS];
	struct vnode *vnode;
	int err;

	LIST_FOR(link, chain) {
		vnode = LIST_ENTRY(link, struct vnode, hash);
		if (vnode->inode == inode && vnode->mount == mount) {
			vnode_get(vnode);
			*out = vnode;
			return 0;
		}
	}
	vnode = pool_alloc(&vnode_pool);
	if (vnode == NULL)
		return -ENFILE;
	vnode->mount = mount;
	vnode->inode = inode;
	vnode->refs = 1;
	err = mount->ops->load(vnode);
	if (err != 0) {
		pool_free(&vnode_pool, vnode);
		return err;
	}
	list_push_front(chain, &vnode->hash);
	*out = vnode;
	return 0;
}

void
vnode_get(struct vnode *vnode)
{
	ASSERT(atomic_add(&vnode->refs, 1) > 0);
}

void
vnode_drop(struct vnode *vnode)
{
	if (vnode == NULL || atomic_sub(&vnode->refs, 1) > 1)
		return;
	/* The file system says in the log what goes wrong here. */
	if (vnode->nlinks == 0 && vnode->mount->ops != NULL)
		(void)vnode->mount->ops->release(vnode);
	list_remove(&vnode->hash);
	pool_free(&vnode_pool, vnode);
}

void
vnode_put(struct vnode *vnode)
{
	struct mount *mount = vnode->mount;
	uint32_t refs = atomic_load(&vnode->refs);

	while (refs > 1) {
		if (atomic_compare_swap(&vnode->refs, &refs, refs - 1))
			return;
	}
	mutex_lock(&mount->lock);
	vnode_drop(vnode);
	mutex_unlock(&mount->lock);
}

int
vnode_release_all(struct mount *mount)
{
	int result = 0;

	for (uint32_t i = 0; i < HASH_CHAINS; i++) {
		LIST_FOR(link, &vnode_hash[i]) {
			struct vnode *vnode =
			    LIST_ENTRY(link, struct vnode, hash);
			int err = 0;

			if (vnode->mount == mount && vnode->nlinks == 0)
				err = mount->ops->release(vnode);
			if (err != 0)
				result = err;
		}
	}
	return result;
}

/* Take the mount's lock, if something is mounted still. */
static int
enter(struct vnode *vnode)
{
	mutex_lock(&vnode->mount->lock);
	if (vnode->mount->ops != NULL)
		return 0;
	mutex_unlock(&vnode->mount->lock);
	return -EIO;
}

int64_t
vnode_read_kernel(struct vnode *vnode, void *to, uint64_t offset, size_t len)
{
	int64_t result = enter(vnode);

	if (result != 0)
		return result;
	if (vnode->type == VNODE_DIRECTORY)
		result = -EISDIR;
	else if (vnode->type != VNODE_FILE)
		result = -EINVAL;
	else
		result = vnode->mount->ops->read(vnode, to, offset, len);
	mutex_unlock(&vnode->mount->lock);
	return result;
}

/* Whether a file may be changed now. */
static int
check_writable(const struct vnode *vnode)
{
	if (vnode->type == VNODE_DIRECTORY)
		return -EISDIR;
	if (vnode->type != VNODE_FILE)
		return -EINVAL;
	return atomic_load(&vnode->write_denials) > 0 ? -ETXTBSY : 0;
}

int64_t
vnode_write_kernel(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len)
{
	int64_t result = enter(vnode);

	if (result != 0)
		return result;
	result = check_writable(vnode);
	if (result == 0)
		result = vnode->mount->ops->write(vnode, from, offset, len);
	mutex_unlock(&vnode->mount->lock);
	return result;
}

int
vnode_truncate(struct vnode *vnode, uint64_t size)
{
	int err = enter(vnode);

	if (err != 0)
		return err;
	err = check_writable(vnode);
	if (err == 0)
		err = vnode->mount->ops->truncate(vnode, size);
	mutex_unlock(&vnode->mount->lock);
	return err;
}

int
vnode_stat(struct vnode *vnode, struct vnode_stat *stat)
{
	int err = enter(vnode);

	if (err != 0)
		return err;
	*stat = (struct vnode_stat) {
		.type = vnode->type,
		.device = 1,
		.inode = vnode->inode,
		.nlinks = vnode->nlinks,
		.size = vnode->size,
		.mode = vnode->mode,
		.major = vnode->major,
		.minor = vnode->minor,
	};
	mutex_unlock(&vnode->mount->lock);
	return 0;
}

int
vnode_readdir(struct vnode *vnode, uint64_t cookie, struct vfs_entry *entry)
{
	int err = enter(vnode);

	if (err != 0)
		return err;
	if (vnode->type == VNODE_DIRECTORY)
		err = vnode->mount->ops->readdir(vnode, cookie, entry);
	else
		err = -ENOTDIR;
	mutex_unlock(&vnode->mount->lock);
	return err;
}

int64_t
vnode_readlink(struct vnode *vnode, char *to, size_t size)
{
	int64_t result = enter(vnode);

	if (result != 0)
		return result;
	if (vnode->type == VNODE_SYMLINK)
		result = vnode->mount->ops->readlink(vnode, to, size);
	else
		result = -EINVAL;
	mutex_unlock(&vnode->mount->lock);
	return result;
}

void
vnode_deny_writes(struct vnode *vnode)
{
	atomic_add(&vnode->write_denials, 1);
}

void
vnode_allow_writes(struct vnode *vnode)
{
	ASSERT(atomic_sub(&vnode->write_denials, 1) > 0);
}
