/*
 * rm: remove files, symlinks and (as unlink does in this door) empty folders;
 * -r: folders with all that is in them; -f: no word about what is not there.
 */
#include "cowslip.h"

#define RECURSIVE 1u
#define FORCE	2u

static unsigned options;
static char path[XV6_MAXPATH];		/* what is being removed */

/* A name in the folder `path` but . and ..; opened anew each time, because
 * removing moves the records, and descriptors are few.  returns: 0 or -1 */
static int
first_name(char name[XV6_DIRSIZ + 1])
{
	int fd = open(path, XV6_O_RDONLY), found = 0;
	struct xv6_stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && status.type == XV6_T_DIR) {
		do {
			found = read_name(fd, name);
		} while (found && (strcmp(name, ".") == 0 ||
		    strcmp(name, "..") == 0));
	}
	if (fd >= 0)
		close(fd);
	return found ? 0 : -1;
}

/* Remove `path` and everything below it, one leaf after the other. */
static int
remove_tree(void)
{
	size_t top = strlen(path), len;
	char name[XV6_DIRSIZ + 1];

	for (;;) {
		/* unlink first: a symlink must go itself, not what it names. */
		if (unlink(path) == 0) {
			if (strlen(path) == top)
				return 0;
			*strrchr(path, '/') = '\0';
			continue;
		}
		len = strlen(path);
		if (first_name(name) < 0 || len + 1 + strlen(name) + 1 >
		    sizeof(path))
			return -1;
		path[len] = '/';
		strcpy(path + len + 1, name);
	}
}

static int
remove_one(char *argument)
{
	size_t len = strlen(argument);
	const char *name;
	int fd;

	while (len > 1 && argument[len - 1] == '/')
		argument[--len] = '\0';
	name = path_name(argument);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || len == 0 ||
	    strcmp(argument, "/") == 0 || len >= sizeof(path))
		return -1;
	strcpy(path, argument);
	if (options & RECURSIVE ? remove_tree() == 0 : unlink(path) == 0)
		return 0;
	if (options & FORCE) {
		fd = open(argument, XV6_O_RDONLY);
		if (fd < 0)
			return 0;
		close(fd);
	}
	return -1;
}

int
main(int argc, char **argv)
{
	static const char text[] = "[-rf] PATH...";
	int i, status = 0;

	options = parse_options(argc, argv, "rf", text, &i);
	if (i == argc && !(options & FORCE))
		usage(text);
	for (; i < argc; i++) {
		if (remove_one(argv[i]) < 0) {
			fprintf(2, "rm: cannot remove: %s\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
