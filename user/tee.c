/* tee: copy the input to the output and to files. */
#include "cowslip.h"

static char buffer[8192];
static int fds[XV6_NOFILE];

int
main(int argc, char **argv)
{
	int i, n, first, status = 0;

	parse_options(argc, argv, "", "[FILE]...", &first);
	if (argc - first > XV6_NOFILE - 3)
		die("too many files");
	for (i = first; i < argc; i++) {
		fds[i - first] = open(argv[i], XV6_O_WRONLY | XV6_O_CREATE |
		    XV6_O_TRUNC);
		if (fds[i - first] < 0)
			die("cannot open: %s", argv[i]);
	}
	while ((n = read(0, buffer, sizeof(buffer))) > 0) {
		status |= write_all(1, buffer, n) < 0;
		for (i = first; i < argc; i++)
			status |= write_all(fds[i - first], buffer, n) < 0;
		if (status != 0)
			die("cannot write");
	}
	return n < 0;
}
