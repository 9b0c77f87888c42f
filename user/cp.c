/* cp: copy a file, or files into a folder. */
#include "cowslip.h"

static char buffer[8192];

static int
copy(const char *from, const char *to)
{
	struct xv6_stat a, b;
	int in = open(from, XV6_O_RDONLY), out = -1, n = -1;

	/* Opening the copy would empty the original if both are one file. */
	if (in >= 0 && fstat(in, &a) == 0 && a.type != XV6_T_DIR &&
	    !(stat(to, &b) == 0 && a.ino == b.ino && a.dev == b.dev))
		out = open(to, XV6_O_WRONLY | XV6_O_CREATE | XV6_O_TRUNC);
	if (out >= 0) {
		while ((n = read(in, buffer, sizeof(buffer))) > 0) {
			if (write_all(out, buffer, n) < 0) {
				n = -1;
				break;
			}
		}
	}
	close(in);
	close(out);
	return n;
}

int
main(int argc, char **argv)
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
		    copy(argv[i], to) < 0) {
			fprintf(2, "cp: cannot copy: %s\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
