/*
 * ticks: the counters of instructions and of time, as they stand before and
 * after a command.  Two runs of the machine that are alike print the same:
 * under `./run --icount` all are.
 */
#include "cowslip.h"

static void
print_counters(const char *when)
{
	printf("%s instret %lu time %lu\n", when, read_instret(), read_time());
}

int
main(int argc, char **argv)
{
	int pid, status = 0;

	print_counters("before");
	if (argc > 1) {
		pid = fork();
		if (pid < 0)
			die("cannot fork");
		if (pid == 0) {
			exec(argv[1], argv + 1);
			die("cannot run: %s", argv[1]);
		}
		if (wait(&status) != pid)
			die("lost its command");
	}
	print_counters("after");
	return print_failed() ? 1 : status;
}
