#include "unix/fs/ext2/absent.h"

#include "core/base/params.h"
#include "core/base/string.h"

/* Makes an entry 64 bytes. */
#define TEXT_BYTES	59

struct absent {
	uint32_t directory;		/* its inode; 0: nothing is here */
	uint8_t len;
	char text[TEXT_BYTES];
};

static struct absent absents[NAMES_ABSENT];

void
ext2_absent_clear(void)
{
	memset(absents, 0, sizeof(absents));
}

/* Where a name stands if it is remembered. */
static struct absent *
place_of(const struct vnode *directory, const struct vfs_name *name)
{
	uint64_t hash = directory->inode;

	for (uint32_t i = 0; i < name->len; i++)
		hash = (hash ^ (uint8_t)name->text[i]) * 0x100000001b3u;
	return &absents[(hash ^ hash >> 32) % NAMES_ABSENT];
}

bool
ext2_absent_has(const struct vnode *directory, const struct vfs_name *name)
{
	const struct absent *place = place_of(directory, name);

	return place->directory == directory->inode &&
	    place->len == name->len &&
	    memcmp(place->text, name->text, name->len) == 0;
}

void
ext2_absent_add(const struct vnode *directory, const struct vfs_name *name)
{
	struct absent *place = place_of(directory, name);

	if (name->len > TEXT_BYTES)
		return;
	place->directory = (uint32_t)directory->inode;
	place->len = (uint8_t)name->len;
	memcpy(place->text, name->text, name->len);
}

void
ext2_absent_remove(const struct vnode *directory, const struct vfs_name *name)
{
	if (ext2_absent_has(directory, name))
		place_of(directory, name)->directory = 0;
}
