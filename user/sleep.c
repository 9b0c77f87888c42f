/* sleep: do nothing for some seconds, to a tenth of one. */
#include "cowslip.h"

#define TICKS_PER_SECOND 10
#define SECONDS_MAX	100000000	/* in ticks, fits an int */

int
main(int argc, char **argv)
{
	char *end;
	long seconds, ticks;

	if (argc != 2 || argv[1][0] == '\0' || strchr("0123456789.",
	    argv[1][0]) == NULL)
		usage("SECONDS");
	seconds = strtol(argv[1], &end, 10);
	if (seconds > SECONDS_MAX)
		seconds = SECONDS_MAX;
	ticks = seconds * TICKS_PER_SECOND;
	if (*end == '.' && end[1] >= '0' && end[1] <= '9') {
		ticks += *++end - '0';
		end++;
		/* The rest counts as one more tick: never too short. */
		if (strtol(end, NULL, 10) > 0)
			ticks++;
		while (*end >= '0' && *end <= '9')
			end++;
	}
	if (*end != '\0')
		usage("SECONDS");
	return sleep((int)ticks) < 0;
}
