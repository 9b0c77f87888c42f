/* free: how memory is used, in KiB; -m: in MiB; -b: in bytes. */
#include "cowslip.h"

#define MIB	1u
#define BYTES	2u

int
main(int argc, char **argv)
{
	static const char text[] = "[-m | -b]";
	struct meminfo info;
	const char *name = "KiB";
	uint64_t unit = 1024;
	unsigned options;
	int first;

	options = parse_options(argc, argv, "mb", text, &first);
	if (first < argc || options == (MIB | BYTES))
		usage(text);
	if (options & MIB) {
		unit = 1024 * 1024;
		name = "MiB";
	}
	if (options & BYTES) {
		unit = 1;
		name = "bytes";
	}
	if (meminfo(&info) < 0)
		die("cannot ask the kernel");
	printf("total   %12lu %s\n", info.total / unit, name);
	printf("used    %12lu %s\n", (info.total - info.free) / unit, name);
	printf("free    %12lu %s\n", info.free / unit, name);
	printf("cached  %12lu %s\n", info.cached / unit, name);
	printf("tables  %12lu %s\n", info.tables / unit, name);
	printf("faults  %12lu since boot\n", info.faults);
	printf("copies  %12lu pages copied by them\n", info.copies);
	return print_failed();
}
