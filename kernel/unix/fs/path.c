/*
 * Walking paths: component by component, under the mount's lock.
 *
 * Where a symlink is met, what it says and what was left of the path are put
 * together as a new text, in one of two buffers of the mount, and the walk
 * goes on there:
 *
 *	a/link/b/c   with link -> ../x   becomes   ../x/b/c, from a
 */
#include "unix/fs/path.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"

#define NAME_MAX	255

struct walk {
	struct mount *mount;
	uint32_t name_max;
	const char *rest;		/* text not looked at yet */
	struct vnode *at;		/* directory reached, with a reference */
	uint32_t nlinks;		/* symlinks followed */
};

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
	return 1;
}

/* Go on at what the symlink says. */
static int
enter_symlink(struct walk *walk, struct vnode *symlink)
{
	struct mount *mount = walk->mount;
	char *text = mount->link_text[walk->nlinks % 2];
	size_t nrest = strlen(walk->rest);
	int64_t len;

	if (++walk->nlinks > SYMLINKS_MAX)
		return -ELOOP;
	len = mount->ops->readlink(symlink, text, PATH_BYTES);
	if (len < 0)
		return (int)len;
	if (len == 0)
		return -ENOENT;
	if (len + 1 + nrest + 1 > PATH_BYTES)
		return -ENAMETOOLONG;
	text[len] = '/';
	memcpy(text + len + 1, walk->rest, nrest + 1);
	walk->rest = text;
	if (text[0] == '/') {
		vnode_drop(walk->at);
		walk->at = mount->root;
		vnode_get(walk->at);
	}
	return 0;
}

static bool
is_dots(const struct vfs_name *name)
{
	return name->text[0] == '.' &&
	    (name->len == 1 || (name->len == 2 && name->text[1] == '.'));
}

/* The vnode that a component refers to; *child is NULL if there is none. */
static int
find_child(struct walk *walk, const struct vfs_name *name,
    struct vnode **child)
{
	uint64_t inode;
	int err;

	*child = NULL;
	if (walk->at->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	/* Nothing is above the root. */
	if (is_dots(name) && (name->len == 1 || walk->at == walk->mount->root)) {
		vnode_get(walk->at);
		*child = walk->at;
		return 0;
	}
	err = walk->mount->ops->lookup(walk->at, name, &inode);
	if (err == -ENOENT)
		return 0;
	if (err != 0)
		return err;
	return vnode_find(walk->mount, inode, child);
}

/*
 * Take one component.
 * returns: 1 if that was the last, 0 if the walk goes on, or -errno
 */
static int
step(struct walk *walk, bool follow, struct path_end *end)
{
	struct vnode *child;
	bool last = *walk->rest == '\0';
	int err;

	err = find_child(walk, &end->name, &child);
	if (err != 0)
		return err;
	if (child != NULL && child->type == VNODE_SYMLINK && (!last || follow)) {
		err = enter_symlink(walk, child);
		vnode_drop(child);
		return err;
	}
	if (last && !is_dots(&end->name)) {
		end->parent = walk->at;
		end->child = child;
		walk->at = NULL;
		return 1;
	}
	if (child == NULL)
		return -ENOENT;
	vnode_drop(walk->at);
	walk->at = child;
	return 0;
}

int
path_walk(struct mount *mount, const struct vfs_path *path, bool follow,
    struct path_end *end)
{
	struct walk walk = {
		.mount = mount,
		.name_max = path->name_max,
		.rest = path->text,
		.at = path->text[0] == '/' ? mount->root : path->base,
	};
	int result;

	end->parent = end->child = NULL;
	if (path->text[0] == '\0')
		return -ENOENT;
	vnode_get(walk.at);
	for (;;) {
		result = next_component(&walk, end);
		if (result == 0) {
			/* It ended in "/", "." or "..": only a child. */
			result = -ENOTDIR;
			if (walk.at->type != VNODE_DIRECTORY)
				break;
			end->child = walk.at;
			return 0;
		}
		if (result > 0)
			result = step(&walk, follow, end);
		if (result != 0)
			break;
	}
	vnode_drop(walk.at);
	return result > 0 ? 0 : result;
}

void
path_end_put(struct path_end *end)
{
	vnode_drop(end->child);
	vnode_drop(end->parent);
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
