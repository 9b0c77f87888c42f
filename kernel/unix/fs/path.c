/*
 * Walking paths: component by component, each look-up under the lock of the
 * mount it happens in, and none held between them.  References keep what was
 * reached; names may change behind the walk's back, so whoever acts on a name
 * looks it up again under the lock (names.c).
 *
 * Where a symlink is met, what it says and what was left of the path are put
 * together as a new text in a page, and the walk goes on there:
 *
 *	a/link/b/c   with link -> ../x   becomes   ../x/b/c, from a
 */
#include "unix/fs/path.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/vm/heap.h"

#define NAME_MAX	255

struct walk {
	const struct credentials *who;
	uint32_t name_max;
	const char *rest;		/* text not looked at yet */
	struct vnode *root;		/* with a reference */
	struct vnode *at;		/* reached, with a reference */
	uint32_t nlinks;		/* symlinks followed */
	char *page;			/* of PATH_BYTES, or NULL */
};

const struct credentials *
path_who(const struct vfs_path *path)
{
	return path->who != NULL ? path->who : &credentials_root;
}

/*
 * Cut the next component off walk->rest.
 * returns: 1; 0 if there is none; -ENAMETOOLONG
 */
static int
next_component(struct walk *walk, struct path_end *end)
{
	const char *start = walk->rest, *stop;
	size_t len;

	while (*start == '/')
		start++;
	for (stop = start; *stop != '\0' && *stop != '/'; stop++)
		continue;
	len = stop - start;
	end->slash = *stop == '/';
	while (*stop == '/')
		stop++;
	walk->rest = stop;
	if (len == 0)
		return 0;
	if (len > walk->name_max && walk->name_max < NAME_MAX)
		len = walk->name_max;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(end->text, start, len);
	end->text[len] = '\0';
	end->name.text = end->text;
	end->name.len = len;
	end->last = PATH_NAME;
	if (len == 1 && start[0] == '.')
		end->last = PATH_DOT;
	else if (len == 2 && start[0] == '.' && start[1] == '.')
		end->last = PATH_DOTDOT;
	return 1;
}

static void
move_to(struct walk *walk, struct vnode *vnode)
{
	vnode_put(walk->at);
	walk->at = vnode;
}

/* Symlinks in a directory all may write, but not remove from, are only
 * followed if they are the follower's or the directory's owner's. */
static int
check_follow(const struct walk *walk, const struct vnode *symlink)
{
	const struct vnode *directory = walk->at;
	const uint32_t shared = MODE_STICKY | 0002;

	if ((directory->mode & shared) != shared ||
	    symlink->uid == walk->who->fsuid || symlink->uid == directory->uid)
		return 0;
	return -EACCES;
}

/* Put what the symlink says in front of the rest of the text. */
static int
join_symlink(struct walk *walk, struct vnode *symlink, bool slash)
{
	size_t nrest = strlen(walk->rest) + slash;
	char *tail;
	int64_t len;

	if (walk->page == NULL)
		walk->page = heap_alloc_page();
	if (walk->page == NULL)
		return -ENOMEM;
	if (nrest + 1 >= PATH_BYTES)
		return -ENAMETOOLONG;
	/* The rest may stand in the page itself: to its end first. */
	tail = walk->page + PATH_BYTES - 1 - nrest;
	memmove(tail + slash, walk->rest, nrest - slash);
	if (slash)
		*tail = '/';
	walk->page[PATH_BYTES - 1] = '\0';
	len = vnode_readlink(symlink, walk->page, (size_t)(tail - walk->page));
	if (len < 0)
		return (int)len;
	if (len == 0)
		return -ENOENT;
	if (walk->page + len == tail && symlink->size > (uint64_t)len)
		return -ENAMETOOLONG;
	memmove(walk->page + len, tail, nrest + 1);
	walk->rest = walk->page;
	return 0;
}

/* Go on at what the symlink says.  slash: one stood behind it */
static int
enter_symlink(struct walk *walk, struct vnode *symlink, bool slash)
{
	const struct vfs_ops *ops = symlink->mount->ops;
	struct vnode *target;
	int err;

	if (++walk->nlinks > SYMLINKS_MAX)
		return -ELOOP;
	err = check_follow(walk, symlink);
	if (err != 0)
		return err;
	if (ops != NULL && ops->follow != NULL) {
		err = ops->follow(symlink, &target);
		if (err == 0)
			move_to(walk, target);
		if (err != -EINVAL)
			return err;
	}
	err = join_symlink(walk, symlink, slash);
	if (err == 0 && walk->rest[0] == '/') {
		vnode_get(walk->root);
		move_to(walk, walk->root);
	}
	return err;
}

/* Step over mounts: down to the topmost that covers, or up below it. */
static struct vnode *
cross_down(struct vnode *vnode)
{
	struct vnode *root;

	while ((root = mount_root_on(vnode)) != NULL) {
		vnode_put(vnode);
		vnode = root;
	}
	return vnode;
}

/* returns: where ".." is to be looked up from, with a reference; NULL: nothing
 * is above walk->at */
static struct vnode *
cross_up(const struct walk *walk)
{
	struct vnode *at = walk->at, *covered;

	vnode_get(at);
	while (at != walk->root && at == at->mount->root) {
		covered = mount_covers(at->mount);
		vnode_put(at);
		if (covered == NULL)
			return NULL;
		at = covered;
	}
	if (at != walk->root)
		return at;
	vnode_put(at);
	return NULL;
}

/* Look up in one directory.  *child is NULL if the name is not there. */
static int
find_in(struct vnode *directory, const struct vfs_name *name,
    struct vnode **child)
{
	struct mount *mount = directory->mount;
	uint64_t inode;
	int err = mount_enter(mount);

	*child = NULL;
	if (err != 0)
		return err;
	err = mount->ops->lookup(directory, name, &inode);
	if (err == 0)
		err = vnode_find(mount, inode, child);
	if (err == 0)
		vnode_found(*child, directory);
	mount_leave(mount);
	if (err == -ENOENT)
		return 0;
	if (err == 0)
		*child = cross_down(*child);
	return err;
}

/* The vnode that a component refers to; *child is NULL if there is none. */
static int
find_child(struct walk *walk, const struct path_end *end,
    struct vnode **child)
{
	struct vnode *above;
	int err;

	*child = NULL;
	if (end->last == PATH_NAME)
		return find_in(walk->at, &end->name, child);
	above = end->last == PATH_DOTDOT ? cross_up(walk) : NULL;
	if (above == NULL) {
		vnode_get(walk->at);
		*child = walk->at;
		return 0;
	}
	err = find_in(above, &end->name, child);
	vnode_put(above);
	return err;
}

/* Whether the walk may look for a name in what it has reached. */
static int
check_search(const struct walk *walk)
{
	const struct vnode *at = walk->at;

	if (at->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	return credentials_may(walk->who, at->uid, at->gid,
	    at->mode | MODE_DIRECTORY, MAY_EXECUTE);
}

/*
 * Take one component.
 * returns: 1 if that was the last, 0 if the walk goes on, or -errno
 */
static int
step(struct walk *walk, bool follow, struct path_end *end)
{
	bool last = *walk->rest == '\0';
	struct vnode *child;
	int err;

	err = find_child(walk, end, &child);
	if (err != 0)
		return err;
	if (child != NULL && child->type == VNODE_SYMLINK &&
	    (!last || follow || end->slash)) {
		err = enter_symlink(walk, child, end->slash);
		vnode_put(child);
		return err;
	}
	if (last && child != NULL && end->slash &&
	    child->type != VNODE_DIRECTORY) {
		vnode_put(child);
		return -ENOTDIR;
	}
	if (last && end->last == PATH_NAME) {
		end->parent = walk->at;
		end->child = child;
		walk->at = NULL;
		return 1;
	}
	if (child == NULL)
		return -ENOENT;
	move_to(walk, child);
	return 0;
}

/* returns: 0, -ENOENT (no text), -ENFILE */
static int
begin(struct walk *walk, const struct vfs_path *path, struct path_end *end)
{
	*walk = (struct walk) {
		.who = path_who(path),
		.name_max = path->name_max,
		.rest = path->text,
	};
	end->parent = end->child = NULL;
	end->name.len = 0;
	end->last = PATH_DOT;
	end->slash = false;
	if (path->text[0] == '\0')
		return -ENOENT;
	walk->root = path->place != NULL ? place_root(path->place) :
	    vfs_root();
	if (path->text[0] == '/') {
		walk->at = walk->root;
	} else if (path->base != NULL || path->place == NULL) {
		walk->at = path->base != NULL ? path->base : walk->root;
	} else {
		walk->at = place_directory(path->place);
		return 0;
	}
	vnode_get(walk->at);
	return 0;
}

static void
finish(struct walk *walk)
{
	if (walk->at != NULL)
		vnode_put(walk->at);
	vnode_put(walk->root);
	heap_free(walk->page);
}

int
path_walk(const struct vfs_path *path, bool follow, struct path_end *end)
{
	struct walk walk;
	int result = begin(&walk, path, end);

	if (result != 0)
		return result;
	for (;;) {
		result = next_component(&walk, end);
		if (result == 0) {
			/* It ended in "/", "." or "..", or in a symlink that
			 * led to what has no text. */
			if (walk.nlinks == 0 || end->slash ||
			    walk.at->type == VNODE_DIRECTORY)
				result = walk.at->type == VNODE_DIRECTORY ?
				    0 : -ENOTDIR;
			if (result == 0) {
				end->child = walk.at;
				end->last = PATH_DOT;
				walk.at = NULL;
			}
			break;
		}
		if (result > 0)
			result = check_search(&walk);
		if (result == 0)
			result = step(&walk, follow, end);
		if (result != 0)
			break;
	}
	finish(&walk);
	return result > 0 ? 0 : result;
}

int
path_walk_parent(const struct vfs_path *path, struct path_end *end)
{
	struct walk walk;
	int result = begin(&walk, path, end);

	if (result != 0)
		return result;
	for (;;) {
		result = next_component(&walk, end);
		if (result > 0)
			result = check_search(&walk);
		else if (result == 0)
			end->last = PATH_DOT;
		if (result != 0 || *walk.rest == '\0')
			break;
		result = step(&walk, true, end);
		if (result < 0)
			break;
	}
	if (result == 0) {
		end->parent = walk.at;
		walk.at = NULL;
	}
	finish(&walk);
	return result;
}

void
path_end_put(struct path_end *end)
{
	if (end->child != NULL)
		vnode_put(end->child);
	if (end->parent != NULL)
		vnode_put(end->parent);
	end->child = end->parent = NULL;
}

int
path_is_below(struct vnode *directory, const struct vnode *ancestor)
{
	const struct vfs_name dotdot = { "..", 2 };
	struct mount *mount = directory->mount;
	struct vnode *at = directory, *above;
	int result = -ELOOP;

	vnode_get(at);
	for (uint32_t depth = 0; depth < DIRECTORY_DEPTH_MAX; depth++) {
		uint64_t inode;
		int err;

		result = at == ancestor;
		if (at == ancestor || at == mount->root)
			break;
		result = -ELOOP;
		err = mount->ops->lookup(at, &dotdot, &inode);
		if (err == 0)
			err = vnode_find(mount, inode, &above);
		if (err != 0) {
			result = err == -ENOENT ? -EIO : err;
			break;
		}
		vnode_drop(at);
		at = above;
	}
	vnode_drop(at);
	return result;
}
