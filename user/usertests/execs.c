/* usertests: exec. */
#include "usertests/harness.h"
#include "usertests/tests.h"

/* echo's output goes to what was descriptor 1 before: a file. */
static void
exec_echo(uintptr_t unused)
{
	char *arguments[] = { "echo", "OK", NULL };

	(void)unused;
	close(1);
	if (open("out", XV6_O_CREATE | XV6_O_WRONLY) != 1)
		exit(1);
	exec(ECHO, arguments);
	exit(2);
}

void
test_exectest(void)
{
	char text[8];
	int fd;

	EXPECT_EXIT(exec_echo, 0, 0);
	fd = open("out", XV6_O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, text, sizeof(text)) == 3);
	CHECK(memcmp(text, "OK\n", 3) == 0);
	close(fd);
	CHECK(unlink("out") == 0);
	/* what is no program is refused, and we go on */
	file_make("text", 200);
	CHECK(exec("text", (char *[]){ "text", NULL }) == -1);
	CHECK(exec("missing", (char *[]){ "missing", NULL }) == -1);
	CHECK(exec(".", (char *[]){ ".", NULL }) == -1);
	CHECK(unlink("text") == 0);
	CHECK(file_size(SELF) > 0);
}

/* Arguments of more than a page together: refused, rather than written below
 * the new stack. */
static void
exec_big_arguments(uintptr_t unused)
{
	char *arguments[XV6_MAXARG];

	(void)unused;
	memset(scratch, ' ', 300);
	scratch[300] = '\0';
	for (int i = 0; i < XV6_MAXARG - 1; i++)
		arguments[i] = scratch;
	arguments[XV6_MAXARG - 1] = NULL;
	CHECK(exec(ECHO, arguments) == -1);
	exit(42);
}

void
test_bigargtest(void)
{
	EXPECT_EXIT(exec_big_arguments, 0, 42);
}

/* exec with all memory taken but `npages`: it works, fails or kills. */
static void
exec_without_memory(uintptr_t npages)
{
	char *arguments[] = { SELF, "=exit", "0", NULL };

	memory_fill();
	pages_shrink(npages);
	exec(SELF, arguments);
	exit(0);
}

void
test_execout(void)
{
	struct meminfo info;

	CHECK(meminfo(&info) == 0);
	if (info.total > 1024 * MIB) {
		printf("(too much memory to use it all up) ");
		return;
	}
	for (int npages = 0; npages < 12; npages += 2)
		EXPECT_EXIT_OR_KILLED(exec_without_memory, npages);
}
