/* seq: print the numbers from FIRST to LAST. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	static const char text[] = "[FIRST [STEP]] LAST";
	long first = 1, step = 1, last;

	if (argc < 2 || argc > 4 || parse_number(argv[argc - 1], &last) < 0 ||
	    (argc > 2 && parse_number(argv[1], &first) < 0) ||
	    (argc > 3 && parse_number(argv[2], &step) < 0) || step == 0)
		usage(text);
	for (; step > 0 ? first <= last : first >= last;) {
		printf("%ld\n", first);
		if (print_failed() || __builtin_add_overflow(first, step,
		    &first))
			break;
	}
	return print_failed();
}
