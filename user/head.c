/* head: the first lines (10, or -n N) of files or of the input. */
#include "cowslip.h"

static int
print_head(int fd, long count)
{
	struct reader reader = { .fd = fd };
	char *line;
	int len, failed;

	while (count-- > 0 && (len = reader_line(&reader, &line)) >= 0) {
		line[len] = '\n';
		if (write_all(1, line, len + 1) < 0)
			die("cannot write");
	}
	failed = reader.failed;
	reader_free(&reader);
	return failed;
}

int
main(int argc, char **argv)
{
	static const char text[] = "[-n N] [FILE]...";
	int i = 1, fd, status = 0;
	long count = 10;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		if (argc < 3 || parse_number(argv[2], &count) < 0 || count < 0)
			usage(text);
		i = 3;
	} else if (argc > 1 && argv[1][0] == '-') {
		usage(text);
	}
	if (i == argc)
		return print_head(0, count);
	for (; i < argc; i++) {
		fd = open(argv[i], XV6_O_RDONLY);
		if (fd < 0 || print_head(fd, count) != 0) {
			fprintf(2, "head: cannot read: %s\n", argv[i]);
			status = 1;
		}
		close(fd);
	}
	return status;
}
