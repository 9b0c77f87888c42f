/* mkdir: make folders; -p: and those above them, and no matter if there. */
#include "cowslip.h"

static bool
is_folder(const char *path)
{
	struct xv6_stat status;

	return stat(path, &status) == 0 && status.type == XV6_T_DIR;
}

/* Make all folders on the way to `path`, and it. */
static int
make_path(char *path)
{
	char *p;

	for (p = path + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		/* What matters is whether it is there in the end. */
		mkdir(path);
		*p = '/';
	}
	mkdir(path);
	return is_folder(path) ? 0 : -1;
}

int
main(int argc, char **argv)
{
	static const char text[] = "[-p] FOLDER...";
	int i, status = 0;
	unsigned parents = parse_options(argc, argv, "p", text, &i);

	if (i == argc)
		usage(text);
	for (; i < argc; i++) {
		if ((parents ? make_path(argv[i]) : mkdir(argv[i])) < 0) {
			fprintf(2, "mkdir: cannot make: %s\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
