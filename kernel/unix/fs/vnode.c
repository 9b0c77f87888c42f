/*
 * The table of vnodes.
 *
 * Those without references stay in it, idle, until their room is needed: a
 * look-up finds them without asking the disk.  One whose inode has no name
 * left goes with its last reference, under the mount's lock.
 *
 *	in use   refs > 0
 *	idle     refs 0, nlinks > 0; on the list, oldest first
 *
 * Lock order: mount->lock, table_lock, the pool's.
 */
#include "unix/fs/vnode.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/machine.h"
#include "core/mem/pool.h"
#include "core/vm/object.h"
#include "unix/fs/page_cache.h"

#define HASH_CHAINS	1024

static struct pool vnode_pool;
static struct spinlock table_lock = SPINLOCK("vnodes", RANK_VNODES);
static struct list vnode_hash[HASH_CHAINS];		/* [t] */
static struct list idle_vnodes;				/* [t] */

void
vnode_init(void)
{
	pool_init(&vnode_pool, "vnodes", sizeof(struct vnode),
	    machine_capacity(VNODES_EACH_KIB, VNODES_MIN, VNODES_MAX));
	for (uint32_t i = 0; i < HASH_CHAINS; i++)
		list_init(&vnode_hash[i]);
	list_init(&idle_vnodes);
}

static struct list *
chain_of(const struct mount *mount, uint64_t inode)
{
	return &vnode_hash[(inode + mount->id * 37) % HASH_CHAINS];
}

/* Find it in the table, and take a reference.  returns: NULL if not there */
static struct vnode *
find_known(struct mount *mount, uint64_t inode)
{
	struct vnode *found = NULL;

	spin_lock(&table_lock);
	LIST_FOR(link, chain_of(mount, inode)) {
		struct vnode *vnode = LIST_ENTRY(link, struct vnode, hash);

		if (vnode->inode == inode && vnode->mount == mount) {
			if (atomic_add(&vnode->refs, 1) == 0)
				list_remove(&vnode->idle);
			found = vnode;
			break;
		}
	}
	spin_unlock(&table_lock);
	return found;
}

/* Take an idle vnode out of the table.  needs: table_lock */
static void
discard(struct vnode *vnode)
{
	list_remove(&vnode->idle);
	list_remove(&vnode->hash);
	pool_free(&vnode_pool, vnode);
}

static struct vnode *
alloc_vnode(void)
{
	struct vnode *vnode = pool_alloc(&vnode_pool);

	if (vnode != NULL)
		return vnode;
	spin_lock(&table_lock);
	if (!list_empty(&idle_vnodes))
		discard(LIST_ENTRY(idle_vnodes.next, struct vnode, idle));
	spin_unlock(&table_lock);
	return pool_alloc(&vnode_pool);
}

int
vnode_find(struct mount *mount, uint64_t inode, struct vnode **out)
{
	struct vnode *vnode = find_known(mount, inode);
	int err;

	*out = vnode;
	if (vnode != NULL)
		return 0;
	vnode = alloc_vnode();
	if (vnode == NULL)
		return -ENFILE;
	vnode->mount = mount;
	vnode->inode = inode;
	vnode->refs = 1;
	list_init(&vnode->idle);
	mutex_init(&vnode->lock, "vnode", RANK_VNODE);
	err = mount->ops->load(vnode);
	if (err != 0) {
		pool_free(&vnode_pool, vnode);
		return err;
	}
	/* Nobody else loads it meanwhile: we hold the mount's lock. */
	spin_lock(&table_lock);
	list_push_front(chain_of(mount, inode), &vnode->hash);
	spin_unlock(&table_lock);
	*out = vnode;
	return 0;
}

void
vnode_get(struct vnode *vnode)
{
	ASSERT(atomic_add(&vnode->refs, 1) > 0);
}

/* Drop a reference that is not the last.  returns: whether it was not */
static bool
drop_one_of_many(struct vnode *vnode)
{
	uint32_t refs = atomic_load(&vnode->refs);

	while (refs > 1) {
		if (atomic_compare_swap(&vnode->refs, &refs, refs - 1))
			return true;
	}
	return false;
}

/* Whether its inode has no name, or is not to be kept. */
static bool
goes_when_last(const struct vnode *vnode)
{
	const struct vfs_ops *ops = vnode->mount->ops;

	return vnode->nlinks == 0 || (ops != NULL && ops->forgets);
}

/* Drop a reference, unless it is the last of one that goes then.
 * returns: whether it was dropped */
static bool
drop_to_idle(struct vnode *vnode)
{
	bool dropped = true;

	spin_lock(&table_lock);
	if (atomic_load(&vnode->refs) == 1 && goes_when_last(vnode))
		dropped = false;
	else if (atomic_sub(&vnode->refs, 1) == 1)
		list_push_back(&idle_vnodes, &vnode->idle);
	spin_unlock(&table_lock);
	return dropped;
}

void
vnode_drop(struct vnode *vnode)
{
	if (vnode == NULL || drop_one_of_many(vnode) || drop_to_idle(vnode))
		return;
	/* The file system says in the log what goes wrong here. */
	if (vnode->mount->ops != NULL)
		(void)vnode->mount->ops->release(vnode);
	spin_lock(&table_lock);
	ASSERT(vnode->refs == 1);
	discard(vnode);
	spin_unlock(&table_lock);
}

void
vnode_put(struct vnode *vnode)
{
	struct mount *mount = vnode->mount;

	/* Only its pages will hold it, and they are of no more use. */
	if (atomic_load(&vnode->refs) == 2 && vnode->nlinks == 0 &&
	    atomic_load_relaxed(&vnode->object) != NULL)
		page_cache_unlinked(vnode);
	if (drop_one_of_many(vnode) ||
	    (!goes_when_last(vnode) && drop_to_idle(vnode)))
		return;
	mutex_lock(&mount->lock);
	vnode_drop(vnode);
	mutex_unlock(&mount->lock);
}

void
vnode_make_room(void)
{
	bool any_idle;

	if (pool_used(&vnode_pool) + VNODES_SPARE < vnode_pool.capacity)
		return;
	spin_lock(&table_lock);
	any_idle = !list_empty(&idle_vnodes);
	spin_unlock(&table_lock);
	if (!any_idle)
		(void)object_shed(OBJECTS_SHED);
}

/* What memory an object was in stays one's, so this may be asked of any. */
static bool
has_dirty_pages(const struct vnode *vnode)
{
	const struct object *object = atomic_load_relaxed(&vnode->object);

	return object != NULL && object_dirty(object);
}

/* Whether vnode_next gives it.  needs: table_lock */
static bool
is_walked(const struct vnode *vnode, const struct mount *mount, bool dirty)
{
	return vnode->refs > 0 && vnode->mount == mount &&
	    (!dirty || has_dirty_pages(vnode));
}

struct vnode *
vnode_next(struct mount *mount, bool dirty, uint32_t *chain,
    struct vnode *after)
{
	struct vnode *found = NULL;

	spin_lock(&table_lock);
	for (; *chain < HASH_CHAINS && found == NULL; ++*chain) {
		bool passed = after == NULL;

		LIST_FOR(link, &vnode_hash[*chain]) {
			struct vnode *vnode =
			    LIST_ENTRY(link, struct vnode, hash);

			if (passed && is_walked(vnode, mount, dirty)) {
				atomic_add(&vnode->refs, 1);
				found = vnode;
				break;
			}
			passed = passed || vnode == after;
		}
		after = NULL;
		if (found != NULL)
			break;
	}
	spin_unlock(&table_lock);
	return found;
}

uint32_t
vnode_purge(struct mount *mount, uint32_t *root_refs)
{
	uint32_t held = 0;

	*root_refs = 0;
	spin_lock(&table_lock);
	for (uint32_t i = 0; i < HASH_CHAINS; i++) {
		LIST_FOR_SAFE(link, following, &vnode_hash[i]) {
			struct vnode *vnode =
			    LIST_ENTRY(link, struct vnode, hash);

			if (vnode->mount != mount)
				continue;
			if (vnode == mount->root)
				*root_refs = vnode_held_refs(vnode);
			if (atomic_load(&vnode->refs) == 0)
				discard(vnode);
			else if (vnode_held_refs(vnode) > 0)
				held++;
		}
	}
	spin_unlock(&table_lock);
	return held;
}

static bool
is_unlinked(const struct vnode *vnode)
{
	return vnode->nlinks == 0;
}

static bool
is_written(const struct vnode *vnode)
{
	return atomic_load_relaxed(&vnode->writers) > 0;
}

/* Whether there is such a vnode of the mount. */
static bool
any(struct mount *mount, bool (*is_such)(const struct vnode *vnode))
{
	bool found = false;

	spin_lock(&table_lock);
	for (uint32_t i = 0; i < HASH_CHAINS; i++) {
		LIST_FOR(link, &vnode_hash[i]) {
			struct vnode *vnode =
			    LIST_ENTRY(link, struct vnode, hash);

			found = found || (vnode->mount == mount &&
			    is_such(vnode));
		}
	}
	spin_unlock(&table_lock);
	return found;
}

bool
vnode_any_unlinked(struct mount *mount)
{
	return any(mount, is_unlinked);
}

bool
vnode_any_written(struct mount *mount)
{
	return any(mount, is_written);
}

int
vnode_release_all(struct mount *mount)
{
	struct vnode *vnode, *before = NULL;
	uint32_t chain = 0;
	int err, result = 0;

	while ((vnode = vnode_next(mount, false, &chain, before)) != NULL) {
		if (before != NULL)
			vnode_drop(before);
		before = vnode;
		err = vnode->nlinks == 0 ? mount->ops->release(vnode) : 0;
		if (err != 0)
			result = err;
		/* Its last holder must not do it again. */
		vnode->nlinks = MAX(vnode->nlinks, 1);
	}
	vnode_drop(before);
	return result;
}
