/*
 * grind [CALLS [SEED]]: random system calls with random arguments, half of
 * them hostile, from several processes at once in one directory.
 *
 * Nothing is expected of a call but that it comes back, and that in the end
 * all memory is there and the audit is clean.  Left out is what would stop
 * the grinding itself: power-off, exit, killing strangers, sleeping long, and
 * reading from a terminal or an empty pipe.
 */
#include "suite.h"

#define SELF		"/grind"
#define DIRECTORY	"/grind.d"
#define GRINDERS	3

static uint64_t seed = 0x2545f4914f6cdd1d;
static char *heap;		/* four pages, the last never touched */

static const char *const names[] = {
	"a", "b", "c", "d", "a/b", "a/c", "b/a", "c/d/a", "./d", "a/../b",
	"a/.", "", "averyveryverylongname", "a//b/", "/grind.d/c",
};

static const uint64_t values[] = {
	0, 1, 2, 8, 4095, 4096, 4097, 65536, 0x7fffffff, 0x80000000,
	0xffffffff, 0x3ffffff000, 0x3fffffffff, 0x4000000000, 0x8000000000,
	0x8000000000000000, 0xffffffc000000000, 0xffffffff80000000,
	0xfffffffffffff000, 0xffffffffffffffff,
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static uint64_t
random_below(uint64_t bound)
{
	return random_next(&seed) % bound;
}

static const char *
random_name(void)
{
	if (random_below(10) == 0)
		return (const char *)values[random_below(COUNT(values))];
	return names[random_below(COUNT(names))];
}

static void *
random_pointer(void)
{
	switch (random_below(4)) {
	case 0:
		return (void *)values[random_below(COUNT(values))];
	case 1:			/* runs off the end of memory */
		return heap + 4 * PAGE - random_below(64);
	default:
		return heap + random_below(3 * PAGE);
	}
}

static int
random_fd(void)
{
	return (int)random_below(20) - 1;
}

static int
random_len(void)
{
	return random_below(8) == 0 ?
	    (int)values[random_below(COUNT(values))] : (int)random_below(2000);
}

static void
grind_names(void)
{
	const char *name = random_name(), *other = random_name();

	switch (random_below(9)) {
	case 0:
		link(name, other);
		break;
	case 1:
	case 2:
		unlink(name);
		break;
	case 3:
		mkdir(name);
		break;
	case 4:
		mknod(name, 7, (int)random_below(4));
		break;
	case 5:
		chdir(random_below(3) == 0 ? name : DIRECTORY);
		break;
	case 6:
		rename(name, other);
		break;
	case 7:
		/* bounded: the disk is small, and a hole costs nothing */
		truncate(name, random_below(100000));
		break;
	default:
		symlink(name, other);
	}
}

static void
grind_files(void)
{
	int fd = random_fd();

	switch (random_below(7)) {
	case 0:
	case 1:
		open(random_name(), (int)(random_next(&seed) & 0x603));
		break;
	case 2:
		if (fd > 2)
			close(fd);
		break;
	case 3:
		if (fd > 2)
			dup(fd);
		break;
	case 4:
		fstat(fd, random_pointer());
		break;
	default: {
		int file = open(random_name(), XV6_O_CREATE | XV6_O_RDWR);

		if (file < 0)
			break;
		write(file, random_pointer(), random_len());
		close(file);
	}
	}
}

/* A pipe that is never empty when it is read. */
static void
grind_pipe(void)
{
	int fds[2];

	if (random_below(4) == 0) {
		pipe(random_pointer());
		return;
	}
	if (pipe(fds) != 0)
		return;
	if (write(fds[1], heap, (int)random_below(400) + 1) > 0)
		read(fds[0], random_pointer(), random_len());
	close(fds[1]);
	read(fds[0], random_pointer(), random_len());
	close(fds[0]);
}

/* What a child does in the end: touches, execs or exits. */
static _Noreturn void
grind_child(void)
{
	char *arguments[] = { SELF, "=exit", (char *)random_name(), NULL };

	switch (random_below(4)) {
	case 0:
		*(volatile char *)random_pointer() = 1;
		break;
	case 1:
		(void)*(volatile char *)random_pointer();
		break;
	case 2:
		exec(random_below(4) == 0 ? random_name() : SELF,
		    random_below(4) == 0 ? random_pointer() : arguments);
		break;
	default:
		memset(heap, 5, 3 * PAGE);
	}
	exit(0);
}

static void
grind_processes(void)
{
	int pid = fork();

	if (pid == 0)
		grind_child();
	if (pid < 0)
		return;
	if (random_below(3) == 0)
		kill(pid);
	if (random_below(4) == 0)
		wait(random_pointer());
	while (wait(NULL) >= 0)
		;
}

static void
grind_memory(void)
{
	uint64_t level = (uint64_t)heap + 4 * PAGE;
	char *more;

	switch (random_below(4)) {
	case 0:
		sbrk((int)values[random_below(COUNT(values))] & 0x7fffffff);
		break;
	case 1:
		more = sbrk((int)random_below(MIB));
		if (more != (char *)-1 && (char *)sbrk(0) > more)
			*more = 1;
		break;
	default:
		meminfo(random_pointer());
		procinfo((int)random_below(70) - 2, random_pointer());
	}
	/* back to where it was: never below */
	while ((uint64_t)sbrk(0) > level) {
		uint64_t over = (uint64_t)sbrk(0) - level;

		CHECK(sbrk(-(int)min_u64(over, 0x40000000)) != (char *)-1);
	}
}

/* Calls by number, with nothing right about their arguments. */
static void
grind_raw(void)
{
	static const int numbers[] = {
		XV6_FSTAT, XV6_OPEN, XV6_UNLINK, XV6_LINK, XV6_MKDIR,
		XV6_EXEC, XV6_PIPE, XV6_WRITE, XV6_UPTIME, XV6_GETPID,
		COWSLIP_MEMINFO, COWSLIP_PROCINFO, COWSLIP_RENAME,
		COWSLIP_SYMLINK, 0, 22, 63, 90, 1000, -1,
	};
	uint64_t first = values[random_below(COUNT(values))];

	/* not to the terminal */
	if (first <= 2)
		first = 3;
	syscall(numbers[random_below(COUNT(numbers))], first,
	    values[random_below(COUNT(values))],
	    values[random_below(COUNT(values))]);
}

static void
grind(int ncalls)
{
	CHECK(chdir(DIRECTORY) == 0);
	close(0);
	CHECK(open(SELF, XV6_O_RDONLY) == 0);
	for (int i = 0; i < ncalls; i++) {
		switch (random_below(8)) {
		case 0:
		case 1:
			grind_names();
			break;
		case 2:
		case 3:
			grind_files();
			break;
		case 4:
			grind_pipe();
			break;
		case 5:
			grind_processes();
			break;
		case 6:
			grind_memory();
			break;
		default:
			grind_raw();
		}
	}
	exit(0);
}

/* The first name in the working directory.  returns: whether there is one */
static bool
entry_first(char name[XV6_DIRSIZ + 1])
{
	struct xv6_dirent entry;
	int fd = open(".", XV6_O_RDONLY);
	bool found = false;

	CHECK(fd >= 0);
	name[XV6_DIRSIZ] = '\0';
	while (!found && read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
		memcpy(name, entry.name, XV6_DIRSIZ);
		found = entry.inum != 0 && strcmp(name, ".") != 0 &&
		    strcmp(name, "..") != 0;
	}
	close(fd);
	return found;
}

static uint32_t
directory_here(void)
{
	struct xv6_stat info;
	int fd = open(".", XV6_O_RDONLY);

	CHECK(fd >= 0 && fstat(fd, &info) == 0);
	close(fd);
	return info.ino;
}

/* Remove all that is in the directory, however deep, and itself. */
static void
directory_remove(void)
{
	char name[XV6_DIRSIZ + 1];
	uint32_t base;

	if (chdir(DIRECTORY) != 0)
		return;
	base = directory_here();
	for (;;) {
		if (entry_first(name)) {
			if (unlink(name) != 0)
				CHECK(chdir(name) == 0);
		} else if (directory_here() != base) {
			CHECK(chdir("..") == 0);
		} else {
			break;
		}
	}
	CHECK(chdir("/") == 0);
	CHECK(unlink(DIRECTORY) == 0);
}

static void
grinders_run(int ncalls)
{
	for (int self = 0; self < GRINDERS; self++) {
		int pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			seed ^= (uint64_t)self << 32;
			grind(ncalls);
		}
	}
	for (int self = 0; self < GRINDERS; self++)
		CHECK(wait_status() == 0);
}

int
main(int argc, char **argv)
{
	int ncalls = argc > 1 ? atoi(argv[1]) : 3000;
	uint64_t level;

	/* run by grind_child, with whatever arguments it hit upon */
	if (argc == 0 || (argc > 1 && strcmp(argv[1], "=exit") == 0))
		return 0;
	if (argc > 2)
		seed = (uint64_t)strtol(argv[2], NULL, 0);
	if (argc > 3 || ncalls <= 0 || seed == 0) {
		fprintf(2, "usage: grind [CALLS [SEED]]\n");
		return 2;
	}
	printf("grind: %d processes, %d calls each, seed 0x%lx\n", GRINDERS,
	    ncalls, seed);
	image_touch();
	heap = sbrk(4 * PAGE);
	CHECK(heap != (char *)-1);
	memset(heap, 'h', 3 * PAGE);
	directory_remove();
	CHECK(mkdir(DIRECTORY) == 0);
	grinders_run(10);
	level = memory_baseline();
	grinders_run(ncalls);
	directory_remove();
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
	printf("grind: ok\n");
	return 0;
}
