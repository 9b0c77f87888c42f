#include "compare.h"

#include <string.h>

#include "core/base/errno.h"
#include "core/base/params.h"
#include "fake/fake.h"

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

/* What is said to be a hole is zero; what is not zero is said to be data. */
static void
compare_holes(struct vnode *vnode, const struct model *file)
{
	static uint8_t bytes[MODEL_CHUNK];
	uint64_t offset = file->size == 0 ? 0 : chance((uint32_t)file->size);
	int64_t data = vnode_seek_data(vnode, offset, false), end;
	size_t len;

	if (offset >= file->size) {
		if (data != -ENXIO)
			fail("data behind the end");
		return;
	}
	end = data == -ENXIO ? (int64_t)file->size : data;
	if (end < (int64_t)offset || end > (int64_t)file->size)
		fail("data at %ld", (long)data);
	len = MIN((uint64_t)end - offset, MODEL_CHUNK);
	model_read(file, offset, bytes, len);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0)
			fail("byte %lu is no hole", (unsigned long)(offset + i));
	}
	end = vnode_seek_data(vnode, offset, true);
	if (end < (int64_t)offset || end > (int64_t)file->size ||
	    (data > (int64_t)offset && end != (int64_t)offset))
		fail("hole at %ld", (long)end);
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
		if (entry.type != 0 && entry.type != vnode_type_of(child))
			fail("%s is listed as another type", entry.name);
		compare(child, model);
		vnode_put(child);
	}
	if (result != 0 || nentries != directory->nentries)
		fail("%u entries of %u, %d", nentries, directory->nentries,
		    result);
}

void
compare(struct vnode *vnode, const struct model *model)
{
	char target[PATH_BYTES];
	int64_t len;

	compare_stat(vnode, model);
	if (model->type == VNODE_FILE) {
		compare_bytes(vnode, model);
		compare_holes(vnode, model);
	}
	if (model->type == VNODE_DIRECTORY && model->nlinks > 0)
		compare_directory(vnode, model);
	if (model->type == VNODE_SYMLINK) {
		len = vnode_readlink(vnode, target, sizeof(target));
		if (len != (int64_t)strlen(model->target) ||
		    memcmp(target, model->target, (size_t)len) != 0)
			fail("symlink differs");
	}
}
