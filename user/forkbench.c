/*
 * forkbench: what fork and lazy memory cost, in instructions, beside what
 * they may cost.  `forkbench ROW` runs the rows whose name contains ROW.
 *
 * The counter is exact under `./run --icount`, where there is one hart and
 * nothing else runs; elsewhere it is a clock, and the limits mean nothing.
 *
 * Judged rows use memory from a 1 GiB boundary on, to which the break is
 * raised first without touching what is skipped: so the nodes of the memory
 * measured hold nothing else.  What is skipped leaves a mark for each 2 MiB in
 * the node above text and stack; copying that node, once the parent goes on,
 * is part of what fork costs.  The rows called "low" use the heap where it
 * begins, in the same nodes as the program's text, data and stack; they have
 * no limit and are there for comparison.
 */
#include "cowslip.h"

#define KIB		1024ul
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define PAGE		4096ul
#define NODE_SPAN	(2 * MIB)	/* what a leaf node covers */

#define REPEATS		9
#define PAGES_SPAN	(8 * MIB)	/* for what is measured page by page */
#define SPARE		(48 * MIB)	/* memory to leave to everybody else */

#define FORK_LIMIT	12000
#define WAIT_LIMIT	40000
#define COW_LIMIT	2200
#define TOUCH_LIMIT	1600
#define TABLES_LIMIT	(16 * KIB)
#define SBRK_LIMIT	4000
#define SPREAD_LIMIT	10		/* percent */

/* The medians of one row at several sizes. */
struct spread {
	uint64_t least, most;
	int count;
};

struct samples {
	uint64_t values[REPEATS];
	int count;
};

static const char *wanted = "";
static bool over;			/* some judged row was */
static uint64_t reading_cost;		/* of two readings of the counter */
static struct spread fork_spread, wait_spread;

static bool
contains(const char *name)
{
	return strstr(name, wanted) != NULL;
}

static void
find_reading_cost(void)
{
	uint64_t start, cost;
	int i;

	reading_cost = UINT64_MAX;
	for (i = 0; i < 100; i++) {
		start = read_instret();
		cost = read_instret() - start;
		if (cost < reading_cost)
			reading_cost = cost;
	}
}

static uint64_t
cost_since(uint64_t start)
{
	uint64_t cost = read_instret() - start;

	return cost > reading_cost ? cost - reading_cost : 0;
}

static void
sample(struct samples *samples, uint64_t value)
{
	samples->values[samples->count++] = value;
}

static uint64_t
median(const struct samples *samples)
{
	uint64_t sorted[REPEATS];
	int i, j;

	for (i = 0; i < samples->count; i++) {
		for (j = i; j > 0 && sorted[j - 1] > samples->values[i]; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = samples->values[i];
	}
	return sorted[samples->count / 2];
}

/* limit: 0 for none.  spread: NULL, or the spread the row counts for */
static void
print_row(const char *name, const struct samples *samples, uint64_t limit,
    struct spread *spread)
{
	uint64_t value = median(samples);
	bool too_much = limit != 0 && value > limit;

	printf("%-34s %9lu %9lu", name, samples->values[0], value);
	if (limit != 0)
		printf(" %9lu  %s\n", limit, too_much ? "OVER" : "ok");
	else
		printf("         -\n");
	over |= too_much;
	if (spread == NULL)
		return;
	if (spread->count++ == 0)
		spread->least = spread->most = value;
	if (value < spread->least)
		spread->least = value;
	if (value > spread->most)
		spread->most = value;
}

static void
print_skipped(const char *name, const char *why)
{
	printf("%-34s   skipped: %s\n", name, why);
}

static void
print_spread(const char *name, const struct spread *spread)
{
	uint64_t percent;
	bool too_much;

	if (spread->count < 2 || spread->least == 0)
		return;
	/* Rounded up: 10.1 is over. */
	percent = ((spread->most - spread->least) * 100 + spread->least - 1) /
	    spread->least;
	too_much = percent > SPREAD_LIMIT;
	printf("%-34s           %8lu%% %8d%%  %s\n", name, percent,
	    SPREAD_LIMIT, too_much ? "OVER" : "ok");
	over |= too_much;
}

/* Free memory, once all that was put off is done. */
static uint64_t
settle(void)
{
	struct meminfo info;

	if (meminfo(&info) < 0)
		die("meminfo failed");
	return info.free;
}

static void
move_break(int64_t delta)
{
	/* sbrk takes an int. */
	for (; delta > INT32_MAX; delta -= GIB) {
		if (sbrk(GIB) == (char *)-1)
			die("sbrk failed");
	}
	for (; delta < INT32_MIN; delta += GIB)
		sbrk(-(int)GIB);
	if (sbrk((int)delta) == (char *)-1)
		die("sbrk failed");
}

static char *old_break;			/* what region_end goes back to */

/* Put the break where a measurement begins.  returns: that place */
static char *
region_begin(bool low)
{
	uint64_t unit = low ? PAGE : GIB, at;

	settle();
	old_break = sbrk(0);
	at = ((uint64_t)old_break + unit - 1) & ~(unit - 1);
	move_break((int64_t)(at - (uint64_t)old_break));
	return (char *)at;
}

static void
region_end(void)
{
	move_break((int64_t)(old_break - sbrk(0)));
	settle();
}

static void
touch(char *start, uint64_t len)
{
	volatile char *p;

	for (p = start; p < start + len; p += PAGE)
		*p = 1;
}

/* The mean cost of writing to each page, but the first of each node. */
static uint64_t
touch_measured(char *start, uint64_t len)
{
	volatile char *p;
	uint64_t total = 0, pages = 0, before;

	for (p = start; p < start + len; p += PAGE) {
		before = read_instret();
		*p = 2;
		before = cost_since(before);
		if (p == start || (uint64_t)p % NODE_SPAN == 0)
			continue;
		total += before;
		pages++;
	}
	return total / pages;
}

static int
fork_or_die(void)
{
	int pid = fork();

	if (pid < 0)
		die("cannot fork");
	return pid;
}

/* fork as the parent sees it; the child is gone again afterwards. */
static uint64_t
measure_fork(void)
{
	uint64_t start = read_instret(), cost;

	if (fork_or_die() == 0)
		exit(0);
	cost = cost_since(start);
	wait(NULL);
	return cost;
}

static uint64_t
measure_fork_wait(void)
{
	uint64_t start = read_instret();

	if (fork_or_die() == 0)
		exit(0);
	wait(NULL);
	return cost_since(start);
}

/* A child that shares all and does nothing until child_end. */
static int child_pipe = -1;

/* ready: wait until the child sleeps */
static void
child_begin(bool ready)
{
	int go[2], done[2];
	char byte;

	if (pipe(go) < 0 || pipe(done) < 0)
		die("no pipe");
	if (fork_or_die() == 0) {
		close(go[1]);
		write(done[1], "", 1);
		read(go[0], &byte, 1);
		exit(0);
	}
	close(go[0]);
	close(done[1]);
	if (ready)
		read(done[0], &byte, 1);
	close(done[0]);
	child_pipe = go[1];
}

static void
child_end(void)
{
	close(child_pipe);
	wait(NULL);
}

static void
bench_tables(const char *name, bool judged)
{
	struct samples samples = { .count = 0 };
	struct meminfo before, after;

	if (meminfo(&before) < 0)
		die("meminfo failed");
	child_begin(false);
	meminfo(&after);
	child_end();
	sample(&samples, after.tables - before.tables);
	print_row(name, &samples, judged ? TABLES_LIMIT : 0, NULL);
}

/* All rows about a fork of `size` bytes: touching them takes longest. */
static void
bench_size(uint64_t size, bool low)
{
	const char *place = low ? ", low" : "";
	char fork_name[48], wait_name[48], tables_name[48];
	struct samples samples;
	char *region;
	int i;

	snprintf(fork_name, sizeof(fork_name), "fork, %lu MiB%s", size / MIB,
	    place);
	snprintf(wait_name, sizeof(wait_name), "fork+exit+wait, %lu MiB%s",
	    size / MIB, place);
	snprintf(tables_name, sizeof(tables_name),
	    "bytes of tables, %lu MiB%s", size / MIB, place);
	if (!contains(fork_name) && !contains(wait_name) &&
	    !contains(tables_name))
		return;
	if (settle() < size + size / 256 + SPARE) {
		print_skipped(fork_name, "too little memory");
		return;
	}
	region = region_begin(low);
	move_break((int64_t)size);
	touch(region, size);
	if (contains(fork_name)) {
		for (samples.count = 0, i = 0; i < REPEATS; i++)
			sample(&samples, measure_fork());
		print_row(fork_name, &samples, low ? 0 : FORK_LIMIT,
		    low ? NULL : &fork_spread);
	}
	if (contains(wait_name)) {
		for (samples.count = 0, i = 0; i < REPEATS; i++)
			sample(&samples, measure_fork_wait());
		print_row(wait_name, &samples, low ? 0 : WAIT_LIMIT,
		    low ? NULL : &wait_spread);
	}
	if (contains(tables_name))
		bench_tables(tables_name, !low);
	region_end();
}

static void
bench_cow(const char *name, bool low)
{
	struct samples samples = { .count = 0 };
	char *region;
	int i;

	if (!contains(name))
		return;
	if (settle() < 2 * PAGES_SPAN) {
		print_skipped(name, "too little memory");
		return;
	}
	region = region_begin(low);
	move_break(PAGES_SPAN);
	touch(region, PAGES_SPAN);
	for (i = 0; i < REPEATS; i++) {
		child_begin(true);
		sample(&samples, touch_measured(region, PAGES_SPAN));
		child_end();
		settle();
	}
	print_row(name, &samples, low ? 0 : COW_LIMIT, NULL);
	region_end();
}

static void
bench_touch(const char *name, bool low)
{
	struct samples samples = { .count = 0 };
	char *region;
	int i;

	if (!contains(name))
		return;
	region = region_begin(low);
	for (i = 0; i < REPEATS; i++) {
		move_break(PAGES_SPAN);
		sample(&samples, touch_measured(region, PAGES_SPAN));
		move_break(-(int64_t)PAGES_SPAN);
		settle();
	}
	print_row(name, &samples, low ? 0 : TOUCH_LIMIT, NULL);
	region_end();
}

static void
bench_sbrk(const char *name, bool low)
{
	struct samples samples = { .count = 0 };
	uint64_t start;
	int i;

	if (!contains(name))
		return;
	region_begin(low);
	for (i = 0; i < REPEATS; i++) {
		start = read_instret();
		if (sbrk(GIB) == (char *)-1 || sbrk(-(int)GIB) == (char *)-1)
			die("sbrk failed");
		sample(&samples, cost_since(start));
	}
	print_row(name, &samples, low ? 0 : SBRK_LIMIT, NULL);
	region_end();
}

static void
bench_all(bool low)
{
	static const uint64_t sizes[] = { MIB, 16 * MIB, 256 * MIB, GIB };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench_size(sizes[i], low);
	bench_cow(low ? "COW break of a page, low" : "COW break of a page", low);
	bench_touch(low ? "first touch of a page, low" :
	    "first touch of a page", low);
	bench_sbrk(low ? "sbrk 1 GiB and back, low" : "sbrk 1 GiB and back",
	    low);
}

int
main(int argc, char **argv)
{
	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		usage("[ROW]");
	if (argc == 2)
		wanted = argv[1];
	find_reading_cost();
	printf("instructions                           FIRST    MEDIAN"
	    "     LIMIT\n");
	bench_all(false);
	print_spread("fork, between sizes", &fork_spread);
	print_spread("fork+exit+wait, between sizes", &wait_spread);
	bench_all(true);
	return over || print_failed();
}
