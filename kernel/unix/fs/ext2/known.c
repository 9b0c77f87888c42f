#include "unix/fs/ext2/known.h"

#include "core/base/params.h"
#include "core/base/string.h"

/* Makes an entry 64 bytes. */
#define TEXT_BYTES	55

struct known {
	uint32_t directory;		/* its inode; 0: nothing is here */
	uint32_t inode;			/* 0: the name is not there */
	uint8_t len;
	char text[TEXT_BYTES];
};

static struct known knowns[NAMES_KNOWN];
/* By inode, modulo: where a name of it stands, or stood. */
static uint16_t names[NAMES_KNOWN];

_Static_assert(NAMES_KNOWN <= UINT16_MAX + 1, "a place is 16 bits");

void
ext2_known_clear(void)
{
	memset(knowns, 0, sizeof(knowns));
}

/* Where a name stands if it is remembered. */
static struct known *
place_of(const struct vnode *directory, const struct vfs_name *name)
{
	return &knowns[ext2_name_hash(directory, name) % NAMES_KNOWN];
}

static bool
stands_at(const struct known *place, const struct vnode *directory,
    const struct vfs_name *name)
{
	return place->directory == directory->inode &&
	    place->len == name->len &&
	    memcmp(place->text, name->text, name->len) == 0;
}

/* What a directory is called within itself changes without being named. */
static bool
is_dots(const struct vfs_name *name)
{
	return name->text[0] == '.' && (name->len == 1 ||
	    (name->len == 2 && name->text[1] == '.'));
}

bool
ext2_known_find(const struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode)
{
	const struct known *place = place_of(directory, name);

	if (!stands_at(place, directory, name))
		return false;
	*inode = place->inode;
	return true;
}

void
ext2_known_set(const struct vnode *directory, const struct vfs_name *name,
    uint64_t inode)
{
	struct known *place = place_of(directory, name);

	if (name->len > TEXT_BYTES || is_dots(name))
		return;
	place->directory = (uint32_t)directory->inode;
	place->inode = (uint32_t)inode;
	place->len = (uint8_t)name->len;
	memcpy(place->text, name->text, name->len);
	names[inode % NAMES_KNOWN] = (uint16_t)(place - knowns);
}

bool
ext2_known_name(const struct vnode *directory, uint64_t inode,
    struct vfs_entry *entry)
{
	const struct known *place = &knowns[names[inode % NAMES_KNOWN]];

	if (place->directory != directory->inode || place->inode != inode)
		return false;
	memcpy(entry->name, place->text, place->len);
	entry->name[place->len] = '\0';
	return true;
}

void
ext2_known_forget(const struct vnode *directory, const struct vfs_name *name)
{
	struct known *place = place_of(directory, name);

	if (stands_at(place, directory, name))
		place->directory = 0;
}
