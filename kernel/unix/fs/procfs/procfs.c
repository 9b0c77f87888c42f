/*
 * procfs as a file system: names and inodes.  sysfs is the same with another
 * root.
 *
 *	inode:  number | pid | node + 1
 *	        24       24    12 bits
 */
#include "unix/fs/procfs/procfs.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "unix/fs/options.h"

#define PROCFS_MAGIC	0x9fa0
#define SYSFS_MAGIC	0x62656572

_Static_assert(TID_MAX < (1 << 24) - 1 && DESCRIPTORS_MAX < (1 << 24) - 1,
    "numbers fit into inodes");

#define NODE_BITS	12
#define NUMBER_BITS	24
#define NODE_MASK	((1u << NODE_BITS) - 1)
#define NUMBER_MASK	((1u << NUMBER_BITS) - 1)

/* Cookies: 0 ".", 1 "..", then a node each, then numbers. */
#define COOKIE_NODES	2
#define COOKIE_NUMBERS	((uint64_t)NODE_MASK + 3)

struct procfs_target
procfs_target_of(const struct vnode *vnode)
{
	uint64_t inode = vnode->inode;

	return (struct procfs_target) {
		.node = (uint32_t)(inode & NODE_MASK) - 1,
		.pid = (int32_t)(inode >> NODE_BITS & NUMBER_MASK),
		.number = (uint32_t)(inode >> (NODE_BITS + NUMBER_BITS)),
	};
}

static uint64_t
inode_of(const struct procfs_target *target)
{
	return (uint64_t)target->number << (NODE_BITS + NUMBER_BITS) |
	    (uint64_t)target->pid << NODE_BITS | (target->node + 1);
}

/* The directory it stands in. */
static struct procfs_target
above(const struct procfs_target *target)
{
	const struct procfs_node *node = procfs_node(target);
	struct procfs_target parent = *target;

	parent.node = node->parent;
	if (node->name == NULL && target->number != 0)
		parent.number = 0;
	else if (node->name == NULL)
		parent.pid = 0;
	return parent;
}

/* What stands in `directory` under a number. */
static struct procfs_target
below(const struct procfs_target *directory, uint32_t number)
{
	const struct procfs_node *node = procfs_node(directory);
	struct procfs_target child = *directory;

	child.node = node->numbered;
	if (node->numbers_are_pids)
		child.pid = (int32_t)number;
	else
		child.number = number + 1;
	return child;
}

static int
mount_node(uint32_t node, const struct mount_request *request, uint64_t *root)
{
	const struct procfs_target target = { .node = node };

	if (request->options[0] != '\0')
		return -EINVAL;
	*root = inode_of(&target);
	return 0;
}

static int
procfs_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root)
{
	(void)mount;
	return mount_node(0, request, root);
}

static int
sysfs_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root)
{
	(void)mount;
	return mount_node(procfs_sysfs_root, request, root);
}

static int
procfs_unmount(struct mount *mount)
{
	(void)mount;
	return 0;
}

static int
procfs_load(struct vnode *vnode)
{
	struct procfs_target target = procfs_target_of(vnode);
	struct procfs_owner owner;
	int err;

	if (target.node >= procfs_nnodes)
		return -ENOENT;
	err = procfs_owner(&target, &owner);
	if (err != 0)
		return err;
	vnode->type = procfs_node(&target)->type;
	vnode->mode = procfs_node(&target)->mode;
	vnode->nlinks = vnode->type == VNODE_DIRECTORY ? 2 : 1;
	vnode->uid = owner.uid;
	vnode->gid = owner.gid;
	vnode->atime = vnode->mtime = vnode->ctime = vnode->btime = vfs_now();
	return 0;
}

static int
procfs_release(struct vnode *vnode)
{
	(void)vnode;
	return 0;
}

/* What is here stays as it is: nobody may change its mode or owner. */
static int
procfs_store(struct vnode *vnode)
{
	(void)vnode;
	return -EPERM;
}

/* What stands in the node `parent` under a name; 0: nothing. */
static uint32_t
node_named(uint32_t parent, const struct vfs_name *name)
{
	const struct procfs_node *end = procfs_nodes + procfs_nnodes;

	for (const struct procfs_node *node = procfs_nodes + 1; node < end;
	    node++) {
		if (node->parent == parent && node->name != NULL &&
		    node->name[0] == name->text[0] &&
		    strlen(node->name) == name->len &&
		    memcmp(node->name, name->text, name->len) == 0)
			return (uint32_t)(node - procfs_nodes);
	}
	return 0;
}

static int
procfs_lookup(struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode)
{
	struct procfs_target target = procfs_target_of(directory), child;
	const struct procfs_node *node = procfs_node(&target);
	uint64_t number;
	size_t prefix;

	child = target;
	if (name->len == 2 && memcmp(name->text, "..", 2) == 0) {
		child = above(&target);
		*inode = inode_of(&child);
		return 0;
	}
	prefix = node->prefix == NULL ? 0 : strlen(node->prefix);
	if (node->next != NULL && name->len > prefix &&
	    memcmp(name->text, node->prefix, prefix) == 0 &&
	    option_parse_number(name->text + prefix, name->len - prefix, 10,
	    &number)) {
		uint32_t found = (uint32_t)number;

		/* What belongs to a process is asked for when it is loaded. */
		if (number >= NUMBER_MASK ||
		    (node->numbers_are_pids && number == 0) || (prefix > 0 &&
		    (!node->next(&target, found, &found) || found != number)))
			return -ENOENT;
		child = below(&target, (uint32_t)number);
		*inode = inode_of(&child);
		return 0;
	}
	child.node = node_named(target.node, name);
	if (child.node == 0)
		return -ENOENT;
	*inode = inode_of(&child);
	return 0;
}

static int
give_entry(struct vfs_entry *entry, const struct procfs_target *target,
    uint64_t next)
{
	entry->inode = inode_of(target);
	entry->type = procfs_node(target)->type;
	entry->next = next;
	return 1;
}

static int
read_numbers(const struct procfs_target *directory, uint64_t cookie,
    struct vfs_entry *entry)
{
	const struct procfs_node *node = procfs_node(directory);
	uint64_t from = cookie - COOKIE_NUMBERS;
	struct procfs_target child;
	uint32_t number;

	if (node->next == NULL || from >= NUMBER_MASK ||
	    !node->next(directory, (uint32_t)from, &number))
		return 0;
	child = below(directory, number);
	format_text(entry->name, sizeof(entry->name), "%s%u",
	    node->prefix == NULL ? "" : node->prefix, number);
	return give_entry(entry, &child, COOKIE_NUMBERS + number + 1);
}

static int
procfs_readdir(struct vnode *directory, uint64_t cookie,
    struct vfs_entry *entry)
{
	struct procfs_target target = procfs_target_of(directory), child;
	struct procfs_owner owner;
	const char *name;

	/* A process that is gone has no files. */
	if (procfs_owner(&target, &owner) != 0)
		return -ENOENT;
	if (procfs_node(&target)->private && !procfs_may_look(&target))
		return -EACCES;
	if (cookie < COOKIE_NODES) {
		child = cookie == 0 ? target : above(&target);
		string_copy(entry->name, cookie == 0 ? "." : "..",
		    sizeof(entry->name));
		return give_entry(entry, &child, cookie + 1);
	}
	child = target;
	for (; cookie - COOKIE_NODES < procfs_nnodes; cookie++) {
		child.node = (uint32_t)(cookie - COOKIE_NODES);
		name = procfs_node(&child)->name;
		if (child.node == 0 || name == NULL ||
		    procfs_node(&child)->parent != target.node)
			continue;
		string_copy(entry->name, name, sizeof(entry->name));
		return give_entry(entry, &child, cookie + 1);
	}
	return read_numbers(&target, MAX(cookie, COOKIE_NUMBERS), entry);
}

static int64_t
procfs_link_text(struct vnode *vnode, char *to, size_t size)
{
	struct procfs_target target = procfs_target_of(vnode);
	const struct procfs_node *node = procfs_node(&target);

	if (node->private && !procfs_may_look(&target))
		return -EACCES;
	return node->link(&target, to, size);
}

static int
procfs_follow(struct vnode *vnode, struct vnode **out)
{
	struct procfs_target target = procfs_target_of(vnode);
	const struct procfs_node *node = procfs_node(&target);
	int err;

	if (node->follow == NULL && node->lead == NULL)
		return -EINVAL;
	if (node->private && !procfs_may_look(&target))
		return -EACCES;
	err = node->follow == NULL ? -ENXIO : node->follow(&target, out);
	if (err != -ENXIO || node->lead == NULL)
		return err;
	node->lead(&target);
	err = mount_enter(vnode->mount);
	if (err == 0) {
		err = vnode_find(vnode->mount, inode_of(&target), out);
		mount_leave(vnode->mount);
	}
	return err;
}

static const struct file_ops *
procfs_ops_of(struct vnode *vnode)
{
	struct procfs_target target = procfs_target_of(vnode);

	if (procfs_node(&target)->ops != NULL)
		return procfs_node(&target)->ops;
	return vnode->type == VNODE_FILE ? &procfs_file_ops : NULL;
}

/* What is written replaces what a file said before: there is nothing to cut,
 * and `echo 1 > file` opens it so. */
static int
procfs_truncate(struct vnode *vnode, uint64_t size)
{
	(void)vnode;
	return size == 0 ? 0 : -EINVAL;
}

#define OPS(what, number, mounting) { \
	.name = (what), \
	.magic = (number), \
	.forgets = true, \
	.mount = (mounting), \
	.unmount = procfs_unmount, \
	.load = procfs_load, \
	.release = procfs_release, \
	.store = procfs_store, \
	.lookup = procfs_lookup, \
	.truncate = procfs_truncate, \
	.readdir = procfs_readdir, \
	.link_text = procfs_link_text, \
	.follow = procfs_follow, \
	.file_ops = procfs_ops_of, \
}

const struct vfs_ops procfs_ops = OPS("proc", PROCFS_MAGIC, procfs_mount);
const struct vfs_ops sysfs_ops = OPS("sysfs", SYSFS_MAGIC, sysfs_mount);
