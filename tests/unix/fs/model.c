/* The naive model: a tree of files in memory. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/errno.h"
#include "core/base/params.h"

/* Where a path ends: as in the file system, but by plain recursion. */
struct model_end {
	struct model *parent, *child;
	char name[PATH_BYTES];		/* "": the path was only slashes */
	bool slash;			/* one stood behind the name */
};

/* What becomes of the last component. */
enum last {
	FOLLOW,
	NO_FOLLOW,			/* a symlink is what it is */
	NAME_ONLY,			/* it is a name to act on */
};

struct model *model_root;

static struct model *
node_new(enum vnode_type type, uint32_t mode)
{
	struct model *node = calloc(1, sizeof(*node));

	node->type = type;
	node->mode = mode;
	node->nlinks = type == VNODE_DIRECTORY ? 2 : 1;
	if (type == VNODE_DIRECTORY)
		node->entries = calloc(MODEL_ENTRIES, sizeof(*node->entries));
	if (type == VNODE_FILE)
		node->chunks = calloc(MODEL_CHUNKS, sizeof(*node->chunks));
	return node;
}

void
model_reset(void)
{
	model_root = node_new(VNODE_DIRECTORY, 0755);
	model_root->parent = model_root;
}

struct model *
model_find(const struct model *directory, const char *name)
{
	for (uint32_t i = 0; i < directory->nentries; i++) {
		if (strcmp(directory->entries[i].name, name) == 0)
			return directory->entries[i].node;
	}
	return NULL;
}

static void
entry_add(struct model *directory, const char *name, struct model *node)
{
	struct model_entry *entry;

	if (directory->nentries == MODEL_ENTRIES)
		abort();
	entry = &directory->entries[directory->nentries++];
	strcpy(entry->name, name);
	entry->node = node;
}

static void
entry_remove(struct model *directory, const char *name)
{
	for (uint32_t i = 0; i < directory->nentries; i++) {
		if (strcmp(directory->entries[i].name, name) == 0) {
			directory->entries[i] =
			    directory->entries[--directory->nentries];
			return;
		}
	}
	abort();
}

static int
walk(struct model *at, const char *text, enum last last, int nlinks,
    struct model_end *end)
{
	size_t len;
	bool is_last;

	if (*text == '/')
		at = model_root;
	text += strspn(text, "/");
	end->parent = NULL;
	end->child = at;
	if (*text == '\0') {
		end->name[0] = '\0';
		return at->type == VNODE_DIRECTORY ? 0 : -ENOTDIR;
	}
	len = strcspn(text, "/");
	if (len > 255)
		return -ENAMETOOLONG;
	memcpy(end->name, text, len);
	end->name[len] = '\0';
	end->slash = text[len] == '/';
	text += len + strspn(text + len, "/");
	is_last = *text == '\0';
	if (at->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	if (strcmp(end->name, ".") == 0 || strcmp(end->name, "..") == 0) {
		end->child = end->name[1] == '.' ? at->parent : at;
		return is_last ? 0 :
		    walk(end->child, text, last, nlinks, end);
	}
	end->child = model_find(at, end->name);
	if (is_last && last == NAME_ONLY) {
		end->parent = at;
		return 0;
	}
	if (end->child != NULL && end->child->type == VNODE_SYMLINK &&
	    (!is_last || last == FOLLOW || end->slash)) {
		char joined[2 * PATH_BYTES];

		if (nlinks == SYMLINKS_MAX)
			return -ELOOP;
		strcpy(joined, end->child->target);
		if (end->slash)
			strcat(strcat(joined, "/"), text);
		if (strlen(joined) >= PATH_BYTES)
			return -ENAMETOOLONG;
		return walk(at, joined, last, nlinks + 1, end);
	}
	if (!is_last)
		return end->child == NULL ? -ENOENT :
		    walk(end->child, text, last, nlinks, end);
	if (end->slash && end->child != NULL &&
	    end->child->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	end->parent = at;
	return 0;
}

static int
walk_path(const char *path, enum last last, struct model_end *end)
{
	end->slash = false;
	return *path == '\0' ? -ENOENT : walk(model_root, path, last, 0, end);
}

int
model_lookup(const char *path, bool follow, struct model **out)
{
	struct model_end end;
	int err = walk_path(path, follow ? FOLLOW : NO_FOLLOW, &end);

	if (err == 0 && end.child == NULL)
		err = -ENOENT;
	if (err == 0)
		*out = end.child;
	return err;
}

int
model_create(const char *path, uint32_t mode, bool exclusive,
    struct model **out)
{
	struct model_end end;
	int err = walk_path(path, exclusive ? NO_FOLLOW : FOLLOW, &end);

	if (err != 0)
		return err;
	if (end.child != NULL && exclusive)
		return -EEXIST;
	if (end.child != NULL && end.child->type == VNODE_DIRECTORY)
		return -EISDIR;
	if (end.child == NULL && end.slash)
		return -EISDIR;
	if (end.child == NULL) {
		end.child = node_new(VNODE_FILE, mode);
		entry_add(end.parent, end.name, end.child);
	}
	*out = end.child;
	return 0;
}

int
model_make(const char *path, enum vnode_type type, uint32_t mode,
    uint16_t major, uint16_t minor, const char *target)
{
	struct model_end end;
	struct model *node;
	int err = walk_path(path, NAME_ONLY, &end);

	if (err != 0)
		return err;
	if (end.child != NULL)
		return -EEXIST;
	if (end.slash && type != VNODE_DIRECTORY)
		return -ENOENT;
	node = node_new(type, mode);
	node->major = major;
	node->minor = minor;
	if (target != NULL) {
		node->target = strdup(target);
		node->size = strlen(target);
	}
	if (type == VNODE_DIRECTORY) {
		node->parent = end.parent;
		end.parent->nlinks++;
	}
	entry_add(end.parent, end.name, node);
	return 0;
}

int
model_link(const char *old, const char *new)
{
	struct model_end from, to;
	int err = walk_path(old, NO_FOLLOW, &from);

	if (err == 0 && from.child == NULL)
		err = -ENOENT;
	if (err == 0 && from.child->type == VNODE_DIRECTORY)
		err = -EPERM;
	if (err == 0)
		err = walk_path(new, NAME_ONLY, &to);
	if (err != 0)
		return err;
	if (to.child != NULL)
		return -EEXIST;
	if (to.slash)
		return -ENOENT;
	entry_add(to.parent, to.name, from.child);
	from.child->nlinks++;
	return 0;
}

static void
forget(struct model *directory, struct model *node)
{
	if (node->type == VNODE_DIRECTORY) {
		node->nlinks = 0;
		directory->nlinks--;
	} else {
		node->nlinks--;
	}
}

int
model_unlink(const char *path)
{
	struct model_end end;
	int err = walk_path(path, NAME_ONLY, &end);

	if (err != 0)
		return err;
	if (end.parent == NULL)
		return end.name[0] == '\0' ? -EBUSY :
		    end.name[1] == '.' ? -ENOTEMPTY : -EINVAL;
	if (end.child == NULL)
		return -ENOENT;
	if (end.slash && end.child->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	if (end.child->type == VNODE_DIRECTORY && end.child->nentries > 0)
		return -ENOTEMPTY;
	entry_remove(end.parent, end.name);
	forget(end.parent, end.child);
	return 0;
}

static int
check_rename(const struct model_end *from, const struct model_end *to)
{
	if (from->parent == NULL || to->parent == NULL)
		return -EBUSY;
	if (from->child == NULL)
		return -ENOENT;
	if (from->child->type != VNODE_DIRECTORY) {
		if (from->slash || to->slash)
			return -ENOTDIR;
		return to->child != NULL &&
		    to->child->type == VNODE_DIRECTORY ? -EISDIR : 0;
	}
	for (struct model *at = to->parent;; at = at->parent) {
		if (at == from->child)
			return -EINVAL;
		if (at == model_root)
			break;
	}
	return to->child != NULL && to->child->type != VNODE_DIRECTORY ?
	    -ENOTDIR : 0;
}

int
model_rename(const char *old, const char *new)
{
	struct model_end from, to;
	int err = walk_path(old, NAME_ONLY, &from);

	if (err == 0)
		err = walk_path(new, NAME_ONLY, &to);
	if (err == 0)
		err = check_rename(&from, &to);
	if (err != 0 || from.child == to.child)
		return err;
	if (to.child != NULL) {
		if (to.child->type == VNODE_DIRECTORY && to.child->nentries > 0)
			return -ENOTEMPTY;
		entry_remove(to.parent, to.name);
		forget(to.parent, to.child);
	}
	entry_remove(from.parent, from.name);
	entry_add(to.parent, to.name, from.child);
	if (from.child->type == VNODE_DIRECTORY) {
		from.child->parent = to.parent;
		from.parent->nlinks--;
		to.parent->nlinks++;
	}
	return 0;
}

/* Bytes */

void
model_write(struct model *file, uint64_t offset, const uint8_t *from,
    size_t len)
{
	file->size = MAX(file->size, offset + len);
	for (size_t i = 0; i < len; i++, offset++) {
		uint8_t **chunk = &file->chunks[offset / MODEL_CHUNK];

		if (*chunk == NULL)
			*chunk = calloc(1, MODEL_CHUNK);
		(*chunk)[offset % MODEL_CHUNK] = from[i];
	}
}

void
model_read(const struct model *file, uint64_t offset, uint8_t *to, size_t len)
{
	for (size_t i = 0; i < len; i++, offset++) {
		const uint8_t *chunk = file->chunks[offset / MODEL_CHUNK];

		to[i] = chunk == NULL ? 0 : chunk[offset % MODEL_CHUNK];
	}
}

void
model_zero(struct model *file, uint64_t offset, uint64_t end)
{
	for (end = MIN(end, file->size); offset < end; offset++) {
		uint8_t *chunk = file->chunks[offset / MODEL_CHUNK];

		if (chunk != NULL)
			chunk[offset % MODEL_CHUNK] = 0;
	}
}

void
model_truncate(struct model *file, uint64_t size)
{
	for (size_t i = 0; i < MODEL_CHUNKS && size < file->size; i++) {
		uint64_t start = i * MODEL_CHUNK;

		if (file->chunks[i] == NULL || start + MODEL_CHUNK <= size)
			continue;
		if (start < size) {
			memset(file->chunks[i] + (size - start), 0,
			    MODEL_CHUNK - (size - start));
			continue;
		}
		free(file->chunks[i]);
		file->chunks[i] = NULL;
	}
	file->size = size;
}

bool
model_has_chunk(const struct model *file, size_t chunk)
{
	return file->chunks[chunk] != NULL;
}
