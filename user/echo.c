/* echo: print the arguments; -n: without a newline. */
#include "cowslip.h"

/* Arguments fit into a page: so that all of it is one write. */
static char text[XV6_PAGE + 1];

int
main(int argc, char **argv)
{
	bool newline = true;
	size_t len = 0;
	int i = 1;

	if (argc > 1 && strcmp(argv[1], "-n") == 0) {
		newline = false;
		i = 2;
	}
	for (; i < argc; i++) {
		strcpy(text + len, argv[i]);
		len += strlen(argv[i]);
		if (i + 1 < argc)
			text[len++] = ' ';
	}
	if (newline)
		text[len++] = '\n';
	return write_all(1, text, (int)len) < 0;
}
