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
	return do_into(argc, argv, "copy", copy);
}
