/* What programs do with their arguments: options, numbers, paths. */
#include "cowslip.h"

unsigned
parse_options(int argc, char **argv, const char *letters, const char *text,
    int *first)
{
	unsigned options = 0;
	const char *letter, *known;
	int i;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == '\0')
			break;
		if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		}
		for (letter = argv[i] + 1; *letter != '\0'; letter++) {
			known = strchr(letters, *letter);
			if (known == NULL)
				usage(text);
			options |= 1u << (known - letters);
		}
	}
	*first = i;
	return options;
}

int
parse_number(const char *text, long *value)
{
	char *end;

	*value = strtol(text, &end, 10);
	return end == text || *end != '\0' ? -1 : 0;
}

int
read_name(int fd, char name[XV6_DIRSIZ + 1])
{
	struct xv6_dirent record;

	do {
		if (read(fd, &record, sizeof(record)) != sizeof(record))
			return 0;
	} while (record.inum == 0);
	memcpy(name, record.name, XV6_DIRSIZ);
	name[XV6_DIRSIZ] = '\0';
	return 1;
}

int
join_path(char *to, size_t size, const char *folder, const char *name)
{
	size_t len = strlen(folder);
	bool ends = len > 0 && folder[len - 1] == '/';

	if (len + !ends + strlen(name) + 1 > size)
		return -1;
	snprintf(to, size, ends ? "%s%s" : "%s/%s", folder, name);
	return 0;
}

const char *
path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

int
path_into(char *buffer, size_t size, const char *from, const char *to)
{
	struct xv6_stat status;

	if (stat(to, &status) == 0 && status.type == XV6_T_DIR)
		return join_path(buffer, size, to, path_name(from));
	if (strlen(to) + 1 > size)
		return -1;
	strcpy(buffer, to);
	return 0;
}

int
do_into(int argc, char **argv, const char *verb,
    int (*one)(const char *from, const char *to))
{
	static const char text[] = "FROM TO, or FILE... FOLDER";
	static char to[XV6_MAXPATH];
	struct xv6_stat target;
	int i, status = 0;

	parse_options(argc, argv, "", text, &i);
	if (argc - i < 2)
		usage(text);
	if (argc - i > 2 && (stat(argv[argc - 1], &target) < 0 ||
	    target.type != XV6_T_DIR))
		die("not a folder: %s", argv[argc - 1]);
	for (; i < argc - 1; i++) {
		if (path_into(to, sizeof(to), argv[i], argv[argc - 1]) < 0 ||
		    one(argv[i], to) < 0) {
			fprintf(2, "%s: cannot %s: %s\n", program_name, verb,
			    argv[i]);
			status = 1;
		}
	}
	return status;
}
