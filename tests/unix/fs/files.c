/*
 * Open files and pipes: offsets that move by what was moved, bytes that no
 * fault loses, and what unlinked and denied files do.
 *
 *	files IMAGE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errno.h"
#include "core/base/params.h"
#include "fake/fake.h"
#include "unix/fs/file.h"
#include "unix/fs/pipe.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			fail("line %d: %s", __LINE__, #condition); \
	} while (0)

static uint8_t bytes[20000], back[20000];

static struct file *
open_file(const char *name, bool readable, bool writable)
{
	struct vnode *root = vfs_root(), *vnode;
	struct vfs_path path = { .base = root, .text = name, .name_max = 255 };
	struct file *file;

	CHECK(vfs_create(&path, 0644, false, &vnode) == 0);
	vnode_put(root);
	CHECK(file_open(vnode, name, (readable ? FILE_READ : 0) |
	    (writable ? FILE_WRITE : 0), &file) == 0);
	return file;
}

static void
unlink_name(const char *name)
{
	struct vnode *root = vfs_root();
	struct vfs_path path = { .base = root, .text = name, .name_max = 255 };

	CHECK(vfs_unlink(&path) == 0);
	vnode_put(root);
}

#define RING	512

static int
open_pipe(struct file **reader, struct file **writer)
{
	struct file *ends[2];
	int err = pipe_create(RING, 0, ends);

	if (err == 0) {
		*reader = ends[0];
		*writer = ends[1];
	}
	return err;
}

static int64_t
read_file(struct file *file, vaddr_t to, uint64_t len)
{
	struct uio_part part;
	struct uio uio;

	uio_user(&uio, &part, to, len);
	return file_read(file, &uio);
}

static int64_t
write_file(struct file *file, vaddr_t from, uint64_t len)
{
	struct uio_part part;
	struct uio uio;

	uio_user(&uio, &part, from, len);
	return file_write(file, &uio);
}

static int64_t
read_directory(struct file *file, vaddr_t to, uint64_t len, size_t size,
    void (*record)(const struct vfs_entry *entry, void *bytes))
{
	struct uio_part part;
	struct uio uio;

	uio_user(&uio, &part, to, len);
	return file_read_records(file, &uio, size, record);
}

static vaddr_t
user(const void *pointer)
{
	return (vaddr_t)pointer;
}

static void
test_offsets(void)
{
	struct file *file = open_file("f", false, true), *reader;

	CHECK(read_file(file, user(back), 1) == -EBADF);
	CHECK(write_file(file, user(bytes), 10000) == 10000);
	CHECK(write_file(file, user(bytes + 10000), 100) == 100);
	CHECK(file_offset(file) == 10100);
	reader = open_file("f", true, false);
	CHECK(write_file(reader, user(bytes), 1) == -EBADF);
	CHECK(read_file(reader, user(back), 9000) == 9000);
	CHECK(read_file(reader, user(back + 9000), 9000) == 1100);
	CHECK(read_file(reader, user(back), 1) == 0);
	CHECK(memcmp(bytes, back, 10100) == 0);
	file_put(file);
	file_put(reader);
}

/* A fault half way: what was before it is moved, and nothing else. */
static void
test_faults(void)
{
	struct file *file = open_file("g", true, true);

	fake_user_end = user(bytes + 5000);
	CHECK(write_file(file, user(bytes), 10000) == 5000);
	CHECK(file_offset(file) == 5000);
	CHECK(write_file(file, user(bytes + 5000), 10) == -EFAULT);
	CHECK(file_offset(file) == 5000);
	fake_user_end = UINT64_MAX;
	file_put(file);

	file = open_file("g", true, true);
	memset(back, 0, sizeof(back));
	fake_user_end = user(back + 4100);
	CHECK(read_file(file, user(back), 5000) == 4100);
	CHECK(read_file(file, user(back + 4100), 900) == -EFAULT);
	fake_user_end = UINT64_MAX;
	CHECK(read_file(file, user(back + 4100), 900) == 900);
	CHECK(memcmp(bytes, back, 5000) == 0);
	file_put(file);
}

static void
test_pipe(void)
{
	struct file *reader, *writer;

	CHECK(open_pipe(&reader, &writer) == 0);
	CHECK(reader->vnode == NULL);
	/* The fake wait is interrupted where it would be for ever. */
	CHECK(read_file(reader, user(back), 1) == -ERESTARTSYS);
	CHECK(write_file(writer, user(bytes), 2000) == RING);
	CHECK(write_file(writer, user(bytes), 1) == -ERESTARTSYS);
	CHECK(read_file(reader, user(back), 12) == 12);
	/* Small writes are whole or not at all. */
	CHECK(write_file(writer, user(bytes), 13) == -ERESTARTSYS);
	CHECK(write_file(writer, user(bytes + RING), 12) == 12);

	fake_user_end = user(back + 100);
	CHECK(read_file(reader, user(back + 12), 300) == 88);
	CHECK(read_file(reader, user(back + 100), 300) == -EFAULT);
	fake_user_end = UINT64_MAX;
	CHECK(read_file(reader, user(back + 100), 1000) == RING - 88);
	CHECK(memcmp(bytes, back, RING + 12) == 0);

	fake_user_end = user(bytes + 7);
	CHECK(write_file(writer, user(bytes), 20) == 7);
	CHECK(write_file(writer, user(bytes + 7), 20) == -EFAULT);
	fake_user_end = UINT64_MAX;
	file_put(writer);
	CHECK(read_file(reader, user(back), 100) == 7);
	CHECK(read_file(reader, user(back), 100) == 0);
	file_put(reader);

	CHECK(open_pipe(&reader, &writer) == 0);
	file_put(reader);
	CHECK(write_file(writer, user(bytes), 1) == -EPIPE);
	file_put(writer);
}

/* All there are, and none is lost on the way. */
static void
test_limits(void)
{
	struct file *ends[FILES_MIN + 2];
	uint32_t n = 0;

	while (n < FILES_MIN && open_pipe(&ends[n], &ends[n + 1]) == 0)
		n += 2;
	CHECK(n == FILES_MIN);
	CHECK(open_pipe(&ends[n], &ends[n + 1]) == -ENFILE);
	file_put(ends[--n]);
	CHECK(open_pipe(&ends[n], &ends[n + 1]) == -ENFILE);
	while (n > 0)
		file_put(ends[--n]);
	CHECK(open_pipe(&ends[0], &ends[1]) == 0);
	file_put(ends[0]);
	file_put(ends[1]);
}

static void
record_name(const struct vfs_entry *entry, void *record)
{
	memset(record, 0, 16);
	memcpy(record, entry->name, strnlen(entry->name, 15));
}

static void
test_directory(void)
{
	char all[100 * 16], parts[100 * 16], name[32];
	struct vnode *root = vfs_root();
	struct vfs_path path = { .base = root, .text = "/dir", .name_max = 255 };
	struct vnode *vnode;
	struct file *file;
	int64_t nall, nparts = 0, n;

	CHECK(vfs_mkdir(&path, 0755) == 0);
	for (int i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "/dir/%d", i);
		file_put(open_file(name, true, false));
	}
	CHECK(vfs_lookup(&path, true, &vnode) == 0);
	CHECK(file_open(vnode, NULL, FILE_READ, &file) == 0);
	CHECK(read_file(file, user(all), sizeof(all)) == -EISDIR);
	nall = read_directory(file, user(all), sizeof(all), 16,
	    record_name);
	CHECK(nall == 72 * 16);
	file_put(file);
	CHECK(vfs_lookup(&path, true, &vnode) == 0);
	CHECK(file_open(vnode, NULL, FILE_READ, &file) == 0);
	while ((n = read_directory(file, user(parts + nparts), 7, 16,
	    record_name)) > 0)
		nparts += n;
	CHECK(n == 0 && nparts == nall && memcmp(all, parts, nall) == 0);
	file_put(file);
	vnode_put(root);
}

static void
test_denied_and_unlinked(void)
{
	struct file *file = open_file("running", true, true);

	CHECK(write_file(file, user(bytes), 3000) == 3000);
	vnode_deny_writes(file->vnode);
	CHECK(write_file(file, user(bytes), 1) == -ETXTBSY);
	CHECK(vnode_truncate(file->vnode, 0) == -ETXTBSY);
	vnode_allow_writes(file->vnode);
	unlink_name("running");
	CHECK(write_file(file, user(bytes), 3000) == 3000);
	/* Still open when the disk is unmounted: it goes all the same. */
	CHECK(vfs_unmount_all() == 0);
	CHECK(write_file(file, user(bytes), 1) == -EIO);
	file_put(file);
}

int
main(int argc, char **argv)
{
	char command[1024];

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + i / 256);
	file_init();
	CHECK(vfs_mount_root(fake_disk_load(argv[1])) == 0);
	test_offsets();
	test_faults();
	test_pipe();
	test_limits();
	test_directory();
	test_denied_and_unlinked();
	fake_disk_save(argv[1]);
	snprintf(command, sizeof(command), "e2fsck -fn %s > %s.fsck 2>&1",
	    argv[1], argv[1]);
	CHECK(system(command) == 0);
	return 0;
}
