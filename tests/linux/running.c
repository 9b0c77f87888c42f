/* What exec hands over, exec and exit in programs of several threads, and what
 * a process may use and has used.  Without arguments it tests; with some it is
 * a program that the tests run. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "check.h"

static char *self;

static int program(int argc, char **argv);

static void
pause_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static void *
thread_sleep(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void
threads_start(int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++)
		CHECK(pthread_create(&thread, NULL, thread_sleep, NULL) == 0);
}

static void *
thread_exec(void *unused)
{
	execl(self, self, "pid", NULL);
	return unused;
}

/* exec in another thread than the first: the rest end, the number stays. */
static void
test_exec_in_thread(void)
{
	int status;
	pthread_t thread;
	pid_t pid = fork();

	if (pid == 0) {
		threads_start(5);
		CHECK(pthread_create(&thread, NULL, thread_exec, NULL) == 0);
		thread_sleep(NULL);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == (pid & 0x7f));
	ok("exec in a thread");
}

static void *
thread_exit_group(void *unused)
{
	pause_ms(20);
	exit(23);
	return unused;
}

static void *
thread_last(void *unused)
{
	pause_ms(50);
	return unused;
}

static void
test_exit_of_threads(void)
{
	int status;
	siginfo_t info = { 0 };
	pthread_t thread;
	pid_t pid = fork();

	if (pid == 0) {
		threads_start(5);
		pthread_create(&thread, NULL, thread_exit_group, NULL);
		thread_sleep(NULL);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 23);
	pid = fork();
	if (pid == 0) {
		pthread_create(&thread, NULL, thread_last, NULL);
		syscall(SYS_exit, 9);		/* the leader, alone */
	}
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 &&
	    info.si_pid == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	pid = fork();
	if (pid == 0) {
		threads_start(5);
		kill(getpid(), SIGTERM);
		thread_sleep(NULL);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM);
	ok("exit of threads");
}

static void
test_limits(void)
{
	struct rlimit old, new;
	int status;
	pid_t pid;

	CHECK(getrlimit(RLIMIT_NOFILE, &old) == 0);
	pid = fork();
	if (pid == 0) {
		new.rlim_cur = new.rlim_max = 10;
		CHECK(setrlimit(RLIMIT_NOFILE, &new) == 0);
		for (int i = 0; i < 10; i++)
			if (dup(0) < 0)
				_exit(errno == EMFILE ? 0 : 2);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	pid = fork();
	if (pid == 0) {
		new.rlim_cur = new.rlim_max = 1 << 26;
		CHECK(setrlimit(RLIMIT_AS, &new) == 0);
		if (mmap(NULL, 1 << 27, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0) == MAP_FAILED && errno == ENOMEM)
			_exit(0);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	pid = fork();
	if (pid == 0) {
		new.rlim_cur = new.rlim_max = 3;
		CHECK(setrlimit(RLIMIT_NPROC, &new) == 0);
		CHECK(setuid(12345) == 0);
		for (int i = 0; i < 5; i++) {
			pid = fork();
			if (pid == 0) {
				pause_ms(100);
				_exit(0);
			}
			if (pid < 0)
				_exit(errno == EAGAIN && i == 2 ? 0 : 2);
		}
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && (getuid() != 0 || status == 0));
	pid = fork();
	if (pid == 0) {
		new.rlim_cur = 1;
		new.rlim_max = 2;
		CHECK(setrlimit(RLIMIT_CPU, &new) == 0);
		for (;;)
			continue;
	}
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGXCPU);
	ok("limits");
}

/* Fresh memory reads no disk; the most there was is told after exec, too. */
static void
test_memory_usage(void)
{
	const size_t len = 24 << 20;
	struct rusage before, after;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		char *room = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		getrusage(RUSAGE_SELF, &before);
		memset(room, 1, len);
		getrusage(RUSAGE_SELF, &after);
		CHECK(after.ru_minflt > before.ru_minflt);
		CHECK(after.ru_majflt - before.ru_majflt <= 2);
		execl(self, self, "maxrss", NULL);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int
memory_usage_check(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) == 0 &&
	    usage.ru_maxrss >= 24 << 10 ? 0 : 1;
}

static void
test_usage(void)
{
	struct rusage before, after, children;
	struct timeval span;
	pid_t pid;
	int status;

	getrusage(RUSAGE_SELF, &before);
	do {
		getrusage(RUSAGE_SELF, &after);
		timersub(&after.ru_utime, &before.ru_utime, &span);
	} while (span.tv_sec == 0 && span.tv_usec < 20000);
	pid = fork();
	if (pid == 0) {
		for (clock_t start = clock(); clock() - start < 50000; )
			continue;
		_exit(0);
	}
	CHECK(wait4(pid, &status, 0, &children) == pid);
	CHECK(children.ru_utime.tv_usec + children.ru_stime.tv_usec >= 50000);
	getrusage(RUSAGE_CHILDREN, &after);
	CHECK(after.ru_utime.tv_sec * 1000000 + after.ru_utime.tv_usec +
	    after.ru_stime.tv_sec * 1000000 + after.ru_stime.tv_usec >= 50000);
	CHECK(children.ru_minflt > 0 && children.ru_maxrss > 0);
	test_memory_usage();
	ok("usage");
}

static void
test_affinity(void)
{
	cpu_set_t all, one;
	int first = -1;

	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	CHECK(CPU_COUNT(&all) >= 1);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
		CHECK(sched_getcpu() == i);
		first = first < 0 ? i : first;
	}
	CHECK(first >= 0 && sched_getaffinity(0, sizeof(one), &one) == 0);
	CHECK(CPU_COUNT(&one) == 1);
	CPU_ZERO(&one);
	CHECK_FAILS(sched_setaffinity(0, sizeof(one), &one), EINVAL);
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
	CHECK(sched_yield() == 0);
	CHECK(nice(3) == 3 && getpriority(PRIO_PROCESS, 0) == 3);
	ok("affinity");
}

/* More than a page of arguments arrives; too much is refused. */
static void
test_arguments(void)
{
	enum { COUNT = 1000, LENGTH = 100 };
	static char *argv[COUNT + 4], text[COUNT][LENGTH];
	char *huge = malloc(200000), *environment[] = { "WORD=x y", NULL };
	int status;
	pid_t pid;

	argv[0] = self;
	argv[1] = "arguments";
	for (int i = 0; i < COUNT; i++) {
		memset(text[i], 'a' + i % 26, LENGTH - 1);
		argv[2 + i] = text[i];
	}
	pid = fork();
	if (pid == 0) {
		execve(self, argv, environment);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	memset(huge, 'x', 199999);
	huge[199999] = '\0';
	argv[2] = huge;
	argv[3] = NULL;
	CHECK_FAILS(execve(self, argv, environment), E2BIG);
	CHECK_FAILS(execve("/nonexistent", argv, environment), ENOENT);
	argv[2] = NULL;
	CHECK_FAILS(execve("/nonexistent", argv, environment), ENOENT);
	CHECK_FAILS(execve("/", argv, environment), EACCES);
	free(huge);
	ok("arguments");
}

static int
arguments_check(int argc, char **argv)
{
	if (argc != 1002 || strcmp(getenv("WORD"), "x y") != 0)
		return 1;
	for (int i = 0; i < 1000; i++)
		if (strlen(argv[2 + i]) != 99 || argv[2 + i][50] != 'a' + i % 26)
			return 2;
	return 0;
}

static void
script_write(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(close(fd) == 0 && chmod(path, mode) == 0);
}

static void
test_scripts(void)
{
	char line[512];
	int status;
	int fd;
	pid_t pid;

	snprintf(line, sizeof(line), "#! %s  script arg \n", self);
	script_write("/tmp/families.1", line, 0755);
	script_write("/tmp/families.2", "#!/tmp/families.1\n", 0755);
	script_write("/tmp/families.3", "#!/tmp/families.3\n", 0755);
	script_write("/tmp/families.4", "echo no interpreter\n", 0755);
	pid = fork();
	if (pid == 0) {
		execl("/tmp/families.2", "zero", "last", NULL);
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK_FAILS(execl("/tmp/families.3", "x", NULL), ELOOP);
	CHECK_FAILS(execl("/tmp/families.4", "x", NULL), ENOEXEC);
	CHECK(chmod("/tmp/families.1", 0644) == 0);
	CHECK_FAILS(execl("/tmp/families.1", "x", NULL), EACCES);
	CHECK_FAILS(open(self, O_WRONLY), ETXTBSY);
	CHECK(chmod("/tmp/families.1", 0755) == 0);
	fd = open("/tmp/families.1", O_WRONLY);
	CHECK(fd >= 0);
	CHECK_FAILS(execl("/tmp/families.1", "x", NULL), ETXTBSY);
	CHECK(close(fd) == 0);
	for (char *name = "1234"; *name != '\0'; name++) {
		snprintf(line, sizeof(line), "/tmp/families.%c", *name);
		unlink(line);
	}
	ok("scripts");
}

/* Run by families.2, which families.1 runs, which we run. */
static int
script_check(int argc, char **argv)
{
	return argc == 5 && strcmp(argv[1], "script arg") == 0 &&
	    strcmp(argv[2], "/tmp/families.1") == 0 &&
	    strcmp(argv[3], "/tmp/families.2") == 0 &&
	    strcmp(argv[4], "last") == 0 ? 0 : 1;
}

static int
use_stack(int pages)
{
	volatile char room[4096];

	memset((char *)room, 0, sizeof(room));
	return pages == 0 ? 0 : use_stack(pages - 1) + room[7];
}

/* A raised limit lets the stack grow at once; beyond it there is nothing. */
static void
test_stack(void)
{
	struct rlimit limit;
	int status, fds[2];
	char byte;
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
		limit.rlim_cur = 32 << 20;
		CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
		CHECK(use_stack(5000) == 0 && write(fds[1], "x", 1) == 1);
		use_stack(10000);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGSEGV);
	CHECK(close(fds[1]) == 0 && read(fds[0], &byte, 1) == 1);
	CHECK(close(fds[0]) == 0);
	ok("stack");
}

/* Tell where things stand, through descriptor 9. */
static int
places_tell(void)
{
	char *places[4] = { (char *)places, sbrk(0), (char *)program, NULL };

	places[3] = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	return write(9, places, sizeof(places)) != sizeof(places) ||
	    personality(0xffffffff) != ADDR_NO_RANDOMIZE;
}

static void
places_ask(char *places[4])
{
	int ends[2], status;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK(dup2(ends[1], 9) == 9);
		close(ends[0]), close(ends[1]);
		execl(self, self, "places", NULL);
		_exit(99);
	}
	close(ends[1]);
	CHECK(read(ends[0], places, 4 * sizeof(*places)) ==
	    4 * sizeof(*places));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	close(ends[0]);
}

static void
test_personality(void)
{
	char *once[4], *again[4];
	int was = personality(0xffffffff);

	CHECK(was >= 0 && personality(was | ADDR_NO_RANDOMIZE) == was);
	CHECK(personality(0xffffffff) == (was | ADDR_NO_RANDOMIZE));
	places_ask(once);
	for (int i = 0; i < 4; i++) {
		places_ask(again);
		CHECK(memcmp(once, again, sizeof(once)) == 0);
	}
	CHECK(personality(was) == (was | ADDR_NO_RANDOMIZE));
	ok("personality");
}

static int
program(int argc, char **argv)
{
	if (strcmp(argv[1], "pid") == 0)
		return syscall(SYS_gettid) == getpid() ? getpid() & 0x7f : 255;
	if (strcmp(argv[1], "arguments") == 0)
		return arguments_check(argc, argv);
	if (strcmp(argv[1], "places") == 0)
		return places_tell();
	if (strcmp(argv[1], "maxrss") == 0)
		return memory_usage_check();
	return script_check(argc, argv);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return program(argc, argv);
	self = argv[0];
	test_exec_in_thread();
	test_exit_of_threads();
	test_arguments();
	test_scripts();
	test_usage();
	test_affinity();
	test_limits();
	test_stack();
	test_personality();
	return done();
}
