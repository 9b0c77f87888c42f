/* touch: make files that are not there. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	int i, fd, status = 0;

	parse_options(argc, argv, "", "FILE...", &i);
	if (i == argc)
		usage("FILE...");
	for (; i < argc; i++) {
		fd = open(argv[i], XV6_O_WRONLY | XV6_O_CREATE);
		if (fd < 0) {
			fprintf(2, "touch: cannot make: %s\n", argv[i]);
			status = 1;
		}
		close(fd);
	}
	return status;
}
