#include "unix/fs/place.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/lock/spinlock.h"
#include "core/vm/heap.h"
#include "unix/fs/vfs.h"

#define UMASK_DEFAULT	022
#define UMASK_BITS	0777

/* [a] atomic, [l] lock */
struct place {
	uint32_t refs;			/* [a] */
	uint32_t umask;			/* [a] */
	struct spinlock lock;
	struct vnode *root;		/* [l] with a reference */
	struct vnode *directory;	/* [l] with a reference */
};

/* Takes over the references. */
static int
create(struct vnode *root, struct vnode *directory, uint32_t umask,
    struct place **out)
{
	struct place *place = heap_alloc(sizeof(*place));

	if (place == NULL) {
		vnode_put(root);
		vnode_put(directory);
		return -ENOMEM;
	}
	place->refs = 1;
	place->umask = umask;
	place->root = root;
	place->directory = directory;
	spin_init(&place->lock, "place", RANK_PLACE);
	*out = place;
	return 0;
}

int
place_new(struct vnode *root, struct place **out)
{
	vnode_get(root);
	vnode_get(root);
	return create(root, root, UMASK_DEFAULT, out);
}

int
place_copy(struct place *from, struct place **out)
{
	struct vnode *root, *directory;

	spin_lock(&from->lock);
	root = from->root;
	directory = from->directory;
	vnode_get(root);
	vnode_get(directory);
	spin_unlock(&from->lock);
	return create(root, directory, place_umask(from), out);
}

void
place_get(struct place *place)
{
	ASSERT(atomic_add(&place->refs, 1) > 0);
}

void
place_put(struct place *place)
{
	if (atomic_sub(&place->refs, 1) > 1)
		return;
	vnode_put(place->directory);
	vnode_put(place->root);
	heap_free(place);
}

static struct vnode *
read_vnode(struct place *place, struct vnode **field)
{
	struct vnode *vnode;

	spin_lock(&place->lock);
	vnode = *field;
	vnode_get(vnode);
	spin_unlock(&place->lock);
	return vnode;
}

static void
write_vnode(struct place *place, struct vnode **field, struct vnode *vnode)
{
	struct vnode *before;

	spin_lock(&place->lock);
	before = *field;
	*field = vnode;
	spin_unlock(&place->lock);
	vnode_put(before);
}

struct vnode *
place_root(struct place *place)
{
	return read_vnode(place, &place->root);
}

struct vnode *
place_directory(struct place *place)
{
	return read_vnode(place, &place->directory);
}

void
place_set_root(struct place *place, struct vnode *root)
{
	write_vnode(place, &place->root, root);
}

void
place_set_directory(struct place *place, struct vnode *directory)
{
	write_vnode(place, &place->directory, directory);
}

uint32_t
place_umask(struct place *place)
{
	return atomic_load_relaxed(&place->umask);
}

uint32_t
place_set_umask(struct place *place, uint32_t umask)
{
	return atomic_swap(&place->umask, umask & UMASK_BITS);
}
