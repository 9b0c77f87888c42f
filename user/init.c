/*
 * init: the first process.  It gives its children the console as descriptors
 * 0, 1 and 2, and then
 *
 *	init		runs /sh again and again, and takes in orphans;
 *	init COMMAND	runs `sh -c COMMAND` and stops the machine with its
 *			exit status, 137 if it was killed.
 */
#include "cowslip.h"

#define CONSOLE_MAJOR	1
#define STATUS_KILLED	137		/* 128 + 9, as shells say it */
#define STATUS_NO_SHELL	127

static void
open_console(void)
{
	if (open("/console", XV6_O_RDWR) < 0) {
		mknod("/console", CONSOLE_MAJOR, 0);
		if (open("/console", XV6_O_RDWR) < 0)
			poweroff(1);
	}
	dup(0);
	dup(0);
}

/* returns: the shell's pid */
static int
start_shell(char *command)
{
	char *argv[] = { "sh", command == NULL ? NULL : "-c", command, NULL };
	int pid = fork();

	if (pid < 0) {
		fprintf(2, "init: cannot fork\n");
		poweroff(1);
	}
	if (pid > 0)
		return pid;
	exec("/sh", argv);
	fprintf(2, "init: cannot run /sh\n");
	exit(STATUS_NO_SHELL);
}

/* Wait for the process `pid`, and on the way for orphans.
 * returns: its status, STATUS_KILLED if it was killed */
static int
wait_for(int pid)
{
	int status, killed, gone;

	do {
		gone = wait_killed(&status, &killed);
		if (gone < 0) {
			fprintf(2, "init: nothing to wait for\n");
			return 1;
		}
	} while (gone != pid);
	return killed ? STATUS_KILLED : status & 0xff;
}

int
main(int argc, char **argv)
{
	int status;

	open_console();
	if (argc > 1)
		poweroff(wait_for(start_shell(argv[1])));
	for (;;) {
		status = wait_for(start_shell(NULL));
		foreground(0);
		fprintf(2, "init: sh ended with status %d, starting it again\n",
		    status);
		if (status == STATUS_NO_SHELL)
			poweroff(1);
	}
}
