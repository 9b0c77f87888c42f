/*
 * Open files of procfs.
 *
 * file->lock is held over reads, so a file's text has one maker at a time.  A
 * process that is gone leaves an open file of which nothing more can be read,
 * even if another has its number since.
 */
#include "unix/fs/procfs/procfs.h"

#include "core/base/errno.h"
#include "core/vm/heap.h"
#include "core/vm/uio.h"
#include "unix/fs/file.h"

/* What is written at once: longer than any value that can be set. */
#define WRITE_BYTES	1024

struct procfs_open {
	struct procfs_target target;	/* [c] */
	struct report report;		/* file->lock */
	bool made;			/* file->lock */
};

static int
procfs_file_open(struct file *file)
{
	struct procfs_target target = procfs_target_of(file->vnode);
	struct procfs_open *open;
	struct procfs_owner owner;
	int err = procfs_owner(&target, &owner);

	if (err != 0)
		return err;
	if (procfs_node(&target)->private && !procfs_may_look(&target))
		return -EACCES;
	open = heap_alloc(sizeof(*open));
	if (open == NULL)
		return -ENOMEM;
	open->target = target;
	open->target.birth = owner.birth;
	report_init(&open->report);
	file->private = open;
	return 0;
}

static void
procfs_file_release(struct file *file)
{
	struct procfs_open *open = file->private;

	report_clear(&open->report);
	heap_free(open);
}

/* Whether it is still the process that was opened. */
static int
check_target(const struct procfs_target *target)
{
	struct procfs_owner owner;

	if (procfs_owner(target, &owner) != 0 || owner.birth != target->birth)
		return -ESRCH;
	return 0;
}

static int64_t
procfs_file_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct procfs_open *open = file->private;
	const struct procfs_node *node = procfs_node(&open->target);
	int err;

	if (node->read != NULL) {
		err = check_target(&open->target);
		return err != 0 ? err : node->read(&open->target, uio, offset);
	}
	if (node->make == NULL && node->text == NULL)
		return -EINVAL;
	if (*offset == 0 || !open->made) {
		report_clear(&open->report);
		open->made = false;
		err = check_target(&open->target);
		if (err == 0 && node->text != NULL)
			report_print(&open->report, "%s\n", node->text);
		else if (err == 0)
			err = node->make(&open->target, &open->report);
		if (err != 0)
			return err;
		open->made = true;
	}
	return report_read(&open->report, uio, offset);
}

static int64_t
procfs_file_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct procfs_open *open = file->private;
	const struct procfs_node *node = procfs_node(&open->target);
	uint64_t len = uio->left;
	char *text;
	int err = check_target(&open->target);

	if (err != 0)
		return err;
	if (node->write != NULL)
		return node->write(&open->target, uio, offset);
	if (node->take == NULL || len >= WRITE_BYTES)
		return -EINVAL;
	text = heap_alloc(WRITE_BYTES);
	if (text == NULL)
		return -ENOMEM;
	err = uio_get(uio, text, len) == len ? 0 : -EFAULT;
	if (err == 0)
		err = node->take(&open->target, text, len);
	heap_free(text);
	if (err != 0)
		return err;
	*offset += len;
	return (int64_t)len;
}

static int64_t
procfs_file_seek(struct file *file, int64_t offset, int whence)
{
	struct procfs_open *open = file->private;
	int64_t base = whence == SEEK_CUR ? (int64_t)file->offset :
	    whence == SEEK_END ? (int64_t)open->report.len : 0;

	if (whence < SEEK_SET || whence > SEEK_END ||
	    __builtin_add_overflow(base, offset, &offset))
		return -EINVAL;
	/* Addresses of memory are offsets too: those above INT64_MAX are
	 * nobody's. */
	if (offset < 0)
		return -EINVAL;
	file->offset = (uint64_t)offset;
	return offset;
}

const struct file_ops procfs_file_ops = {
	.name = "proc",
	.open = procfs_file_open,
	.release = procfs_file_release,
	.read = procfs_file_read,
	.write = procfs_file_write,
	.seek = procfs_file_seek,
};
