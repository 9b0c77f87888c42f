/* mv: rename a file, or move files into a folder. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	static const char text[] = "OLD NEW, or PATH... FOLDER";
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
		    rename(argv[i], to) < 0) {
			fprintf(2, "mv: cannot move: %s\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
