/*
 * Random operations on a file system and on the model, side by side: results
 * must be the same, and so must the trees.  At the end, and now and then
 * between, the disk is unmounted and e2fsck looks at it.
 *
 *	random IMAGE SEED OPERATIONS roomy|small|memory|small-memory
 *
 * What is small may say -ENOSPC, and must then have changed nothing but what
 * it reports; what is roomy may not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errno.h"
#include "core/vm/object.h"
#include "fake/fake.h"
#include "compare.h"
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
static struct place *memory;	/* the tmpfs that is tested; NULL: the disk */
static uint32_t nfull;		/* operations that met a full disk */
static const char *work_image;

static struct vfs_path
path_of(const char *text)
{
	return (struct vfs_path){ NULL, text, memory, NULL, 255 };
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
	uint16_t major = chance(2) ? 1 : 300, minor = (uint16_t)chance(700);
	char path[1024], target[3000], what[5000];
	struct vfs_path where;
	struct model *before;
	int got;

	random_path(path);
	random_path(target);
	if (chance(6) == 0) {
		memset(target, '/', 100);
		random_path(target + 100);
	}
	where = path_of(path);
	sprintf(what, "make %d %s", type, path);
	got = type == VNODE_DIRECTORY ? vfs_mkdir(&where, 0755) :
	    type == VNODE_DEVICE ? vfs_mknod(&where, 0600, major, minor) :
	    vfs_symlink(target, &where);
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
		agree(what, got, link ? model_link(old, new) :
		    model_rename(old, new));
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
	uint32_t which = chance(8);

	if (which == 0)
		return chance((uint32_t)(FILE_MAX - BYTES_MAX));
	if (which == 3)
		return file->size > FILE_MAX - BYTES_MAX ? 0 : file->size;
	return chance(which <= 2 ? 400000 : 30000);
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

/* A page written as mappings do: the page first, the file system later. */
static void
do_map(void)
{
	static uint8_t bytes[4096];
	uint64_t offset;
	struct handle at;
	size_t len;

	if (!pick(&at))
		return;
	if (at.model->type == VNODE_FILE && at.model->size > 0 && !small) {
		offset = chance((uint32_t)at.model->size);
		len = 1 + chance(4096);
		len = MIN(len, 4096 - offset % 4096);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)chance(256);
		fake_map_write(at.vnode, bytes, offset, len);
		/* What lies behind the end is not the file's. */
		if (offset < at.model->size)
			model_write(at.model, offset, bytes,
			    MIN(len, at.model->size - offset));
		if (chance(4) == 0 && vnode_sync(at.vnode, false) != 0)
			fail("fsync");
	}
	vnode_put(at.vnode);
}

static void
do_allocate(void)
{
	static const uint32_t modes[] = {
		0, ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE,
		ALLOCATE_ZERO_RANGE,
		ALLOCATE_ZERO_RANGE | ALLOCATE_KEEP_SIZE,
	};
	uint32_t mode = modes[chance(ARRAY_LEN(modes))];
	struct handle at;
	uint64_t offset = chance(200000), len = 1 + chance(100000), size;
	int err;

	if (!pick(&at))
		return;
	if (at.model->type == VNODE_FILE && !small) {
		err = vnode_allocate(at.vnode, mode, offset, len);
		size = at.model->size;
		if (err != 0 && (err != -EOPNOTSUPP || mode != modes[3]))
			fail("allocate mode %u: %d", mode, err);
		if (err == 0 && mode != 0)
			model_zero(at.model, offset, offset + len);
		if (err == 0 && !(mode & ALLOCATE_KEEP_SIZE))
			at.model->size = MAX(size, offset + len);
	}
	vnode_put(at.vnode);
}

static void
compare_all(void)
{
	struct vnode *root = memory != NULL ? place_root(memory) : vfs_root();

	compare(root, model_root);
	vnode_put(root);
	for (uint32_t i = 0; i < NHANDLES; i++) {
		if (handles[i].vnode != NULL)
			compare(handles[i].vnode, handles[i].model);
	}
}

static void
drop_handles(void)
{
	for (uint32_t i = 0; i < NHANDLES; i++) {
		if (handles[i].vnode != NULL)
			vnode_put(handles[i].vnode);
		handles[i].vnode = NULL;
	}
}

/* Unmount, with what is open still open, check the disk, mount again. */
static void
remount(bool again)
{
	char command[1024];

	if (vfs_unmount_all() != 0)
		fail("unmount");
	drop_handles();
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
	uint32_t which = chance(26);

	switch (which) {
	case 0: case 1: case 2: case 3:
		do_create();
		break;
	case 4: case 5: case 6:
		do_make();
		break;
	case 7: case 8: case 9: case 10: case 11:
		do_two_names(which <= 8);
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
	case 18: case 19:
		which == 18 ? do_map() : do_allocate();
		break;
	default:
		do_write();
	}
}

/* A tmpfs on lost+found, seen as if it were all there is. */
static void
mount_memory(void)
{
	const struct mount_request request = {
		.type = "tmpfs",
		.source = "test",
		.options = small ? "size=300k,nr_inodes=50,mode=755" :
		    "size=0,nr_inodes=0,mode=755",
	};
	struct vfs_path where = path_of("lost+found");
	struct vnode *root;

	if (vfs_mount(&where, &request) != 0 ||
	    vfs_lookup(&where, false, &root) != 0 ||
	    place_new(root, &memory) != 0)
		fail("mounting tmpfs");
	place_set_umask(memory, 0);
	vnode_put(root);
}

/* Nothing of it may be left. */
static void
unmount_memory(void)
{
	struct vfs_path where = path_of("/");

	drop_handles();
	if (vfs_unmount(&where, false) != -EBUSY)
		fail("unmounted what is in use");
	place_put(memory);
	memory = NULL;
	where = path_of("lost+found");
	if (vfs_unmount(&where, false) != 0)
		fail("unmounting tmpfs");
	if (vfs_unmount(&where, false) != -EINVAL)
		fail("unmounting what is not mounted");
	(void)object_shed(UINT32_MAX);
	if (fake_frames_used() > 0)
		fail("%u pages are left", fake_frames_used());
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
	small = strcmp(argv[4], "small") == 0 ||
	    strcmp(argv[4], "small-memory") == 0;
	model_reset();
	vfs_init();
	if (vfs_mount_root(fake_disk_load(work_image)) != 0)
		fail("mount");
	if (strstr(argv[4], "memory") != NULL)
		mount_memory();
	else
		model_root->nlinks++;		/* lost+found */
	for (uint32_t i = 0; i < nsteps; i++) {
		snprintf(fail_context, sizeof(fail_context),
		    "%s %s seed %s step %u", work_image, argv[4], argv[2], i);
		step();
		if (chance(100) == 0)
			compare_all();
		if (chance(200) == 0 && vfs_sync() != 0)
			fail("sync");
		if (chance(400) == 0 && memory == NULL)
			remount(true);
	}
	compare_all();
	if (memory != NULL)
		unmount_memory();
	remount(false);
	if (small && nsteps >= 1000 && nfull == 0)
		fail("the disk was never full");
	return 0;
}
