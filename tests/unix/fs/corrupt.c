/*
 * Damaged disks: bytes of a sound image are changed, or its end is cut off,
 * or transfers fail; then it is mounted and used.  Anything may fail, but
 * nothing may crash (the sanitizers watch) or take long (an alarm does).
 *
 *	corrupt IMAGE SEED ROUNDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/errno.h"
#include "fake/fake.h"
#include "unix/fs/vfs.h"

#define ROUND_SECONDS	20
#define NAMES_MAX	300

static uint32_t nmounted, nrefused;

/* Names that were seen, to be used again. */
static char names[NAMES_MAX][300];
static uint32_t nnames;

static uint32_t
read_word(const uint8_t *from)
{
	return from[0] | from[1] << 8 | from[2] << 16 | (uint32_t)from[3] << 24;
}

static void
write_word(uint8_t *to, uint32_t word)
{
	for (uint32_t i = 0; i < 4; i++)
		to[i] = (uint8_t)(word >> 8 * i);
}

/* A block number of the disk, more often one near its start. */
static uint32_t
some_block(size_t nbytes)
{
	uint32_t nblocks = (uint32_t)(nbytes / 1024);

	return chance(3) == 0 ? chance(nblocks) : chance(400);
}

/* Bytes where structure is: super block, descriptors, inodes, directories. */
static size_t
some_place(size_t descriptors, size_t table, size_t nbytes)
{
	switch (chance(6)) {
	case 0:
		return 1024 + chance(120);
	case 1:
		return descriptors + chance(64);
	case 2:
	case 3:
		return table + chance(60 * 256);
	case 4:
		return table + chance(400 * 1024);
	default:
		return chance((uint32_t)nbytes);
	}
}

static void
damage(void)
{
	size_t nbytes;
	uint8_t *bytes = fake_disk_bytes(&nbytes);
	uint32_t ntimes = 1 + chance(chance(3) == 0 ? 200 : 8);
	/* Where things are, while the disk still says so. */
	uint32_t block_bytes = 1024u << read_word(bytes + 1024 + 24);
	size_t descriptors = block_bytes == 1024 ? 2048 : block_bytes;
	size_t table = (size_t)read_word(bytes + descriptors + 8) * block_bytes;

	for (uint32_t i = 0; i < ntimes; i++) {
		size_t place = some_place(descriptors, table, nbytes) %
		    (nbytes - 4);

		switch (chance(4)) {
		case 0:
			bytes[place] ^= (uint8_t)(1 << chance(8));
			break;
		case 1:
			bytes[place] = (uint8_t)chance(256);
			break;
		case 2:
			write_word(bytes + place / 4 * 4, some_block(nbytes));
			break;
		default:
			write_word(bytes + place / 4 * 4,
			    chance(2) ? UINT32_MAX : chance(UINT32_MAX));
		}
	}
}

static void
look(struct vnode *directory, uint32_t depth, const char *prefix)
{
	static uint8_t bytes[5000];
	struct vfs_entry entry;
	uint64_t cookie = 0;
	uint32_t n = 0;

	while (n++ < 200 && vnode_readdir(directory, cookie, &entry) > 0) {
		struct vfs_path where = {
			.base = directory,
			.text = entry.name,
			.name_max = 255,
		};
		struct vnode_stat stat;
		struct vnode *vnode;
		char *name = names[nnames % NAMES_MAX];

		cookie = entry.next;
		if (snprintf(name, sizeof(names[0]), "%s/%s", prefix,
		    entry.name) < (int)sizeof(names[0]))
			nnames++;
		if (vfs_lookup(&where, chance(2), &vnode) != 0)
			continue;
		if (vnode_stat(vnode, &stat) == 0 &&
		    stat.type == VNODE_DIRECTORY && depth > 0 &&
		    entry.name[0] != '.')
			look(vnode, depth - 1, names[(nnames - 1) % NAMES_MAX]);
		(void)vnode_read_kernel(vnode, bytes, 0, sizeof(bytes));
		(void)vnode_read_kernel(vnode, bytes,
		    stat.size > 100 ? stat.size - 100 : 0, sizeof(bytes));
		(void)vnode_readlink(vnode, (char *)bytes, sizeof(bytes));
		vnode_put(vnode);
	}
}

static const char *
some_name(void)
{
	static const char *const fresh[] = { "/new", "/x/y", "/a/new", "b/..",
	    "/lost+found/z" };

	if (nnames == 0 || chance(4) == 0)
		return fresh[chance(5)];
	return names[chance(MIN(nnames, NAMES_MAX))];
}

static void
change(struct vnode *root)
{
	static uint8_t bytes[6000];
	struct vfs_path one = { .base = root, .text = some_name(), .name_max = 255 };
	struct vfs_path two = { .base = root, .text = some_name(), .name_max = 255 };
	struct vnode *vnode;

	switch (chance(10)) {
	case 0:
		(void)vfs_mkdir(&one, 0755);
		break;
	case 1:
		(void)vfs_mknod(&one, 0600, 1, 1);
		break;
	case 2:
		(void)vfs_link(&one, &two);
		break;
	case 3:
		(void)vfs_rename(&one, &two);
		break;
	case 4:
		(void)vfs_symlink(two.text, &one);
		break;
	case 5:
	case 6:
		(void)vfs_unlink(&one);
		break;
	default:
		if (vfs_create(&one, 0644, false, &vnode) != 0)
			break;
		(void)vnode_write_kernel(vnode, bytes, chance(2) ? 0 :
		    chance(50000000), sizeof(bytes));
		if (chance(3) == 0)
			(void)vnode_truncate(vnode, chance(2) ? 0 :
			    chance(100000));
		vnode_put(vnode);
	}
}

static void
use_disk(struct block_device *disk)
{
	struct vnode *root;

	nnames = 0;
	if (vfs_mount_root(disk) != 0) {
		nrefused++;
		return;
	}
	nmounted++;
	root = vfs_root();
	look(root, 4, "");
	for (uint32_t i = 0; i < 120; i++)
		change(root);
	look(root, 4, "");
	(void)vfs_unmount_all();
	vnode_put(root);
}

static void
cut(struct block_device *disk)
{
	disk->nsectors = chance(2) ? chance(64) :
	    chance((uint32_t)disk->nsectors);
}

int
main(int argc, char **argv)
{
	uint32_t nrounds;

	if (argc != 4)
		return 2;
	fake_log_quiet = true;
	nrounds = (uint32_t)strtoul(argv[3], NULL, 10);
	vfs_init();
	for (uint32_t i = 0; i < nrounds; i++) {
		struct block_device *disk = fake_disk_load(argv[1]);
		uint32_t lines = fake_log_lines, how = chance(10);

		snprintf(fail_context, sizeof(fail_context),
		    "corrupt %s %s, round %u", argv[1], argv[2], i);
		chance_seed(strtoull(argv[2], NULL, 10) + i);
		alarm(ROUND_SECONDS);
		if (how == 0)
			cut(disk);
		else if (how == 1)
			fake_disk_fail(1 + chance(100));
		else
			damage();
		use_disk(disk);
		/* One line for what is refused, few for what is damaged. */
		if (fake_log_lines > lines + 6)
			fail("%u lines in the log", fake_log_lines - lines);
	}
	alarm(0);
	if (nrounds >= 20 && (nmounted == 0 || nrefused == 0))
		fail("%u mounted, %u refused: no test", nmounted, nrefused);
	return 0;
}
