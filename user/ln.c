/* ln: another name for a file; -s: a symlink. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	static const char text[] = "[-s] OLD NEW";
	static char to[XV6_MAXPATH];
	int i;
	unsigned symbolic = parse_options(argc, argv, "s", text, &i);

	if (argc - i != 2)
		usage(text);
	if (path_into(to, sizeof(to), argv[i], argv[i + 1]) < 0 ||
	    (symbolic ? symlink(argv[i], to) : link(argv[i], to)) < 0)
		die("cannot link: %s", argv[i + 1]);
	return 0;
}
