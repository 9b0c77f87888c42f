/*
 * forkstorm [N]: N forks (20,000) in waves of children that exit in every
 * order, and the counts come out right.
 *
 * Each wave has one order.  Every child checks that it sees memory as it was
 * when it was forked, although its parent and its siblings write there, and
 * exits with a status that its parent knows.
 *
 *	at once		children just exit
 *	first to last	each waits for its elder sibling to exit
 *	last to first	each waits for its younger sibling to exit
 *	any		each works for a random time
 *	orphans		each leaves a child behind
 *	exec		each becomes another program first
 */
#include "suite.h"

#define SELF		"/forkstorm"
#define PAGES		48
#define WAVE_MAX	40		/* a pipe each: 80 of 100 files */

static char *pages;
static int pids[WAVE_MAX];
static uint64_t seed = 88172645463325252;
static int nforks;

/* Orphans of the wave before may still be on their way out. */
static int
storm_fork(void)
{
	for (int tries = 0; tries < 100; tries++) {
		int pid = fork();

		if (pid >= 0) {
			nforks++;
			return pid;
		}
		sleep(1);
	}
	CHECK(false);
}

static int
status_of(int child)
{
	return child % 100 + 1;
}

static void
pages_fill(uint64_t version)
{
	for (int i = 0; i < PAGES; i++)
		*(uint64_t *)(pages + (uint64_t)i * PAGE) = version;
}

/* In a child: memory is as it was; write some of it, and see it again. */
static void
pages_use(uint64_t version, uint64_t self, int nwrites)
{
	for (int i = 0; i < PAGES; i++)
		CHECK(*(uint64_t *)(pages + (uint64_t)i * PAGE) == version);
	for (int i = 0; i < nwrites; i++) {
		uint64_t page = random_next(&seed) % PAGES;

		*(uint64_t *)(pages + page * PAGE) = self;
		CHECK(*(uint64_t *)(pages + page * PAGE) == self);
	}
}

/* All children of a wave, each with the status it should have. */
static void
wave_reap(int count)
{
	for (int i = 0; i < count; i++) {
		int status = -2, child = 0, pid = wait(&status);

		CHECK(pid > 0);
		while (child < count && pids[child] != pid)
			child++;
		CHECK(child < count);
		CHECK(status == status_of(child));
		pids[child] = 0;
	}
}

static void
wave_at_once(int count, uint64_t version)
{
	for (int child = 0; child < count; child++) {
		pids[child] = storm_fork();
		if (pids[child] == 0) {
			if (child % 4 == 0)
				pages_use(version, 1, 1);
			exit(status_of(child));
		}
		/* between two forks: the next child shall see this */
		if (child == count / 2)
			pages_fill(++version);
	}
}

static void
end_await(int fd)
{
	char byte;

	CHECK(read(fd, &byte, 1) == 0);
}

/*
 * A chain of pipes: a child exits when it reads the end of the pipe that only
 * its elder holds for writing.
 */
static void
wave_first_to_last(int count, uint64_t version)
{
	int elder[2], own[2], go;

	CHECK(pipe(elder) == 0);
	go = elder[1];
	for (int child = 0; child < count; child++) {
		CHECK(pipe(own) == 0);
		pids[child] = storm_fork();
		if (pids[child] == 0) {
			close(go);
			close(own[0]);
			pages_use(version, 2, 2);
			end_await(elder[0]);
			exit(status_of(child));
		}
		close(elder[0]);
		close(own[1]);
		elder[0] = own[0];
	}
	close(elder[0]);
	pages_fill(version + 1);
	close(go);
}

/* The other way round: the pipe's writer is forked after its reader. */
static void
wave_last_to_first(int count, uint64_t version)
{
	int before = -1, own[2];

	for (int child = 0; child < count; child++) {
		CHECK(pipe(own) == 0);
		pids[child] = storm_fork();
		if (pids[child] == 0) {
			close(own[1]);
			pages_use(version, 3, 2);
			end_await(own[0]);
			exit(status_of(child));
		}
		close(own[0]);
		if (before >= 0)
			close(before);
		before = own[1];
	}
	pages_fill(version + 1);
	close(before);
}

static void
wave_any(int count, uint64_t version)
{
	for (int child = 0; child < count; child++) {
		pids[child] = storm_fork();
		random_next(&seed);
		if (pids[child] == 0) {
			int rounds = (int)(random_next(&seed) % 200);

			pages_use(version, 4, 5);
			for (volatile int i = 0; i < rounds * 50; i++)
				;
			exit(status_of(child));
		}
	}
	pages_fill(version + 1);
}

/* The grandchild checks after its parent is gone, when a pipe's end says
 * so; the pipe `done` ends when all have. */
static void
orphan_leave(uint64_t version, const int done[2])
{
	int gone[2];

	CHECK(pipe(gone) == 0);
	if (storm_fork() != 0)
		return;
	close(gone[1]);
	end_await(gone[0]);
	pages_use(version, 5, 3);
	CHECK(write(done[1], "k", 1) == 1);
	exit(0);
}

static void
wave_orphans(int count, uint64_t version)
{
	int done[2], nright = 0;
	char byte;

	count /= 2;
	CHECK(pipe(done) == 0);
	for (int child = 0; child < count; child++) {
		pids[child] = storm_fork();
		if (pids[child] == 0) {
			orphan_leave(version, done);
			exit(status_of(child));
		}
	}
	nforks += count;
	close(done[1]);
	while (read(done[0], &byte, 1) == 1)
		nright++;
	close(done[0]);
	CHECK(nright == count);
	wave_reap(count);
}

static void
wave_exec(int count, uint64_t version)
{
	char text[16];
	char *arguments[] = { SELF, "=exit", text, NULL };

	for (int child = 0; child < count; child++) {
		pids[child] = storm_fork();
		if (pids[child] == 0) {
			pages_use(version, 6, 2);
			snprintf(text, sizeof(text), "%d", status_of(child));
			exec(SELF, arguments);
			exit(99);
		}
	}
	pages_fill(version + 1);
}

static void
wave_run(int kind, uint64_t version)
{
	int count = 1 + (int)(random_next(&seed) % WAVE_MAX);

	pages_fill(version);
	switch (kind) {
	case 0:
	case 1:
		wave_at_once(count, version);
		break;
	case 2:
		wave_first_to_last(count, version);
		break;
	case 3:
		wave_last_to_first(count, version);
		break;
	case 4:
	case 5:
		wave_any(count, version);
		break;
	case 6:
		wave_orphans(count + 1, version);
		return;			/* has waited */
	default:
		count = count / 8 + 1;
		wave_exec(count, version);
	}
	wave_reap(count);
}

int
main(int argc, char **argv)
{
	int most = 20000;
	uint64_t level = 0, version = 1;

	if (argc == 3 && strcmp(argv[1], "=exit") == 0)
		return atoi(argv[2]);
	if (argc == 2)
		most = atoi(argv[1]);
	if (argc > 2 || most <= 0) {
		fprintf(2, "usage: forkstorm [N]\n");
		return 2;
	}
	image_touch();
	pages = sbrk(PAGES * PAGE);
	CHECK(pages != (char *)-1);
	/* one wave of each kind first: what main itself maps is there then */
	for (int kind = 0; kind < 8; kind++, version += 10)
		wave_run(kind, version);
	pages_fill(0);
	level = memory_baseline();
	for (int kind = 0; nforks < most; kind = (kind + 1) % 8, version += 10)
		wave_run(kind, version);
	CHECK(wait(NULL) == -1);
	pages_fill(0);
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
	printf("forkstorm: ok\n");
	return 0;
}
