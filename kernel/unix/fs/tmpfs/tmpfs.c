/*
 * Mounting tmpfs, its options, and its inodes.
 *
 *	size=N[k|m|g|%]   bytes for files; half of memory if not said
 *	nr_blocks=N       the same in pages
 *	nr_inodes=N[k|m]  files, directories, ...; half of memory's pages
 *	mode=0NNN  uid=N  gid=N   of its root
 *
 * 0 for either number means: no limit but memory.
 */
#include "unix/fs/tmpfs/tmpfs.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"
#include "core/vm/heap.h"
#include "unix/fs/options.h"

#define ROOT_MODE	01777

void
tmpfs_put(struct tmpfs *fs)
{
	if (atomic_sub(&fs->refs, 1) == 1)
		heap_free(fs);
}

/* ---- Options ----------------------------------------------------------------- */

/* A number with k, m, g or %, of `whole`. */
static bool
read_amount(const struct option *option, uint64_t whole, uint64_t *out)
{
	size_t len = strlen(option->value);
	char unit = len > 0 ? option->value[len - 1] | 0x20 : '\0';
	uint32_t shift = unit == 'k' ? 10 : unit == 'm' ? 20 :
	    unit == 'g' ? 30 : 0;
	bool percent = len > 0 && option->value[len - 1] == '%';

	if (shift > 0 || percent)
		len--;
	if (len == 0 || !option_parse_number(option->value, len, 10, out))
		return false;
	if (percent) {
		*out = *out > 100 ? UINT64_MAX : whole / 100 * *out;
		return *out != UINT64_MAX;
	}
	if (*out > (uint64_t)INT64_MAX >> shift)
		return false;
	*out <<= shift;
	return true;
}

static bool
read_id(const struct option *option, uint32_t base, uint32_t last,
    uint32_t *out)
{
	uint64_t value;

	if (!option_number(option, base, &value) || value > last)
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool
read_option(const struct option *option, struct tmpfs *fs)
{
	uint64_t value, memory = (uint64_t)frame_count() * PAGE_BYTES;

	if (strcmp(option->name, "size") == 0) {
		if (!read_amount(option, memory, &value))
			return false;
		fs->pages_max = ROUND_UP(value, PAGE_BYTES) / PAGE_BYTES;
		return true;
	}
	if (strcmp(option->name, "nr_blocks") == 0)
		return read_amount(option, frame_count(), &fs->pages_max);
	if (strcmp(option->name, "nr_inodes") == 0)
		return read_amount(option, frame_count(), &fs->inodes_max);
	if (strcmp(option->name, "mode") == 0)
		return read_id(option, 8, MODE_PERMISSIONS, &fs->root_mode);
	if (strcmp(option->name, "uid") == 0)
		return read_id(option, 10, UINT32_MAX - 1, &fs->root_uid);
	if (strcmp(option->name, "gid") == 0)
		return read_id(option, 10, UINT32_MAX - 1, &fs->root_gid);
	return false;
}

static int
read_options(const char *text, struct tmpfs *fs)
{
	struct option option;

	while (option_next(&text, &option)) {
		if (!read_option(&option, fs))
			return -EINVAL;
	}
	return 0;
}

void
tmpfs_options(struct mount *mount, char *to, size_t size)
{
	const struct tmpfs *fs = mount->private;
	char mode[8] = { 0 };

	format_text(to, size, "size=%luk,nr_inodes=%lu,mode=%s",
	    (unsigned long)(fs->pages_max * (PAGE_BYTES / 1024)),
	    (unsigned long)fs->inodes_max,
	    option_octal(mode, fs->root_mode));
}

/* ---- Inodes ------------------------------------------------------------------ */

static struct list *
chain_of(const struct tmpfs *fs, uint64_t number)
{
	return &fs->inodes[number % TMPFS_CHAINS];
}

struct tmpfs_inode *
tmpfs_inode_find(const struct tmpfs *fs, uint64_t number)
{
	LIST_FOR(link, chain_of(fs, number)) {
		struct tmpfs_inode *inode =
		    LIST_ENTRY(link, struct tmpfs_inode, link);

		if (inode->number == number)
			return inode;
	}
	return NULL;
}

static void
fill_inode(struct tmpfs_inode *inode, const struct vnode_spec *spec)
{
	inode->type = spec->type;
	inode->mode = spec->mode;
	inode->uid = spec->uid;
	inode->gid = spec->gid;
	inode->major = spec->major;
	inode->minor = spec->minor;
	inode->nlinks = spec->type == VNODE_DIRECTORY ? 2 : 1;
	inode->atime = inode->mtime = inode->ctime = inode->btime = vfs_now();
	inode->next_cookie = 2;
	list_init(&inode->children);
	list_init(&inode->link);
}

static int
set_target(struct tmpfs_inode *inode, const char *target)
{
	inode->size = strlen(target);
	if (inode->size >= PAGE_BYTES)
		return -ENAMETOOLONG;
	inode->target = heap_alloc(inode->size + 1);
	if (inode->target == NULL)
		return -ENOMEM;
	memcpy(inode->target, target, inode->size + 1);
	return 0;
}

struct tmpfs_inode *
tmpfs_inode_new(struct tmpfs *fs, const struct vnode_spec *spec, int *err)
{
	struct tmpfs_inode *inode;

	*err = -ENOSPC;
	if (fs->inodes_max > 0 && fs->inodes_used >= fs->inodes_max)
		return NULL;
	*err = -ENOMEM;
	inode = heap_alloc(sizeof(*inode));
	if (inode == NULL)
		return NULL;
	fill_inode(inode, spec);
	inode->number = fs->next_inode;
	*err = 0;
	if (spec->type == VNODE_SYMLINK)
		*err = set_target(inode, spec->target);
	else if (spec->type == VNODE_FILE)
		*err = tmpfs_open_contents(fs, inode);
	if (*err != 0) {
		heap_free(inode);
		return NULL;
	}
	fs->next_inode++;
	fs->inodes_used++;
	list_push_front(chain_of(fs, inode->number), &inode->link);
	return inode;
}

void
tmpfs_inode_free(struct tmpfs *fs, struct tmpfs_inode *inode)
{
	if (inode->type == VNODE_FILE)
		tmpfs_close_contents(inode);
	heap_free(inode->target);
	list_remove(&inode->link);
	fs->inodes_used--;
	heap_free(inode);
}

int
tmpfs_load(struct vnode *vnode)
{
	struct tmpfs_inode *inode =
	    tmpfs_inode_find(tmpfs_of(vnode), vnode->inode);

	if (inode == NULL)
		return -ENOENT;
	vnode->private[0] = (uint64_t)inode;
	vnode->type = inode->type;
	vnode->mode = inode->mode;
	vnode->uid = inode->uid;
	vnode->gid = inode->gid;
	vnode->nlinks = inode->nlinks;
	vnode->major = inode->major;
	vnode->minor = inode->minor;
	vnode->size = inode->size;
	vnode->blocks = tmpfs_blocks(inode);
	vnode->atime = inode->atime;
	vnode->mtime = inode->mtime;
	vnode->ctime = inode->ctime;
	vnode->btime = inode->btime;
	return 0;
}

int
tmpfs_store(struct vnode *vnode)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);

	inode->mode = vnode->mode;
	inode->uid = vnode->uid;
	inode->gid = vnode->gid;
	inode->nlinks = vnode->nlinks;
	inode->size = vnode->size;
	inode->atime = vnode->atime;
	inode->mtime = vnode->mtime;
	inode->ctime = vnode->ctime;
	vnode->blocks = tmpfs_blocks(inode);
	return 0;
}

int
tmpfs_release(struct vnode *vnode)
{
	tmpfs_inode_free(tmpfs_of(vnode), tmpfs_inode(vnode));
	return 0;
}

int64_t
tmpfs_readlink(struct vnode *vnode, char *to, size_t size)
{
	size_t len = MIN(size, vnode->size);

	memcpy(to, tmpfs_inode(vnode)->target, len);
	return (int64_t)len;
}

/* ---- Mounting ---------------------------------------------------------------- */

static void
init_chains(struct list *chains)
{
	for (uint32_t i = 0; i < TMPFS_CHAINS; i++)
		list_init(&chains[i]);
}

static int
make_root(struct tmpfs *fs)
{
	const struct vnode_spec spec = {
		.type = VNODE_DIRECTORY,
		.mode = fs->root_mode,
		.uid = fs->root_uid,
		.gid = fs->root_gid,
	};
	struct tmpfs_inode *root;
	int err;

	root = tmpfs_inode_new(fs, &spec, &err);
	if (root != NULL)
		root->parent = root;
	return err;
}

int
tmpfs_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root)
{
	struct tmpfs *fs = heap_alloc(sizeof(*fs));
	int err = -ENOMEM;

	if (fs == NULL)
		return -ENOMEM;
	fs->refs = 1;
	fs->mount = mount;
	fs->pages_max = fs->inodes_max = frame_count() / 2;
	fs->next_inode = TMPFS_ROOT;
	fs->root_mode = ROOT_MODE;
	fs->inodes = heap_alloc(TMPFS_CHAINS * sizeof(struct list));
	fs->entries = heap_alloc(TMPFS_CHAINS * sizeof(struct list));
	if (fs->inodes == NULL || fs->entries == NULL)
		goto free_fs;
	init_chains(fs->inodes);
	init_chains(fs->entries);
	err = read_options(request->options, fs);
	if (err == 0)
		err = make_root(fs);
	if (err != 0)
		goto free_fs;
	mount->private = fs;
	*root = TMPFS_ROOT;
	return 0;

free_fs:
	heap_free(fs->inodes);
	heap_free(fs->entries);
	heap_free(fs);
	return err;
}

int
tmpfs_remount(struct mount *mount, const struct mount_request *request)
{
	struct tmpfs *fs = mount->private, before = *fs;
	int err = read_options(request->options, fs);

	if (err == 0 && ((fs->pages_max > 0 &&
	    fs->pages_max < atomic_load(&fs->pages_used)) ||
	    (fs->inodes_max > 0 && fs->inodes_max < fs->inodes_used)))
		err = -EINVAL;
	if (err != 0) {
		fs->pages_max = before.pages_max;
		fs->inodes_max = before.inodes_max;
	}
	/* The root's owner and mode are changed as any directory's are. */
	fs->root_mode = before.root_mode;
	fs->root_uid = before.root_uid;
	fs->root_gid = before.root_gid;
	return err;
}

int
tmpfs_unmount(struct mount *mount)
{
	struct tmpfs *fs = mount->private;

	for (uint32_t i = 0; i < TMPFS_CHAINS; i++) {
		struct list *link;

		while ((link = list_pop_front(&fs->entries[i])) != NULL)
			heap_free(LIST_ENTRY(link, struct tmpfs_entry, hash));
		while (!list_empty(&fs->inodes[i]))
			tmpfs_inode_free(fs, LIST_ENTRY(fs->inodes[i].next,
			    struct tmpfs_inode, link));
	}
	heap_free(fs->inodes);
	heap_free(fs->entries);
	fs->mount = NULL;
	tmpfs_put(fs);
	return 0;
}

int
tmpfs_statfs(struct mount *mount, struct vfs_statfs *out)
{
	const struct tmpfs *fs = mount->private;
	uint64_t used = atomic_load(&fs->pages_used);

	out->block_bytes = PAGE_BYTES;
	if (fs->pages_max > 0) {
		out->nblocks = fs->pages_max;
		out->free_blocks = fs->pages_max - MIN(used, fs->pages_max);
		out->available_blocks = out->free_blocks;
	}
	if (fs->inodes_max > 0) {
		out->ninodes = fs->inodes_max;
		out->free_inodes = fs->inodes_max -
		    MIN(fs->inodes_used, fs->inodes_max);
	}
	return 0;
}

const struct vfs_ops tmpfs_ops = {
	.name = "tmpfs",
	.mount = tmpfs_mount,
	TMPFS_OPS,
};
