/* execve: fetching the strings. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/params.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/proc/exec.h"
#include "unix/proc/limit.h"
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
exec_common(const char *path, vaddr_t argv, vaddr_t envp)
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
		result = proc_exec(path, &arguments, &environment);
	} else {
		/* Linux opens the file first. */
		err = proc_exec_may(path);
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
	result = exec_common(path, args->a[1], args->a[2]);
	heap_free(path);
	return result;
}

/*
 * The path of `path` below descriptor `fd`, through /proc, as Linux names it
 * to scripts.  returns: 0; -ENAMETOOLONG, -ENOMEM
 */
static int
descriptor_path(char **out, int32_t fd, const struct linux_path *path)
{
	bool empty = linux_path_is_empty(path);
	size_t len;

	*out = heap_alloc(PATH_BYTES);
	if (*out == NULL)
		return -ENOMEM;
	len = format_text(*out, PATH_BYTES, "/proc/self/fd/%d%s%s", fd,
	    empty ? "" : "/", path->path.text);
	if (len < PATH_BYTES)
		return 0;
	heap_free(*out);
	*out = NULL;
	return -ENAMETOOLONG;
}

/* returns: 0; -ELOOP where the path ends in a symlink; -errno */
static int
symlink_refuse(const struct linux_path *path)
{
	struct vnode *vnode;
	int err = vfs_lookup(&path->path, false, &vnode);

	if (err != 0)
		return err;
	if (vnode_type_of(vnode) == VNODE_SYMLINK)
		err = -ELOOP;
	vnode_put(vnode);
	return err;
}

int64_t
linux_execveat(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[4];
	int32_t fd = (int32_t)args->a[0];
	struct linux_path path;
	char *text = NULL;
	int64_t result;

	if (!FLAGS_KNOWN(flags, LINUX_AT_EMPTY_PATH |
	    LINUX_AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	result = linux_path_read_empty(&path, fd, args->a[1]);
	if (result != 0)
		return result;
	if (linux_path_is_empty(&path) && (!(flags & LINUX_AT_EMPTY_PATH) ||
	    path.base == NULL))
		result = -ENOENT;
	else if (flags & LINUX_AT_SYMLINK_NOFOLLOW &&
	    !linux_path_is_empty(&path))
		result = symlink_refuse(&path);
	if (result == 0 && path.base != NULL)
		result = descriptor_path(&text, fd, &path);
	if (result == 0)
		result = exec_common(text != NULL ? text : path.path.text,
		    args->a[2], args->a[3]);
	heap_free(text);
	linux_path_done(&path);
	return result;
}
