/*
 * Directories of tmpfs: entries in the order they came, each with a number
 * (cookie) that reading goes on from, and found by a hash of directory and
 * name.
 */
#include "unix/fs/tmpfs/tmpfs.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/heap.h"

#define ENTRY_BYTES	20		/* what a name adds to a size */

static struct list *
chain_of(const struct tmpfs_inode *directory, const struct tmpfs *fs,
    const struct vfs_name *name)
{
	uint64_t hash = directory->number;

	for (uint32_t i = 0; i < name->len; i++)
		hash = hash * 31 + (uint8_t)name->text[i];
	return &fs->entries[(hash ^ hash >> 8) % TMPFS_CHAINS];
}

static struct tmpfs_entry *
find(const struct vnode *vnode, const struct vfs_name *name)
{
	const struct tmpfs_inode *directory = tmpfs_inode(vnode);

	LIST_FOR(link, chain_of(directory, tmpfs_of(vnode), name)) {
		struct tmpfs_entry *entry =
		    LIST_ENTRY(link, struct tmpfs_entry, hash);

		if (entry->directory == directory && entry->len == name->len &&
		    memcmp(entry->name, name->text, name->len) == 0)
			return entry;
	}
	return NULL;
}

int
tmpfs_lookup(struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode)
{
	struct tmpfs_entry *entry;

	if (name->len == 2 && memcmp(name->text, "..", 2) == 0) {
		*inode = tmpfs_inode(directory)->parent->number;
		return 0;
	}
	entry = find(directory, name);
	if (entry == NULL)
		return -ENOENT;
	*inode = entry->inode->number;
	return 0;
}

/* The directory's names changed. */
static void
changed(struct vnode *directory)
{
	directory->size = (uint64_t)tmpfs_inode(directory)->nentries *
	    ENTRY_BYTES;
	vnode_touch_contents(directory);
	(void)tmpfs_store(directory);
}

/* An entry that stands nowhere yet. */
static struct tmpfs_entry *
entry_new(const struct vfs_name *name)
{
	struct tmpfs_entry *entry = heap_alloc(sizeof(*entry) + name->len);

	if (entry == NULL)
		return NULL;
	entry->len = name->len;
	memcpy(entry->name, name->text, name->len);
	return entry;
}

static void
entry_insert(struct vnode *vnode, struct tmpfs_entry *entry,
    struct tmpfs_inode *inode)
{
	struct tmpfs_inode *directory = tmpfs_inode(vnode);
	const struct vfs_name name = { entry->name, entry->len };

	entry->directory = directory;
	entry->inode = inode;
	entry->cookie = directory->next_cookie++;
	list_push_back(&directory->children, &entry->link);
	list_push_front(chain_of(directory, tmpfs_of(vnode), &name),
	    &entry->hash);
	directory->nentries++;
}

static void
entry_remove(struct tmpfs_entry *entry)
{
	struct tmpfs_inode *directory = entry->directory;

	if (directory->read_last == entry)
		directory->read_last = NULL;
	list_remove(&entry->link);
	list_remove(&entry->hash);
	directory->nentries--;
	heap_free(entry);
}

int
tmpfs_create(struct vnode *directory, const struct vfs_name *name,
    const struct vnode_spec *spec, uint64_t *inode)
{
	struct tmpfs_entry *entry = name == NULL ? NULL : entry_new(name);
	struct tmpfs_inode *new;
	int err;

	if (entry == NULL && name != NULL)
		return -ENOMEM;
	new = tmpfs_inode_new(tmpfs_of(directory), spec, &err);
	if (new == NULL) {
		heap_free(entry);
		return err;
	}
	*inode = new->number;			/* nothing below may fail */
	if (entry == NULL)
		return 0;
	entry_insert(directory, entry, new);
	if (new->type == VNODE_DIRECTORY) {
		new->parent = tmpfs_inode(directory);
		directory->nlinks++;
	}
	changed(directory);
	return 0;
}

int
tmpfs_link(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode)
{
	struct tmpfs_entry *entry;

	if (vnode->nlinks == UINT32_MAX)
		return -EMLINK;
	entry = entry_new(name);
	if (entry == NULL)
		return -ENOMEM;
	entry_insert(directory, entry, tmpfs_inode(vnode));
	vnode->nlinks++;
	vnode_touch_inode(vnode);
	(void)tmpfs_store(vnode);
	changed(directory);
	return 0;
}

/* A name of `vnode` in `directory` is gone. */
static void
count_unlinked(struct vnode *directory, struct vnode *vnode)
{
	if (vnode->type == VNODE_DIRECTORY) {
		vnode->nlinks = 0;
		directory->nlinks--;
	} else {
		vnode->nlinks--;
	}
	vnode_touch_inode(vnode);
	(void)tmpfs_store(vnode);
}

int
tmpfs_unlink(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode)
{
	if (vnode->type == VNODE_DIRECTORY && tmpfs_inode(vnode)->nentries > 0)
		return -ENOTEMPTY;
	entry_remove(find(directory, name));
	count_unlinked(directory, vnode);
	changed(directory);
	return 0;
}

/* A directory has another parent. */
static void
move_directory(struct vnode *vnode, struct vnode *old_directory,
    struct vnode *new_directory)
{
	if (vnode->type != VNODE_DIRECTORY || old_directory == new_directory)
		return;
	tmpfs_inode(vnode)->parent = tmpfs_inode(new_directory);
	old_directory->nlinks--;
	new_directory->nlinks++;
}

int
tmpfs_rename(struct vnode *vnode, struct vnode *old_directory,
    const struct vfs_name *old, struct vnode *new_directory,
    const struct vfs_name *new, struct vnode *target)
{
	struct tmpfs_entry *entry;

	if (target != NULL && target->type == VNODE_DIRECTORY &&
	    tmpfs_inode(target)->nentries > 0)
		return -ENOTEMPTY;
	entry = entry_new(new);
	if (entry == NULL)
		return -ENOMEM;
	if (target != NULL) {			/* nothing below may fail */
		entry_remove(find(new_directory, new));
		count_unlinked(new_directory, target);
	}
	entry_remove(find(old_directory, old));
	entry_insert(new_directory, entry, tmpfs_inode(vnode));
	move_directory(vnode, old_directory, new_directory);
	vnode_touch_inode(vnode);
	(void)tmpfs_store(vnode);
	changed(old_directory);
	changed(new_directory);
	return 0;
}

int
tmpfs_exchange(struct vnode *one, struct vnode *one_directory,
    const struct vfs_name *one_name, struct vnode *other,
    struct vnode *other_directory, const struct vfs_name *other_name)
{
	find(one_directory, one_name)->inode = tmpfs_inode(other);
	find(other_directory, other_name)->inode = tmpfs_inode(one);
	move_directory(one, one_directory, other_directory);
	move_directory(other, other_directory, one_directory);
	vnode_touch_inode(one);
	vnode_touch_inode(other);
	(void)tmpfs_store(one);
	(void)tmpfs_store(other);
	changed(one_directory);
	changed(other_directory);
	return 0;
}

static int
give_dots(struct vnode *directory, uint64_t cookie, struct vfs_entry *entry)
{
	struct tmpfs_inode *inode = tmpfs_inode(directory);

	entry->inode = cookie == 0 ? inode->number : inode->parent->number;
	entry->type = VNODE_DIRECTORY;
	entry->next = cookie + 1;
	string_copy(entry->name, cookie == 0 ? "." : "..",
	    sizeof(entry->name));
	return 1;
}

int
tmpfs_readdir(struct vnode *directory, uint64_t cookie,
    struct vfs_entry *entry)
{
	struct tmpfs_inode *inode = tmpfs_inode(directory);
	struct tmpfs_entry *last = inode->read_last, *found;
	struct list *link = inode->children.next;

	if (cookie < 2)
		return give_dots(directory, cookie, entry);
	if (last != NULL && last->cookie < cookie)
		link = last->link.next;
	for (; link != &inode->children; link = link->next) {
		found = LIST_ENTRY(link, struct tmpfs_entry, link);
		if (found->cookie < cookie)
			continue;
		inode->read_last = found;
		entry->inode = found->inode->number;
		entry->type = found->inode->type;
		entry->next = found->cookie + 1;
		memcpy(entry->name, found->name, found->len);
		entry->name[found->len] = '\0';
		return 1;
	}
	return 0;
}
