/* free: how memory is used, in KiB; -m: in MiB; -b: in bytes. */
#include "cowslip.h"

#define MIB	1u
#define BYTES	2u

int
main(int argc, char **argv)
{
	static const char text[] = "[-m | -b]";
	struct meminfo info;
	uint64_t unit = 1024;
	unsigned options;
	int first;

	options = parse_options(argc, argv, "mb", text, &first);
	if (first < argc || options == (MIB | BYTES))
		usage(text);
	if (options & MIB)
		unit = 1024 * 1024;
	if (options & BYTES)
		unit = 1;
	if (meminfo(&info) < 0)
		die("cannot ask the kernel");
	printf("total   %12lu\n", info.total / unit);
	printf("used    %12lu\n", (info.total - info.free) / unit);
	printf("free    %12lu\n", info.free / unit);
	printf("cached  %12lu\n", info.cached / unit);
	printf("tables  %12lu\n", info.tables / unit);
	printf("faults  %12lu pages\n", info.faults);
	printf("copies  %12lu pages\n", info.copies);
	return print_failed();
}
