/*
 * Random operations on a file system and on the model, side by side: results
 * must be the same, and so must the trees.  At the end, and now and then
 * between, the disk is unmounted and e2fsck looks at it.
 *
 *	random IMAGE SEED OPERATIONS roomy|small
 *
 * On a small disk an operation may fail with -ENOSPC, and must then have
 * changed nothing but what it reports; on a roomy one it may not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errno.h"
#include "core/base/params.h"
#include "fake/fake.h"
#include "model.h"

#define NHANDLES	8
#define BYTES_MAX	((size_t)20000)
#define FILE_MAX	((uint64_t)MODEL_CHUNK * MODEL_CHUNKS)

/* A vnode held open, and what the model says it is. */
static struct handle {
	struct vnode *vnode;
	struct model *model;
} handles[NHANDLES];

static bool small;
static uint32_t nfull;		/* operations that met a full disk */
static const char *work_image;

static struct vfs_path
path_of(const char *text)
{
	static struct vnode *root;

	/* The root stays the same vnode as long as it is mounted. */
	root = vfs_root();
	vnode_put(root);
	return (struct vfs_path){
		.base = root, .text = text, .name_max = 255
	};
}

static void
random_name(char *to)
{
	static const char *const names[] = { "a", "b", "c", "dd", "eee", "..",
	    ".", "a-rather-long-name-for-a-file-that-fills-records" };
	uint32_t which = chance(40);

	if (which < 8) {
		strcpy(to, names[which]);
	} else if (which == 8) {
		memset(to, 'x', 254);
		strcpy(to + 254, chance(8) == 0 ? "xxx" : "y");
	} else {
		sprintf(to, "%c%u", 'a' + chance(3), chance(small ? 60 : 6));
	}
}

static void
random_path(char *to)
{
	uint32_t ncomponents = 1 + chance(3);

	*to = '\0';
	if (chance(3) == 0)
		strcat(to, "/");
	for (uint32_t i = 0; i < ncomponents; i++) {
		random_name(to + strlen(to));
		if (i + 1 < ncomponents || chance(30) == 0)
			strcat(to, chance(20) == 0 ? "//" : "/");
	}
}

/* Whether the results agree; false if the model must not follow (full). */
static bool
agree(const char *what, int got, int expected)
{
	if (got == -ENOSPC && small && expected == 0) {
		nfull++;
		return false;
	}
	if (got != expected)
		fail("%s: returned %d, expected %d", what, got, expected);
	return true;
}

/* The model is asked first what it would say; then, if there was room, told
 * to do it.  Asking: on failure it changes nothing. */
static void
do_create(void)
{
	bool exclusive = chance(2);
	struct model *node, *before;
	struct vnode *vnode;
	char path[1024], what[1100];
	struct vfs_path where;
	int got, expected;

	random_path(path);
	where = path_of(path);
	sprintf(what, "create %s", path);
	got = vfs_create(&where, 0644, exclusive, &vnode);
	if (got == -ENOSPC && small) {
		if (model_lookup(path, !exclusive, &before) != -ENOENT)
			fail("%s: no room for what is there", what);
		nfull++;
		return;
	}
	expected = model_create(path, 0644, exclusive, &node);
	agree(what, got, expected);
	if (got == 0)
		vnode_put(vnode);
}

static void
do_make(void)
{
	enum vnode_type type = VNODE_DIRECTORY + chance(3);
	char path[1024], target[3000], what[5000];
	uint16_t major = chance(2) ? 1 : 300, minor = (uint16_t)chance(700);
	struct vfs_path where;
	struct model *before;
	int got;

	random_path(path);
	random_path(target);
	if (chance(6) == 0) {
		memset(target, '/', 100 + chance(900));
		target[100] = '\0';
		random_path(target + strlen(target));
	}
	where = path_of(path);
	sprintf(what, "make %d %s", type, path);
	if (type == VNODE_DIRECTORY)
		got = vfs_mkdir(&where, 0755);
	else if (type == VNODE_DEVICE)
		got = vfs_mknod(&where, 0600, major, minor);
	else
		got = vfs_symlink(target, &where);
	if (got == -ENOSPC && small) {
		if (model_lookup(path, false, &before) == 0)
			fail("%s: no room for what is there", what);
		nfull++;
		return;
	}
	agree(what, got, type == VNODE_DIRECTORY ?
	    model_make(path, type, 0755, 0, 0, NULL) :
	    type == VNODE_DEVICE ?
	    model_make(path, type, 0600, major, minor, NULL) :
	    model_make(path, type, 0777, 0, 0, target));
}

static void
do_two_names(bool link)
{
	char old[1024], new[1024], what[2100];
	struct vfs_path from, to;
	int got;

	random_path(old);
	random_path(new);
	from = path_of(old);
	to = path_of(new);
	sprintf(what, "%s %s %s", link ? "link" : "rename", old, new);
	got = link ? vfs_link(&from, &to) : vfs_rename(&from, &to);
	if (got == -ENOSPC && small)
		nfull++;
	else
		agree(what, got,
		    link ? model_link(old, new) : model_rename(old, new));
}

static void
do_unlink(void)
{
	char path[1024], what[1100];
	struct vfs_path where;
	int got;

	random_path(path);
	where = path_of(path);
	sprintf(what, "unlink %s", path);
	got = vfs_unlink(&where);
	agree(what, got, model_unlink(path));
}

/* Look a path up in both.  returns: whether it is there */
static bool
find_both(struct handle *out)
{
	bool follow = chance(2);
	char path[1024], what[1100];
	struct vfs_path where;
	int got;

	random_path(path);
	where = path_of(path);
	sprintf(what, "lookup %s", path);
	got = vfs_lookup(&where, follow, &out->vnode);
	agree(what, got, model_lookup(path, follow, &out->model));
	return got == 0;
}

/* Either one that is open, perhaps unlinked, or one by name. */
static bool
pick(struct handle *out)
{
	uint32_t which = chance(NHANDLES * 2);

	if (which >= NHANDLES || handles[which].vnode == NULL)
		return find_both(out);
	*out = handles[which];
	vnode_get(out->vnode);
	return true;
}

static void
do_hold(void)
{
	struct handle *handle = &handles[chance(NHANDLES)];

	if (handle->vnode != NULL)
		vnode_put(handle->vnode);
	handle->vnode = NULL;
	if (chance(4) != 0 && !find_both(handle))
		handle->vnode = NULL;
}

static uint64_t
random_offset(const struct model *file)
{
	switch (chance(8)) {
	case 0:
		return chance((uint32_t)(FILE_MAX - BYTES_MAX));
	case 1:
	case 2:
		return chance(400000);
	case 3:
		return file->size > FILE_MAX - BYTES_MAX ? 0 : file->size;
	default:
		return chance(30000);
	}
}

static void
do_write(void)
{
	static uint8_t bytes[BYTES_MAX];
	size_t len = chance(4) == 0 ? chance(BYTES_MAX) : chance(3000);
	bool append = chance(4) == 0;
	struct handle at;
	uint64_t offset;
	int64_t got;

	if (!pick(&at))
		return;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)chance(256);
	if (at.model->type != VNODE_FILE) {
		got = vnode_write_kernel(at.vnode, bytes, 0, len);
		agree("write to no file", (int)got,
		    at.model->type == VNODE_DIRECTORY ? -EISDIR : -EINVAL);
	} else {
		append = append && at.model->size < FILE_MAX - BYTES_MAX;
		offset = append ? at.model->size : random_offset(at.model);
		got = vnode_write_kernel(at.vnode, bytes, offset, len);
		if (got != (int64_t)len) {
			if (!small || (got < 0 && got != -ENOSPC) || got == 0)
				fail("write of %zu returned %ld", len,
				    (long)got);
			nfull++;
		}
		if (got > 0)
			model_write(at.model, offset, bytes, (size_t)got);
	}
	vnode_put(at.vnode);
}

static void
do_truncate(void)
{
	struct handle at;
	uint64_t size;

	if (!pick(&at))
		return;
	if (at.model->type == VNODE_FILE) {
		size = chance(3) == 0 ? 0 : random_offset(at.model);
		if (vnode_truncate(at.vnode, size) != 0)
			fail("truncate to %lu", (unsigned long)size);
		model_truncate(at.model, size);
	}
	vnode_put(at.vnode);
}

/* Comparing */

static void
compare_bytes(struct vnode *vnode, const struct model *file)
{
	static uint8_t got[MODEL_CHUNK], expected[MODEL_CHUNK];

	for (size_t chunk = 0; chunk < MODEL_CHUNKS; chunk++) {
		uint64_t start = chunk * MODEL_CHUNK;
		size_t len = start >= file->size ? 0 :
		    MIN(file->size - start, MODEL_CHUNK);

		/* Far holes are looked at now and then. */
		if (!model_has_chunk(file, chunk) && chance(200) != 0)
			continue;
		if (vnode_read_kernel(vnode, got, start, MODEL_CHUNK) !=
		    (int64_t)len)
			fail("read at %lu", (unsigned long)start);
		model_read(file, start, expected, len);
		for (size_t i = 0; i < len; i++) {
			if (got[i] != expected[i])
				fail("byte %lu differs",
				    (unsigned long)(start + i));
		}
	}
}

static void
compare_stat(struct vnode *vnode, const struct model *model)
{
	struct vnode_stat stat;

	if (vnode_stat(vnode, &stat) != 0)
		fail("stat");
	if (stat.type != model->type || stat.nlinks != model->nlinks ||
	    stat.mode != (vnode_type_mode(stat.type) | model->mode) ||
	    stat.major != model->major ||
	    stat.minor != model->minor ||
	    (model->type != VNODE_DIRECTORY && stat.size != model->size))
		fail("stat differs: type %d, links %u, size %lu; "
		    "expected %d, %u, %lu", stat.type, stat.nlinks,
		    (unsigned long)stat.size, model->type, model->nlinks,
		    (unsigned long)model->size);
}

static void compare(struct vnode *vnode, const struct model *model);

static void
compare_directory(struct vnode *vnode, const struct model *directory)
{
	struct vfs_entry entry;
	uint64_t cookie = 0;
	uint32_t nentries = 0;
	int result;

	while ((result = vnode_readdir(vnode, cookie, &entry)) > 0) {
		struct vfs_path where = { .base = vnode, .name_max = 255,
			.text = entry.name };
		struct vnode *child;
		struct model *model;

		cookie = entry.next;
		if (strcmp(entry.name, ".") == 0 ||
		    strcmp(entry.name, "..") == 0 ||
		    strcmp(entry.name, "lost+found") == 0)
			continue;
		nentries++;
		model = model_find(directory, entry.name);
		if (model == NULL)
			fail("%s should not be there", entry.name);
		if (vfs_lookup(&where, false, &child) != 0)
			fail("%s is listed but not found", entry.name);
		compare(child, model);
		vnode_put(child);
	}
	if (result != 0 || nentries != directory->nentries)
		fail("%u entries of %u, %d", nentries, directory->nentries,
		    result);
}

static void
compare(struct vnode *vnode, const struct model *model)
{
	char target[PATH_BYTES];
	int64_t len;

	compare_stat(vnode, model);
	if (model->type == VNODE_FILE)
		compare_bytes(vnode, model);
	if (model->type == VNODE_DIRECTORY && model->nlinks > 0)
		compare_directory(vnode, model);
	if (model->type == VNODE_SYMLINK) {
		len = vnode_readlink(vnode, target, sizeof(target));
		if (len != (int64_t)strlen(model->target) ||
		    memcmp(target, model->target, (size_t)len) != 0)
			fail("symlink differs");
	}
}

static void
compare_all(void)
{
	struct vnode *root = vfs_root();

	compare(root, model_root);
	vnode_put(root);
	for (uint32_t i = 0; i < NHANDLES; i++) {
		if (handles[i].vnode != NULL)
			compare(handles[i].vnode, handles[i].model);
	}
}

/* Unmount, with what is open still open, check the disk, mount again. */
static void
remount(bool again)
{
	char command[1024];

	if (vfs_unmount_all() != 0)
		fail("unmount");
	for (uint32_t i = 0; i < NHANDLES; i++) {
		if (handles[i].vnode != NULL)
			vnode_put(handles[i].vnode);
		handles[i].vnode = NULL;
	}
	fake_disk_save(work_image);
	snprintf(command, sizeof(command), "e2fsck -fn %s > %s.fsck 2>&1",
	    work_image, work_image);
	if (system(command) != 0)
		fail("e2fsck is not content: see %s.fsck", work_image);
	if (again && vfs_mount_root(fake_disk_load(work_image)) != 0)
		fail("mounting again");
}

static void
step(void)
{
	switch (chance(24)) {
	case 0: case 1: case 2: case 3:
		do_create();
		break;
	case 4: case 5: case 6:
		do_make();
		break;
	case 7: case 8:
		do_two_names(true);
		break;
	case 9: case 10: case 11:
		do_two_names(false);
		break;
	case 12: case 13: case 14:
		do_unlink();
		break;
	case 15:
		do_truncate();
		break;
	case 16: case 17:
		do_hold();
		break;
	default:
		do_write();
	}
}

int
main(int argc, char **argv)
{
	uint32_t nsteps;

	if (argc != 5)
		return 2;
	work_image = argv[1];
	chance_seed(strtoull(argv[2], NULL, 10));
	nsteps = (uint32_t)strtoul(argv[3], NULL, 10);
	small = strcmp(argv[4], "small") == 0;
	model_reset();
	/* lost+found */
	model_root->nlinks++;
	vfs_init();
	if (vfs_mount_root(fake_disk_load(work_image)) != 0)
		fail("mount");
	for (uint32_t i = 0; i < nsteps; i++) {
		snprintf(fail_context, sizeof(fail_context),
		    "%s seed %s step %u", work_image, argv[2], i);
		step();
		if (chance(100) == 0)
			compare_all();
		if (chance(200) == 0 && vfs_sync() != 0)
			fail("sync");
		if (chance(400) == 0)
			remount(true);
	}
	compare_all();
	remount(false);
	if (small && nsteps >= 1000 && nfull == 0)
		fail("the disk was never full");
	return 0;
}
