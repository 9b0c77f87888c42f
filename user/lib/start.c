/*
 * Where a program begins.  The kernel passes argc and argv in a0 and a1, on a
 * stack of one page.
 */
#include "cowslip.h"

int main(int argc, char **argv);

const char *program_name = "?";

/* First in the file (user.ld): no other function may have address 0, which
 * is NULL. */
__attribute__((section(".text.start"))) _Noreturn void
_start(int argc, char **argv)
{
	char *slash;

	if (argc > 0) {
		slash = strrchr(argv[0], '/');
		program_name = slash != NULL ? slash + 1 : argv[0];
	}
	exit(main(argc, argv));
}
