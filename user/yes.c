/* yes: print a line again and again, until the output is closed. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	while (!print_failed())
		printf("%s\n", argc > 1 ? argv[1] : "y");
	return 1;
}
