/*
 * Descriptors one by one.
 *
 * Lock order: the table's lock; under it only counts are changed.
 */
#include "unix/fs/descriptor.h"

#include "core/base/errno.h"
#include "unix/fs/descriptor_table.h"
#include "unix/fs/file_lock.h"

/* needs: the lock.  returns: the lowest free number from `lowest` on, which
 * may be table->size or more */
static uint32_t
find_free(struct descriptors *table, uint32_t lowest)
{
	uint32_t fd = MAX(lowest, table->first_free);

	while (fd < table->end && *slot_at(table, fd) != 0)
		fd++;
	if (lowest <= table->first_free)
		table->first_free = fd;
	return fd;
}

void
descriptor_gone(struct descriptors *table, struct file *file)
{
	file_lock_closed(table, file);
	file_put(file);
}

int
descriptor_add(struct descriptors *table, struct file *file,
    uint32_t lowest, uint32_t limit, bool cloexec)
{
	uint32_t fd;
	int err;

	limit = MIN(limit, DESCRIPTORS_MAX);
	if (lowest >= limit)
		return lowest == 0 ? -EMFILE : -EINVAL;
	for (;;) {
		spin_lock(&table->lock);
		fd = find_free(table, lowest);
		if (fd < limit && fd < table->size) {
			slot_fill(table, fd, file, cloexec);
			spin_unlock(&table->lock);
			return (int)fd;
		}
		spin_unlock(&table->lock);
		if (fd >= limit)
			return -EMFILE;
		err = table_grow(table, fd);
		if (err != 0)
			return err;
	}
}

/* Take a descriptor back that nobody was told of.  returns: whether it was
 * still that file's, whose reference is the caller's again */
static bool
descriptor_take_back(struct descriptors *table, int fd, struct file *file)
{
	bool ours;

	spin_lock(&table->lock);
	ours = slot_file(*slot_at(table, (uint32_t)fd)) == file;
	if (ours)
		slot_clear(table, (uint32_t)fd);
	spin_unlock(&table->lock);
	return ours;
}

int
descriptor_add_two(struct descriptors *table, struct file *files[2],
    uint32_t limit, bool cloexec, int fds[2])
{
	/* Another thread may guess the first and close it meanwhile. */
	file_get(files[0]);
	fds[0] = descriptor_add(table, files[0], 0, limit, cloexec);
	if (fds[0] < 0) {
		file_put(files[0]);
		return fds[0];
	}
	fds[1] = descriptor_add(table, files[1], 0, limit, cloexec);
	if (fds[1] >= 0 || descriptor_take_back(table, fds[0], files[0]))
		file_put(files[0]);
	return MIN(fds[1], 0);
}

int
descriptor_get_any(struct descriptors *table, int fd, struct file **out)
{
	slot_t slot = 0;

	spin_lock(&table->lock);
	if (fd >= 0 && (uint32_t)fd < table->size)
		slot = *slot_at(table, (uint32_t)fd);
	if (slot != 0) {
		*out = slot_file(slot);
		file_get(*out);
	}
	spin_unlock(&table->lock);
	return slot != 0 ? 0 : -EBADF;
}

int
descriptor_get(struct descriptors *table, int fd, struct file **out)
{
	int err = descriptor_get_any(table, fd, out);

	if (err == 0 && (file_flags(*out) & FILE_PATH)) {
		file_put(*out);
		err = -EBADF;
	}
	return err;
}

struct file *
descriptor_peek(struct descriptors *table, int fd)
{
	struct file *file;

	if ((uint32_t)fd >= table->size)
		return NULL;
	file = slot_file(*slot_at(table, (uint32_t)fd));
	if (file == NULL || (file_flags(file) & FILE_PATH))
		return NULL;
	return file;
}

int
descriptor_close(struct descriptors *table, int fd)
{
	slot_t old = 0;

	spin_lock(&table->lock);
	if (fd >= 0 && (uint32_t)fd < table->size)
		old = slot_clear(table, (uint32_t)fd);
	spin_unlock(&table->lock);
	if (old == 0)
		return -EBADF;
	descriptor_gone(table, slot_file(old));
	return 0;
}

int
descriptor_replace(struct descriptors *table, int fd, struct file *file,
    uint32_t limit, bool cloexec)
{
	slot_t old;
	int err;

	if (fd < 0 || (uint32_t)fd >= MIN(limit, DESCRIPTORS_MAX))
		return -EBADF;
	err = table_grow(table, (uint32_t)fd);
	if (err != 0)
		return err;
	spin_lock(&table->lock);
	old = *slot_at(table, (uint32_t)fd);
	slot_fill(table, (uint32_t)fd, file, cloexec);
	spin_unlock(&table->lock);
	if (old != 0)
		descriptor_gone(table, slot_file(old));
	return fd;
}

/* ---- Close-on-exec ------------------------------------------------------- */

int
descriptor_cloexec(struct descriptors *table, int fd)
{
	slot_t slot = 0;

	spin_lock(&table->lock);
	if (fd >= 0 && (uint32_t)fd < table->size)
		slot = *slot_at(table, (uint32_t)fd);
	spin_unlock(&table->lock);
	return slot != 0 ? (int)(slot & CLOEXEC) : -EBADF;
}

static void
slot_mark(slot_t *slot, bool cloexec)
{
	if (*slot != 0)
		*slot = (*slot & ~(slot_t)CLOEXEC) | (cloexec ? CLOEXEC : 0);
}

int
descriptor_set_cloexec(struct descriptors *table, int fd, bool cloexec)
{
	int err = -EBADF;

	spin_lock(&table->lock);
	if (fd >= 0 && (uint32_t)fd < table->size &&
	    *slot_at(table, (uint32_t)fd) != 0) {
		slot_mark(slot_at(table, (uint32_t)fd), cloexec);
		err = 0;
	}
	spin_unlock(&table->lock);
	return err;
}

void
descriptor_set_cloexec_range(struct descriptors *table, uint32_t first,
    uint32_t last)
{
	spin_lock(&table->lock);
	for (uint32_t fd = first; fd < table->end && fd <= last; fd++)
		slot_mark(slot_at(table, fd), true);
	spin_unlock(&table->lock);
}
