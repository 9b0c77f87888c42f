/*
 * usertests [-q] [-l] [NAME]: everything the two doors' basement promises,
 * asked for from a program.
 *
 *	-q	only the quick part
 *	-l	list the tests
 *	NAME	that one test
 *
 * Each test runs in a child.  It passes if the child exits 0, leaves no file,
 * and the audit that follows finds nothing wrong.  All pass if, besides, the
 * memory there is at the end is what it was at the start.
 */
#include "usertests/harness.h"

#define DIRECTORY	"/usertests.d"

/* What the tests themselves run: usertests =exit STATUS, and so on. */
static int
helper_main(int argc, char **argv)
{
	if (strcmp(argv[1], "=exit") == 0 && argc == 3)
		return atoi(argv[2]);
	if (strcmp(argv[1], "=count") == 0)
		return argc;
	/* every argument from the second on is the same string */
	if (strcmp(argv[1], "=same") == 0) {
		for (int i = 3; i < argc; i++) {
			if (strcmp(argv[i], argv[2]) != 0)
				return 1;
		}
		return argv[argc] == NULL ? (int)strlen(argv[2]) % 100 : 2;
	}
	return 99;
}

/* Remove what a failed test left in its directory; one level is enough to
 * let the others run. */
static void
directory_clear(void)
{
	struct xv6_dirent entry;
	int fd;

	if (chdir(DIRECTORY) != 0)
		return;
	fd = open(".", XV6_O_RDONLY);
	while (fd >= 0 && read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
		char name[XV6_DIRSIZ + 1] = { 0 };

		memcpy(name, entry.name, XV6_DIRSIZ);
		if (entry.inum != 0 && strcmp(name, ".") != 0 &&
		    strcmp(name, "..") != 0)
			unlink(name);
	}
	close(fd);
	chdir("/");
	unlink(DIRECTORY);
}

static bool
test_run(const struct test *test)
{
	uint64_t level = memory_baseline();
	int pid, status = 0, errors;
	bool ok = true;

	printf("test %s: ", test->name);
	if (mkdir(DIRECTORY) != 0)
		directory_clear(), mkdir(DIRECTORY);
	pid = fork();
	if (pid == 0) {
		CHECK(chdir(DIRECTORY) == 0);
		test->run();
		exit(0);
	}
	if (pid < 0 || wait(&status) != pid || status != 0) {
		printf("FAILED: status %d\n", status);
		ok = false;
	}
	if (ok && !memory_settles(level)) {
		printf("FAILED: %ld bytes lost\n",
		    (long)(level - memory_level()));
		ok = false;
	}
	errors = audit();
	if (errors != 0) {
		printf("FAILED: the audit finds %d errors\n", errors);
		ok = false;
	}
	if (unlink(DIRECTORY) != 0) {
		if (ok)
			printf("FAILED: it left files\n");
		ok = false;
		directory_clear();
	}
	if (ok)
		printf("OK\n");
	return ok;
}

/* returns: how many failed; *nrun: how many there were */
static int
tests_run(bool quick, const char *only, int *nrun)
{
	int nfailed = 0;

	*nrun = 0;
	for (const struct test *test = tests; test->name != NULL; test++) {
		if (only != NULL ? strcmp(only, test->name) != 0 :
		    quick && test->slow)
			continue;
		++*nrun;
		if (!test_run(test))
			nfailed++;
	}
	return nfailed;
}

static void
tests_list(void)
{
	for (const struct test *test = tests; test->name != NULL; test++)
		printf("%s%s\n", test->name, test->slow ? " (slow)" : "");
}

/* One child and its end: what main itself maps for that is there after. */
static void
warm_up(void)
{
	int pid = fork_checked();

	if (pid == 0)
		exit(0);
	CHECK(wait_for(pid) == 0);
	memset(scratch, 0, sizeof(scratch));
	CHECK(audit() == 0);
}

int
main(int argc, char **argv)
{
	bool quick = false;
	const char *only = NULL;
	uint64_t level;
	int nfailed, nrun;

	if (argc > 1 && argv[1][0] == '=')
		return helper_main(argc, argv);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-q") == 0) {
			quick = true;
		} else if (strcmp(argv[i], "-l") == 0) {
			tests_list();
			return 0;
		} else if (argv[i][0] == '-' || only != NULL) {
			fprintf(2, "usage: usertests [-q] [-l] [NAME]\n");
			return 2;
		} else {
			only = argv[i];
		}
	}
	printf("usertests starting\n");
	image_touch();
	warm_up();
	level = memory_baseline();
	nfailed = tests_run(quick, only, &nrun);
	if (nrun == 0) {
		printf("no test is called %s\n", only);
		return 1;
	}
	if (!memory_settles(level)) {
		printf("FAILED: memory at the start %lu, at the end %lu\n",
		    level, memory_level());
		return 1;
	}
	if (nfailed > 0) {
		printf("%d of %d tests FAILED\n", nfailed, nrun);
		return 1;
	}
	printf("ALL TESTS PASSED\n");
	return 0;
}
