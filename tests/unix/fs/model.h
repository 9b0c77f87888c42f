/*
 * The naive model: a tree of files in memory, with the meanings of vfs.h and
 * none of its means.  Functions return 0 or -errno as those of vfs.h do.
 */
#pragma once

#include "core/base/types.h"
#include "unix/fs/vfs.h"

#define MODEL_CHUNK	((size_t)65536)
#define MODEL_CHUNKS	2048
#define MODEL_ENTRIES	512

struct model_entry {
	char name[256];
	struct model *node;
};

struct model {
	enum vnode_type type;
	uint32_t nlinks, mode;
	uint64_t size;
	uint16_t major, minor;
	char *target;				/* of a symlink */
	uint8_t **chunks;			/* of a file; NULL: zeros */
	struct model *parent;			/* of a directory */
	uint32_t nentries;
	struct model_entry *entries;
};

extern struct model *model_root;

void model_reset(void);
int model_lookup(const char *path, bool follow, struct model **out);
int model_create(const char *path, uint32_t mode, bool exclusive,
    struct model **out);
/* mkdir, mknod, symlink, by `type` */
int model_make(const char *path, enum vnode_type type, uint32_t mode,
    uint16_t major, uint16_t minor, const char *target);
int model_link(const char *old, const char *new);
int model_unlink(const char *path);
int model_rename(const char *old, const char *new);

void model_write(struct model *file, uint64_t offset, const uint8_t *from,
    size_t len);
void model_read(const struct model *file, uint64_t offset, uint8_t *to,
    size_t len);
/* Bytes [offset, end) become zero, as far as there are any. */
void model_zero(struct model *file, uint64_t offset, uint64_t end);
void model_truncate(struct model *file, uint64_t size);
/* Whether anything but zeros was ever written to the chunk. */
bool model_has_chunk(const struct model *file, size_t chunk);
struct model *model_find(const struct model *directory, const char *name);
