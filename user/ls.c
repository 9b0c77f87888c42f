/* ls: list folders; -l: with type, links, size and inode. */
#include "cowslip.h"

#define LONG	1u

static unsigned options;

static void
print_entry(const char *name, const struct xv6_stat *status)
{
	static const char types[] = "?d-c";
	char type = status->type >= 1 && status->type <= 3 ?
	    types[status->type] : '?';

	if (options & LONG)
		printf("%c %3d %10lu %6u ", type, status->nlink,
		    (unsigned long)status->size, status->ino);
	printf("%s\n", name);
}

static int
list_folder(int fd, const char *folder)
{
	char name[XV6_DIRSIZ + 1];
	static char path[XV6_MAXPATH];
	struct xv6_stat status;
	int result = 0;

	while (read_name(fd, name)) {
		if (!(options & LONG)) {
			printf("%s\n", name);
			continue;
		}
		if (join_path(path, sizeof(path), folder, name) < 0 ||
		    stat(path, &status) < 0) {
			fprintf(2, "ls: cannot stat: %s/%s\n", folder, name);
			result = 1;
			continue;
		}
		print_entry(name, &status);
	}
	return result;
}

static int
list(const char *path, bool title)
{
	struct xv6_stat status;
	int fd = open(path, XV6_O_RDONLY), result = 0;

	if (fd < 0 || fstat(fd, &status) < 0) {
		fprintf(2, "ls: cannot open: %s\n", path);
		result = 1;
	} else if (status.type != XV6_T_DIR) {
		print_entry(path, &status);
	} else {
		if (title)
			printf("%s:\n", path);
		result = list_folder(fd, path);
	}
	if (fd >= 0)
		close(fd);
	return result;
}

int
main(int argc, char **argv)
{
	int i, result = 0;
	bool title;

	options = parse_options(argc, argv, "l", "[-l] [PATH]...", &i);
	if (i == argc)
		result = list(".", false);
	title = argc - i > 1;
	for (; i < argc; i++)
		result |= list(argv[i], title);
	return result | print_failed();
}
