/* rmdir: remove empty folders. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	struct xv6_stat folder;
	int i, status = 0;

	parse_options(argc, argv, "", "FOLDER...", &i);
	if (i == argc)
		usage("FOLDER...");
	for (; i < argc; i++) {
		if (stat(argv[i], &folder) < 0 || folder.type != XV6_T_DIR ||
		    unlink(argv[i]) < 0) {
			fprintf(2, "rmdir: cannot remove: %s\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
