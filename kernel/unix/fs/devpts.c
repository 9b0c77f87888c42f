/*
 * devpts.
 *
 *	inode 1		the directory
 *	inode 2		ptmx
 *	inode 3 + N	slave number N
 *
 * Nothing is kept here: vnodes are loaded from the pairs each time.
 */
#include "unix/fs/devpts.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "unix/dev/pty.h"
#include "unix/fs/credentials.h"
#include "unix/fs/device.h"
#include "unix/fs/options.h"

#define DEVPTS_MAGIC	0x1cd1
#define INODE_ROOT	1
#define INODE_PTMX	2
#define INODE_SLAVE	3
#define PTMX_MINOR	2
#define SLAVE_MODE	0600

/* As mounted last.  Words that are read while they change are of one mount or
 * the other. */
static struct devpts_options {
	bool has_uid, has_gid;
	uint32_t uid, gid;
	uint32_t mode, ptmx_mode;
} options = { .mode = SLAVE_MODE };

void
devpts_owner(const struct credentials *who, struct pty_owner *owner)
{
	owner->uid = options.has_uid ? options.uid : who->fsuid;
	owner->gid = options.has_gid ? options.gid : who->fsgid;
	owner->mode = options.mode;
}

static int
parse(const char *text)
{
	struct devpts_options parsed = { .mode = SLAVE_MODE };
	struct option option;

	while (option_next(&text, &option)) {
		uint64_t value;
		bool octal = strcmp(option.name, "mode") == 0 ||
		    strcmp(option.name, "ptmxmode") == 0;

		if (!option_number(&option, octal ? 8 : 10, &value) ||
		    value > (octal ? 0777 : UINT32_MAX))
			return -EINVAL;
		if (strcmp(option.name, "uid") == 0) {
			parsed.has_uid = true;
			parsed.uid = (uint32_t)value;
		} else if (strcmp(option.name, "gid") == 0) {
			parsed.has_gid = true;
			parsed.gid = (uint32_t)value;
		} else if (strcmp(option.name, "mode") == 0) {
			parsed.mode = (uint32_t)value;
		} else if (strcmp(option.name, "ptmxmode") == 0) {
			parsed.ptmx_mode = (uint32_t)value;
		} else {
			return -EINVAL;
		}
	}
	options = parsed;
	return 0;
}

static int
devpts_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root)
{
	(void)mount;
	*root = INODE_ROOT;
	return parse(request->options);
}

static int
devpts_unmount(struct mount *mount)
{
	(void)mount;
	return 0;
}

static int
devpts_remount(struct mount *mount, const struct mount_request *request)
{
	(void)mount;
	return parse(request->options);
}

static void
devpts_options(struct mount *mount, char *to, size_t size)
{
	size_t n = 0;

	(void)mount;
	if (options.has_uid)
		n += format_text(to + n, size - n, "uid=%u,", options.uid);
	if (options.has_gid)
		n += format_text(to + n, size - n, "gid=%u,", options.gid);
	format_text(to + n, size - n, "mode=%s,ptmxmode=%s",
	    option_octal((char[8]){ 0 }, options.mode),
	    option_octal((char[8]){ 0 }, options.ptmx_mode));
}

static int
devpts_load(struct vnode *vnode)
{
	struct pty_owner owner = { 0, 0, 0755 };

	if (vnode->inode == INODE_ROOT) {
		vnode->type = VNODE_DIRECTORY;
		vnode->nlinks = 2;
	} else {
		vnode->type = VNODE_DEVICE;
		vnode->nlinks = 1;
		vnode->major = DEVICE_PTS;
		vnode->minor = (uint32_t)(vnode->inode - INODE_SLAVE);
		if (vnode->inode == INODE_PTMX) {
			vnode->major = DEVICE_TERMINAL;
			vnode->minor = PTMX_MINOR;
			owner.mode = options.ptmx_mode;
		} else if (!pty_get_owner(vnode->minor, &owner)) {
			return -ENOENT;
		}
	}
	vnode->mode = owner.mode;
	vnode->uid = owner.uid;
	vnode->gid = owner.gid;
	vnode->atime = vnode->mtime = vnode->ctime = vnode->btime = vfs_now();
	return 0;
}

static int
devpts_release(struct vnode *vnode)
{
	(void)vnode;
	return 0;
}

/* The pair keeps what was changed of its slave; of the others, nothing is. */
static int
devpts_store(struct vnode *vnode)
{
	const struct pty_owner owner = { vnode->uid, vnode->gid, vnode->mode };

	if (vnode->inode < INODE_SLAVE)
		return -EPERM;
	return pty_set_owner(vnode->minor, &owner) ? 0 : -ENOENT;
}

static int
devpts_lookup(struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode)
{
	struct pty_owner owner;
	uint64_t index;

	(void)directory;
	if (name->len == 2 && memcmp(name->text, "..", 2) == 0)
		*inode = INODE_ROOT;
	else if (name->len == 4 && memcmp(name->text, "ptmx", 4) == 0)
		*inode = INODE_PTMX;
	else if (option_parse_number(name->text, name->len, 10, &index) &&
	    index <= UINT32_MAX && pty_get_owner((uint32_t)index, &owner))
		*inode = INODE_SLAVE + index;
	else
		return -ENOENT;
	return 0;
}

/* Cookies: 0 ".", 1 "..", 2 ptmx, 3 + N slave N. */
static int
devpts_readdir(struct vnode *directory, uint64_t cookie,
    struct vfs_entry *entry)
{
	static const char *const first[] = { ".", "..", "ptmx" };
	uint32_t index;

	(void)directory;
	entry->type = cookie < 2 ? VNODE_DIRECTORY : VNODE_DEVICE;
	if (cookie < ARRAY_LEN(first)) {
		entry->inode = cookie < 2 ? INODE_ROOT : INODE_PTMX;
		entry->next = cookie + 1;
		string_copy(entry->name, first[cookie], sizeof(entry->name));
		return 1;
	}
	if (cookie - INODE_SLAVE > UINT32_MAX ||
	    !pty_next((uint32_t)(cookie - INODE_SLAVE), &index))
		return 0;
	entry->inode = INODE_SLAVE + (uint64_t)index;
	entry->next = entry->inode + 1;
	format_text(entry->name, sizeof(entry->name), "%u", index);
	return 1;
}

const struct vfs_ops devpts_ops = {
	.name = "devpts",
	.magic = DEVPTS_MAGIC,
	.forgets = true,
	.mount = devpts_mount,
	.unmount = devpts_unmount,
	.remount = devpts_remount,
	.options = devpts_options,
	.load = devpts_load,
	.release = devpts_release,
	.store = devpts_store,
	.lookup = devpts_lookup,
	.readdir = devpts_readdir,
};
