/*
 * killstorm [ROUNDS [SEED]]: programs that fork, write shared memory, use
 * pipes and files and exec are killed at random moments.  Nothing is lost.
 *
 * A killed worker's own children go on as orphans, so a round ends when no
 * process of this program's name is left but the first.
 */
#include "suite.h"

#define SELF		"/killstorm"
#define DIRECTORY	"/killstorm.d"
#define WORKERS		5
#define PAGES		32

static char *pages;
static uint64_t seed = 0x9e3779b97f4a7c15;

static void
spin(uint64_t rounds)
{
	for (volatile uint64_t i = 0; i < rounds; i++)
		;
}

static void
pages_write(char value)
{
	for (int i = 0; i < PAGES; i++)
		pages[(uint64_t)i * PAGE] = value;
}

/* A child that writes what it shares, and sees only its own. */
static void
work_fork(void)
{
	int pid = fork();

	if (pid < 0)
		return;
	pages_write(pid == 0 ? 'c' : 'p');
	if (pid == 0) {
		spin(random_next(&seed) % 20000);
		for (int i = 0; i < PAGES; i++)
			CHECK(pages[(uint64_t)i * PAGE] == 'c');
		exit(0);
	}
	wait(NULL);
	for (int i = 0; i < PAGES; i++)
		CHECK(pages[(uint64_t)i * PAGE] == 'p');
}

/* More than a pipe holds, from a child: both wait for each other. */
static void
work_pipe(void)
{
	int fds[2], pid, len, total = 0;

	if (pipe(fds) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		write(fds[1], pages, 3000);
		exit(0);
	}
	close(fds[1]);
	while ((len = read(fds[0], pages + PAGE - 100, 700)) > 0)
		total += len;
	close(fds[0]);
	if (pid > 0)
		wait(NULL);
	CHECK(total <= 3000);
}

static void
work_exec(void)
{
	char *arguments[] = { SELF, "=spin", NULL };
	int pid = fork();

	if (pid == 0) {
		exec(SELF, arguments);
		exit(1);
	}
	if (pid > 0)
		wait(NULL);
}

static void
work_file(int self)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "k%d", self);
	fd = open(name, XV6_O_CREATE | XV6_O_RDWR | XV6_O_TRUNC);
	if (fd < 0)
		return;
	write(fd, pages, 5000);
	close(fd);
	fd = open(name, XV6_O_RDONLY);
	if (fd >= 0) {
		read(fd, pages + 100, 5000);
		close(fd);
	}
	unlink(name);
}

static void
work_memory(void)
{
	char *more = sbrk(3 * MIB);

	if (more == (char *)-1)
		return;
	for (uint64_t at = 0; at < 3 * MIB; at += 13 * PAGE)
		more[at] = 1;
	sbrk(-(int)(3 * MIB));
}

static _Noreturn void
work(int self)
{
	for (;;) {
		switch (random_next(&seed) % 6) {
		case 0:
		case 1:
			work_fork();
			break;
		case 2:
			work_pipe();
			break;
		case 3:
			work_exec();
			break;
		case 4:
			work_file(self);
			break;
		default:
			work_memory();
		}
	}
}

/* Kill every process of our name but ourselves.  returns: how many */
static int
others_kill(const char *name)
{
	struct procinfo info;
	int self = getpid(), nkilled = 0;

	for (int slot = 0; procinfo(slot, &info) == 0; slot++) {
		if (info.pid <= 1 || info.pid == self ||
		    strcmp(info.name, name) != 0)
			continue;
		kill(info.pid);
		nkilled++;
	}
	return nkilled;
}

static void
name_own(char name[16])
{
	struct procinfo info;

	for (int slot = 0; procinfo(slot, &info) == 0; slot++) {
		if (info.pid == getpid()) {
			memcpy(name, info.name, 16);
			return;
		}
	}
	CHECK(false);
}

/* What killed workers left behind. */
static void
files_remove(void)
{
	char name[16];

	for (int self = 0; self < WORKERS; self++) {
		snprintf(name, sizeof(name), "k%d", self);
		unlink(name);
	}
}

static void
round_run(const char *name)
{
	int pids[WORKERS];

	for (int self = 0; self < WORKERS; self++) {
		pids[self] = fork();
		CHECK(pids[self] >= 0);
		if (pids[self] == 0) {
			seed += (uint64_t)self * 7919 + 1;
			work(self);
		}
		random_next(&seed);
	}
	if (random_next(&seed) % 8 == 0)
		sleep(1);
	spin(random_next(&seed) % 400000);
	for (int i = 0; i < WORKERS; i++) {
		uint64_t victim = random_next(&seed) % WORKERS;

		kill(pids[victim]);
		spin(random_next(&seed) % 30000);
	}
	for (int tries = 0; others_kill(name) > 0; tries++) {
		CHECK(tries < 600);
		/* our own must be waited for before they are gone */
		for (int i = 0; tries == 0 && i < WORKERS; i++)
			CHECK(wait_status() == -1);
		if (tries > 0)
			sleep(1);
	}
	CHECK(wait(NULL) == -1);
	files_remove();
}

static void
rounds_run(int nrounds)
{
	char name[16];
	uint64_t level;

	image_touch();
	name_own(name);
	pages = sbrk(PAGES * PAGE);
	CHECK(pages != (char *)-1);
	mkdir(DIRECTORY);
	CHECK(chdir(DIRECTORY) == 0);
	files_remove();
	pages_write('x');
	round_run(name);
	level = memory_level();
	for (int i = 1; i < nrounds; i++) {
		round_run(name);
		if (i % 20 == 0)
			CHECK(audit() == 0);
	}
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
	CHECK(chdir("/") == 0);
	CHECK(unlink(DIRECTORY) == 0);
}

int
main(int argc, char **argv)
{
	int nrounds = 100;

	if (argc == 2 && strcmp(argv[1], "=spin") == 0) {
		spin(20000);
		return 0;
	}
	if (argc > 1)
		nrounds = atoi(argv[1]);
	if (argc > 2)
		seed = (uint64_t)strtol(argv[2], NULL, 0);
	if (argc > 3 || nrounds <= 0 || seed == 0) {
		fprintf(2, "usage: killstorm [ROUNDS [SEED]]\n");
		return 2;
	}
	printf("killstorm: %d rounds, seed 0x%lx\n", nrounds, seed);
	rounds_run(nrounds);
	printf("killstorm: ok\n");
	return 0;
}
