/* audit: let the kernel recount its memory; what is wrong, it prints. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	int errors;

	(void)argv;
	if (argc > 1)
		usage("");
	errors = audit();
	if (errors == 0)
		printf("audit: clean\n");
	else
		printf("audit: %d error%s\n", errors, errors == 1 ? "" : "s");
	return errors != 0 || print_failed();
}
