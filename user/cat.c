/* cat: write files, or what comes in, to the output. */
#include "cowslip.h"

static char buffer[8192];

static int
copy(int fd, const char *name)
{
	int n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0) {
		if (write_all(1, buffer, n) < 0)
			die("cannot write");
	}
	if (n < 0)
		fprintf(2, "cat: cannot read: %s\n", name);
	return n < 0;
}

int
main(int argc, char **argv)
{
	int i, fd, status = 0;

	parse_options(argc, argv, "", "[FILE]...", &i);
	if (i == argc)
		return copy(0, "input");
	for (; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0) {
			status |= copy(0, "input");
			continue;
		}
		fd = open(argv[i], XV6_O_RDONLY);
		if (fd < 0) {
			fprintf(2, "cat: cannot open: %s\n", argv[i]);
			status = 1;
			continue;
		}
		status |= copy(fd, argv[i]);
		close(fd);
	}
	return status;
}
