/* ps: list processes, memory in KiB. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	struct procinfo info;
	int slot, first;

	parse_options(argc, argv, "", "", &first);
	if (first < argc)
		usage("");
	printf("  PID  PPID S    PROMISED    RESIDENT   FAULTS NAME\n");
	for (slot = 0; procinfo(slot, &info) == 0; slot++) {
		if (info.pid == 0)
			continue;
		info.name[sizeof(info.name) - 1] = '\0';
		printf("%5d %5d %c %7lu KiB %7lu KiB %8lu %s\n", info.pid,
		    info.parent, info.state, info.promised / 1024,
		    info.resident / 1024, info.faults, info.name);
	}
	return print_failed();
}
