/* kill: end processes. */
#include "cowslip.h"

int
main(int argc, char **argv)
{
	int i, status = 0;
	long pid;

	if (argc < 2)
		usage("PID...");
	for (i = 1; i < argc; i++) {
		if (parse_number(argv[i], &pid) < 0 || pid < 1 ||
		    pid > INT32_MAX)
			usage("PID...");
	}
	for (i = 1; i < argc; i++) {
		parse_number(argv[i], &pid);
		if (kill((int)pid) < 0) {
			fprintf(2, "kill: no such process: %s\n", argv[i]);
			status = 1;
		}
	}
	return status;
}
