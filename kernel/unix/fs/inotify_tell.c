/*
 * What happens to files, told to those who watch them.
 *
 * Who watches a directory is also told what happens to the files in it.  A
 * vnode knows a directory it was found in; its name there is looked up only if
 * somebody watches that directory for what happened.
 */
#include "unix/fs/inotify.h"

#include "core/base/atomic.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "unix/fs/inotify_inner.h"

/* Not told to the directory, and never with CHANGE_IS_DIRECTORY. */
#define SELF_ONLY	(CHANGE_DELETE_SELF | CHANGE_MOVE_SELF)

static uint32_t last_cookie;		/* [a] */

/*
 * Tell those who watch inode `inode`.
 * needs:   inotify_lock
 * gives:   *gone: watches that are to be freed
 */
static void
tell_watches(const struct mount *mount, uint64_t inode, uint32_t what,
    uint32_t cookie, const struct vfs_name *name, struct list *gone)
{
	struct list *chain = watch_chain(mount, inode);

	LIST_FOR_SAFE(link, following, chain) {
		struct inotify_watch *watch = LIST_ENTRY(link,
		    struct inotify_watch, chain);
		const struct inotify_head head = {
			watch->number, what, cookie, 0,
		};

		if (watch->vnode->mount != mount ||
		    watch->vnode->inode != inode)
			continue;
		if (watch->mask & what & CHANGES)
			event_put(watch->instance, &head, name);
		else if (!(what & CHANGE_DELETE_SELF))
			continue;
		if ((watch->mask & WATCH_ONE_SHOT) ||
		    (what & CHANGE_DELETE_SELF)) {
			watch_detach(watch);
			list_push_back(gone, &watch->link);
		}
	}
}

static void
tell(const struct mount *mount, uint64_t inode, uint32_t what,
    uint32_t cookie, const struct vfs_name *name)
{
	struct list gone, *link;

	list_init(&gone);
	spin_lock(&inotify_lock);
	tell_watches(mount, inode, what, cookie, name, &gone);
	spin_unlock(&inotify_lock);
	while ((link = list_pop_front(&gone)) != NULL)
		watch_free(LIST_ENTRY(link, struct inotify_watch, link));
}

static bool
is_watched(const struct mount *mount, uint64_t inode, uint32_t what)
{
	struct list *chain = watch_chain(mount, inode);
	bool found = false;

	spin_lock(&inotify_lock);
	LIST_FOR(link, chain) {
		const struct inotify_watch *watch = LIST_ENTRY(link,
		    struct inotify_watch, chain);

		if (watch->vnode->mount == mount &&
		    watch->vnode->inode == inode && (watch->mask & what))
			found = true;
	}
	spin_unlock(&inotify_lock);
	return found;
}

static uint32_t
with_kind(const struct vnode *vnode, uint32_t what)
{
	if (vnode->type == VNODE_DIRECTORY && !(what & SELF_ONLY))
		what |= CHANGE_IS_DIRECTORY;
	return what;
}

/* Tell the directory a vnode was found in, by the vnode's name there. */
static void
tell_parent(struct vnode *vnode, uint32_t what)
{
	uint64_t parent = vnode->found_in;
	struct vfs_name name;
	int64_t len;
	char *path;

	if (parent == 0 || !is_watched(vnode->mount, parent, what))
		return;
	path = heap_alloc(PATH_BYTES);
	if (path == NULL)
		return;
	len = vnode_path(vnode, NULL, path, PATH_BYTES);
	if (len > 1) {
		name.len = 0;
		while (path[len - 1 - name.len] != '/')
			name.len++;
		name.text = path + len - name.len;
		tell(vnode->mount, parent, with_kind(vnode, what), 0, &name);
	}
	heap_free(path);
}

void
change_tell(struct vnode *vnode, uint32_t what)
{
	if (!inotify_any())
		return;
	if (!(what & SELF_ONLY))
		tell_parent(vnode, what);
	tell(vnode->mount, vnode->inode, with_kind(vnode, what), 0, NULL);
}

void
change_tell_name(struct vnode *directory, const struct vfs_name *name,
    const struct vnode *child, uint32_t what, uint32_t cookie)
{
	if (!inotify_any())
		return;
	if (child != NULL)
		what = with_kind(child, what);
	tell(directory->mount, directory->inode, what, cookie, name);
}

void
change_tell_links(struct vnode *child)
{
	if (!inotify_any())
		return;
	if (child->type != VNODE_DIRECTORY)
		tell(child->mount, child->inode, CHANGE_ATTRIBUTES, 0, NULL);
	if (child->nlinks == 0)
		tell(child->mount, child->inode, CHANGE_DELETE_SELF, 0, NULL);
}

void
change_tell_moved(struct vnode *child, struct vnode *from,
    const struct vfs_name *old, struct vnode *to, const struct vfs_name *new)
{
	uint32_t cookie;

	if (!inotify_any())
		return;
	cookie = atomic_add(&last_cookie, 1) + 1;
	change_tell_name(from, old, child, CHANGE_MOVED_FROM, cookie);
	change_tell_name(to, new, child, CHANGE_MOVED_TO, cookie);
	tell(child->mount, child->inode, CHANGE_MOVE_SELF, 0, NULL);
}

/* Take one watch of the mount away.  returns: it, to be freed, or NULL */
static struct inotify_watch *
take_watch(const struct mount *mount)
{
	for (uint32_t i = 0; i < WATCH_CHAINS; i++) {
		LIST_FOR(link, watch_chain(mount, i)) {
			struct inotify_watch *watch = LIST_ENTRY(link,
			    struct inotify_watch, chain);
			const struct inotify_head head = {
				watch->number, CHANGE_UNMOUNT, 0, 0,
			};

			if (watch->vnode->mount != mount)
				continue;
			event_put(watch->instance, &head, NULL);
			watch_detach(watch);
			return watch;
		}
	}
	return NULL;
}

void
change_tell_unmounted(const struct mount *mount)
{
	struct inotify_watch *watch;

	if (!inotify_any())
		return;
	do {
		spin_lock(&inotify_lock);
		watch = take_watch(mount);
		spin_unlock(&inotify_lock);
		if (watch != NULL)
			watch_free(watch);
	} while (watch != NULL);
}
