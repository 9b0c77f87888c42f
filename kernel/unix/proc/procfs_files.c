/*
 * What /proc tells of a process's files: where it runs, stands and reads, and
 * what is mounted where.
 *
 * A descriptor's link leads to the file's vnode.  What has none (a pipe, a
 * socket) has a text that leads nowhere, but who opens it opens the pipe once
 * more, by a node that stands in no directory.
 */
#include "unix/proc/procfs.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/pipe.h"
#include "unix/fs/place.h"
#include "unix/proc/memory.h"

#define DETAILS_BYTES	512

/* ---- self ---- */

int64_t
procfs_self(const struct procfs_target *target, char *to, size_t size)
{
	char text[16];
	size_t len;

	(void)target;
	len = format_text(text, sizeof(text), "%d", proc_this()->pid);
	len = MIN(len, size);
	memcpy(to, text, len);
	return (int64_t)len;
}

void
procfs_lead_self(struct procfs_target *target)
{
	target->node = PROCFS_PID;
	target->pid = proc_this()->pid;
}

int64_t
procfs_thread_self(const struct procfs_target *target, char *to, size_t size)
{
	char text[32];
	size_t len;

	(void)target;
	len = format_text(text, sizeof(text), "%d/task/%d", proc_this()->pid,
	    proc_thread_this()->tid);
	len = MIN(len, size);
	memcpy(to, text, len);
	return (int64_t)len;
}

void
procfs_lead_thread_self(struct procfs_target *target)
{
	target->node = PROCFS_TID;
	target->pid = proc_this()->pid;
	target->number = (uint32_t)proc_thread_this()->tid + 1;
}

/* ---- vnodes and their paths ---- */

/* The path of a vnode, as the caller would name it.  Takes over the
 * reference.  `otherwise`: what to say where it has no name left, or "" */
static int64_t
put_path(struct vnode *vnode, const char *otherwise, char *to, size_t size)
{
	static const char gone[] = " (deleted)";
	struct proc *self = proc_this();
	char *path = size >= PATH_BYTES ? to : heap_alloc_page();
	int64_t len = -ENOMEM;
	size_t ngone = sizeof(gone) - 1;

	if (path != NULL) {
		len = vnode_path(vnode, self->place, path, PATH_BYTES);
		if (len < 0) {
			size_t max = PATH_BYTES - ngone - 1;

			len = (int64_t)strnlen(otherwise, max);
			memcpy(path, otherwise, (size_t)len);
			memcpy(path + len, gone, ngone);
			len += (int64_t)ngone;
		}
		len = MIN(len, (int64_t)size);
	}
	if (path != NULL && path != to) {
		memcpy(to, path, (size_t)len);
		heap_free(path);
	}
	vnode_put(vnode);
	return len;
}

int
procfs_follow_exe(const struct procfs_target *target, struct vnode **out)
{
	struct memory *memory = proc_memory_of(target->pid);

	if (memory == NULL)
		return -ENOENT;
	*out = memory->program;
	if (*out != NULL)
		vnode_get(*out);
	memory_put(memory);
	return *out != NULL ? 0 : -ENOENT;
}

static int
place_vnode(const struct procfs_target *target,
    struct vnode *(*which)(struct place *place), struct vnode **out)
{
	struct place *place = proc_place_of(target->pid);

	if (place == NULL)
		return -ENOENT;
	*out = which(place);
	place_put(place);
	return 0;
}

int
procfs_follow_cwd(const struct procfs_target *target, struct vnode **out)
{
	return place_vnode(target, place_directory, out);
}

int
procfs_follow_root(const struct procfs_target *target, struct vnode **out)
{
	return place_vnode(target, place_root, out);
}

int64_t
procfs_exe(const struct procfs_target *target, char *to, size_t size)
{
	struct vnode *vnode;
	int err = procfs_follow_exe(target, &vnode);

	return err != 0 ? err : put_path(vnode, "", to, size);
}

int64_t
procfs_cwd(const struct procfs_target *target, char *to, size_t size)
{
	struct vnode *vnode;
	int err = procfs_follow_cwd(target, &vnode);

	return err != 0 ? err : put_path(vnode, "", to, size);
}

int64_t
procfs_root(const struct procfs_target *target, char *to, size_t size)
{
	struct vnode *vnode;
	int err = procfs_follow_root(target, &vnode);

	return err != 0 ? err : put_path(vnode, "", to, size);
}

/* ---- descriptors ---- */

bool
procfs_fds(const struct procfs_target *target, uint32_t number,
    uint32_t *found)
{
	struct descriptors *table = proc_descriptors_of(target->pid);
	struct file *file;
	int fd = (int)number;
	bool more;

	if (table == NULL)
		return false;
	more = descriptors_next(table, &fd, &file);
	descriptors_put(table);
	if (more)
		file_put(file);
	*found = (uint32_t)fd;
	return more;
}

/* The target's file, with a reference. */
static int
target_file(const struct procfs_target *target, struct file **out)
{
	struct descriptors *table = proc_descriptors_of(target->pid);
	int err;

	if (table == NULL)
		return -ENOENT;
	err = descriptor_get_any(table, (int)target->number - 1, out);
	descriptors_put(table);
	return err != 0 ? -ENOENT : 0;
}

/* A pipe that was opened here has a vnode, of /proc, which is not its own. */
static bool
is_nameless(const struct file *file)
{
	return file->vnode == NULL || file->ops->stat != NULL;
}

/* What stands for a file without a name: "pipe:[7]", "anon_inode:[eventpoll]".
 * The number is what tells it from others of its kind. */
static int64_t
put_nameless(struct file *file, char *to, size_t size)
{
	const char *name = file->ops->name;
	struct vnode_stat stat = { 0 };
	char text[64];
	size_t len;

	if (name[0] == '[') {
		len = format_text(text, sizeof(text), "anon_inode:%s", name);
	} else {
		if (file_stat(file, &stat) != 0)
			stat.inode = 0;
		len = format_text(text, sizeof(text), "%s:[%lu]", name,
		    stat.inode);
	}
	len = MIN(len, MIN(size, sizeof(text) - 1));
	memcpy(to, text, len);
	return (int64_t)len;
}

int64_t
procfs_fd(const struct procfs_target *target, char *to, size_t size)
{
	struct file *file;
	int64_t result = target_file(target, &file);

	if (result != 0)
		return result;
	if (is_nameless(file)) {
		result = put_nameless(file, to, size);
	} else {
		vnode_get(file->vnode);
		result = put_path(file->vnode,
		    file->path != NULL ? file->path : "", to, size);
	}
	file_put(file);
	return result;
}

int
procfs_follow_fd(const struct procfs_target *target, struct vnode **out)
{
	struct file *file;
	int err = target_file(target, &file);

	if (err != 0)
		return err;
	if (is_nameless(file)) {
		err = -ENXIO;
	} else {
		vnode_get(file->vnode);
		*out = file->vnode;
	}
	file_put(file);
	return err;
}

void
procfs_lead_pipe(struct procfs_target *target)
{
	target->node = PROCFS_FD_PIPE;
}

/* Be one more end of the pipe `from` is an end of.  It has readers and writers
 * that nobody waits for. */
static int
join_pipe(const struct file *from, struct file *file)
{
	struct pipe *pipe = pipe_of(from);
	uint32_t flags = file->flags;
	int err;

	if (pipe == NULL)
		return -ENXIO;
	file->flags = flags | FILE_NONBLOCK;
	err = pipe_join(pipe, file);
	file->flags = flags;
	if (err != 0)
		return err;
	pipe_get(pipe);
	file->ops = from->ops;
	file->private = pipe;
	return 0;
}

static int
pipe_file_open(struct file *file)
{
	struct procfs_target target = procfs_target_of(file->vnode);
	struct file *from;
	int err = target_file(&target, &from);

	if (err != 0)
		return err;
	err = is_nameless(from) ? join_pipe(from, file) : -ENXIO;
	file_put(from);
	return err;
}

const struct file_ops procfs_pipe_ops = {
	.name = "pipe",
	.open = pipe_file_open,
};

/* Linux's O_ flags, as the C library knows them. */
static uint32_t
flags_shown(const struct file *file)
{
	uint32_t flags = file_flags(file), shown = 0;

	if (flags & FILE_WRITE)
		shown = flags & FILE_READ ? 02 : 01;
	if (flags & FILE_APPEND)
		shown |= 02000;
	if (flags & FILE_NONBLOCK)
		shown |= 04000;
	if (flags & FILE_PATH)
		shown |= 010000000;
	return shown;
}

int
procfs_fdinfo(const struct procfs_target *target, struct report *report)
{
	struct descriptors *table = proc_descriptors_of(target->pid);
	struct vnode_stat stat = { 0 };
	char details[DETAILS_BYTES];
	struct file *file;
	int err = target_file(target, &file), cloexec;

	if (err == 0) {
		cloexec = descriptor_cloexec(table, (int)target->number - 1);
		if (file_stat(file, &stat) != 0)
			stat.mount_id = 0;
		report_print(report, "pos:\t%lu\nflags:\t", file_offset(file));
		report_octal(report, flags_shown(file) |
		    (cloexec == 1 ? 02000000 : 0));
		report_print(report, "\nmnt_id:\t%u\nino:\t%lu\n",
		    stat.mount_id, stat.inode);
		if (file->ops->describe != NULL)
			report_add(report, details, file->ops->describe(file,
			    details, sizeof(details)));
		file_put(file);
	}
	if (table != NULL)
		descriptors_put(table);
	return err;
}

/* ---- mounts ---- */

static const char *
mount_option(uint32_t bit)
{
	return bit == MOUNT_NO_SUID ? ",nosuid" :
	    bit == MOUNT_NO_DEVICES ? ",nodev" :
	    bit == MOUNT_NO_EXEC ? ",noexec" :
	    bit == MOUNT_NO_ATIME ? ",noatime" :
	    bit == MOUNT_NO_DIRECTORY_ATIME ? ",nodiratime" : "";
}

static void
put_mount_options(struct report *report, const struct mount_info *info)
{
	report_print(report, "%s",
	    info->flags & MOUNT_READ_ONLY ? "ro" : "rw");
	for (uint32_t bit = 1; bit != 0; bit <<= 1)
		if (info->flags & bit)
			report_print(report, "%s", mount_option(bit));
	if (!(info->flags & (MOUNT_NO_ATIME | MOUNT_STRICT_ATIME)))
		report_print(report, ",relatime");
}

/* Call for each mount, oldest first. */
static int
each_mount(struct report *report,
    void (*each)(struct report *report, const struct mount_info *info))
{
	struct mount_info *info = heap_alloc(sizeof(*info));
	int err = info == NULL ? -ENOMEM : 0;

	for (uint32_t id = 0; err == 0 && vfs_mount_info(id, info);
	    id = info->id + 1)
		each(report, info);
	heap_free(info);
	return err;
}

static void
mount_line(struct report *report, const struct mount_info *info)
{
	report_escaped(report, info->source);
	report_add(report, " ", 1);
	report_escaped(report, info->path);
	report_print(report, " %s ", info->type);
	put_mount_options(report, info);
	if (info->options[0] != '\0')
		report_print(report, ",%s", info->options);
	report_print(report, " 0 0\n");
}

int
procfs_mounts(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return each_mount(report, mount_line);
}

static void
mountinfo_line(struct report *report, const struct mount_info *info)
{
	report_print(report, "%u %u %u:%u / ", info->id, info->parent_id,
	    info->device >> 8, info->device & 0xff);
	report_escaped(report, info->path);
	report_add(report, " ", 1);
	put_mount_options(report, info);
	report_print(report, " - %s ", info->type);
	report_escaped(report, info->source);
	report_print(report, " %s%s%s\n",
	    info->flags & MOUNT_READ_ONLY ? "ro" : "rw",
	    info->options[0] != '\0' ? "," : "", info->options);
}

int
procfs_mountinfo(const struct procfs_target *target, struct report *report)
{
	(void)target;
	return each_mount(report, mountinfo_line);
}
