/* execve: fetching the strings. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/params.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/descriptor.h"
#include "unix/proc/exec.h"
#include "unix/proc/limit.h"
#include "unix/proc/proc.h"
#include "unix/proc/strings.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

/*
 * Append the strings that the array at `array` points to; a null pointer is
 * an empty array.  room: bytes that may be used, pointers too
 */
static int
strings_read(struct strings *strings, vaddr_t array, uint64_t room)
{
	vaddr_t pointer;
	int err;

	for (; array != 0; array += sizeof(pointer)) {
		uint64_t used = strings->bytes +
		    strings->count * sizeof(pointer);

		err = user_read(&pointer, array, sizeof(pointer), NULL);
		if (err != 0 || pointer == 0)
			return err;
		if (used + sizeof(pointer) >= room)
			return -E2BIG;
		err = strings_add_user(strings, pointer,
		    MIN(EXEC_BYTES_MIN, room - used - sizeof(pointer)));
		if (err != 0)
			return err;
	}
	return 0;
}

static int64_t
exec_common(const struct exec_file *file, const char *path, vaddr_t argv,
    vaddr_t envp)
{
	struct strings arguments = { 0 }, environment = { 0 };
	uint64_t room = MIN(limit_get(LIMIT_STACK) / 4, EXEC_BYTES_MAX);
	int64_t result;
	int err;

	room = MAX(room, EXEC_BYTES_MIN);
	result = strings_read(&arguments, argv, room);
	if (result == 0 && arguments.count == 0)
		result = strings_add(&arguments, "");
	if (result == 0)
		result = strings_read(&environment, envp, room);
	if (result == 0) {
		result = proc_exec_file(file, path, &arguments, &environment);
	} else {
		/* Linux opens the file first. */
		err = proc_exec_may(file, path);
		result = err != 0 ? err : result;
	}
	strings_free(&arguments);
	strings_free(&environment);
	return result;
}

int64_t
linux_execve(const struct linux_args *args)
{
	char *path;
	int64_t result = linux_text_read(&path, args->a[0]);

	if (result != 0)
		return result;
	result = exec_common(NULL, path, args->a[1], args->a[2]);
	heap_free(path);
	return result;
}

/* What a script is told it is called.  gives: *out, for heap_free */
static int
descriptor_path(char **out, int32_t fd, const struct linux_path *path)
{
	bool empty = linux_path_is_empty(path);
	size_t len;

	*out = heap_alloc_page();
	if (*out == NULL)
		return -ENOMEM;
	len = format_text(*out, PATH_BYTES, "/dev/fd/%d%s%s", fd,
	    empty ? "" : "/", path->path.text);
	if (len < PATH_BYTES)
		return 0;
	heap_free(*out);
	*out = NULL;
	return -ENAMETOOLONG;
}

static const char *
path_last(const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++) {
		if (path[0] == '/' && path[1] != '\0' && path[1] != '/')
			name = path + 1;
	}
	return name;
}

/*
 * What the path names, with a reference; -ELOOP for a symlink at its end that
 * is not to be followed.
 */
static int
vnode_find(const struct linux_path *path, bool follow, struct vnode **out)
{
	int err;

	if (linux_path_is_empty(path)) {
		if (path->base == NULL || path->base->vnode == NULL)
			return -EACCES;
		vnode_get(path->base->vnode);
		*out = path->base->vnode;
		return 0;
	}
	err = vfs_lookup(&path->path, follow, out);
	if (err == 0 && vnode_type_of(*out) == VNODE_SYMLINK) {
		vnode_put(*out);
		err = -ELOOP;
	}
	return err;
}

/* Run what a path below a descriptor, or the descriptor, stands for. */
static int64_t
exec_below(const struct linux_path *path, struct vnode *vnode,
    const struct linux_args *args)
{
	int32_t fd = (int32_t)args->a[0];
	struct exec_file file = {
		.vnode = vnode,
		.vanishes = descriptor_cloexec(proc_this()->descriptors,
		    fd) == 1,
	};
	char *text;
	int64_t result = descriptor_path(&text, fd, path);

	if (result != 0)
		return result;
	file.name = path_last(linux_path_is_empty(path) &&
	    path->base->path != NULL ? path->base->path : text);
	result = exec_common(&file, text, args->a[2], args->a[3]);
	heap_free(text);
	return result;
}

int64_t
linux_execveat(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[4];
	struct linux_path path;
	struct vnode *vnode;
	int64_t result;

	if (!FLAGS_KNOWN(flags, LINUX_AT_EMPTY_PATH |
	    LINUX_AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	result = linux_path_read_empty(&path, (int32_t)args->a[0],
	    args->a[1]);
	if (result != 0)
		return result;
	if (linux_path_is_empty(&path) && !(flags & LINUX_AT_EMPTY_PATH))
		result = -ENOENT;
	else
		result = vnode_find(&path,
		    !(flags & LINUX_AT_SYMLINK_NOFOLLOW), &vnode);
	if (result == 0) {
		if (path.base != NULL)
			result = exec_below(&path, vnode, args);
		else
			result = exec_common(NULL, path.path.text,
			    args->a[2], args->a[3]);
		vnode_put(vnode);
	}
	linux_path_done(&path);
	return result;
}
