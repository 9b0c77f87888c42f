/* Children and how they are waited for, groups, sessions, orphans, and exec
 * and exit in programs of several threads.  Without arguments it tests; with
 * one it is the program that the tests run. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "check.h"

static char *self;

static void
pause_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static pid_t
child_exiting(int status)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(status);
	return pid;
}

static pid_t
child_waiting(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void
test_wait(void)
{
	int status;
	siginfo_t info;
	struct rusage usage;
	pid_t pid = child_exiting(7), other = child_exiting(8);

	CHECK(waitpid(other, &status, 0) == other && WEXITSTATUS(status) == 8);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_EXITED &&
	    info.si_status == 7 && info.si_signo == SIGCHLD);
	CHECK(wait4(-1, &status, 0, &usage) == pid && WEXITSTATUS(status) == 7);
	CHECK_FAILS(wait(&status), ECHILD);
	CHECK_FAILS(waitpid(pid, &status, WNOHANG), ECHILD);

	pid = child_waiting();
	CHECK(waitpid(-1, &status, WNOHANG) == 0);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ok("wait");
}

static void
test_stop(void)
{
	int status;
	siginfo_t info;
	pid_t pid = child_waiting();

	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	CHECK(WIFCONTINUED(status));
	/* In a group of its own, which we keep from being an orphaned one. */
	CHECK(setpgid(pid, pid) == 0);
	CHECK(kill(pid, SIGTSTP) == 0);
	memset(&info, 0, sizeof(info));
	CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
	CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGTSTP);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status));
	ok("stop");
}

static void
test_groups(void)
{
	int status, pipe_fds[2];
	char byte;
	pid_t one = child_waiting(), two = child_waiting();

	CHECK(setpgid(one, one) == 0 && setpgid(two, one) == 0);
	CHECK(getpgid(two) == one && getpgrp() != one);
	CHECK_FAILS(setpgid(two, 99999), EPERM);
	CHECK_FAILS(setpgid(99999, 0), ESRCH);
	CHECK_FAILS(waitpid(-getpgrp(), &status, WNOHANG), ECHILD);
	CHECK(waitpid(-one, &status, WNOHANG) == 0);
	CHECK(kill(-one, SIGTERM) == 0);
	CHECK(waitpid(-one, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
	CHECK(waitpid(-one, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
	CHECK_FAILS(kill(-one, 0), ESRCH);

	CHECK(pipe(pipe_fds) == 0);
	one = fork();
	if (one == 0) {
		CHECK(setsid() == getpid() && getsid(0) == getpid());
		CHECK(getpgrp() == getpid());
		CHECK_FAILS(setsid(), EPERM);
		CHECK_FAILS(setpgid(0, 0), EPERM);
		_exit(0);
	}
	CHECK(waitpid(one, &status, 0) == one && status == 0);
	one = fork();
	if (one == 0) {
		dup2(pipe_fds[1], 1);
		execl(self, self, "sleep", NULL);
		_exit(1);
	}
	CHECK(read(pipe_fds[0], &byte, 1) == 1);
	CHECK_FAILS(setpgid(one, one), EACCES);
	CHECK(kill(one, SIGKILL) == 0 && waitpid(one, &status, 0) == one);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	ok("groups");
}

static void
test_auto_reap(void)
{
	int status;
	struct sigaction action = { .sa_handler = SIG_IGN };

	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	child_exiting(1);
	CHECK_FAILS(wait(&status), ECHILD);
	action.sa_handler = SIG_DFL;
	action.sa_flags = SA_NOCLDWAIT;
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	child_exiting(1);
	CHECK_FAILS(wait(&status), ECHILD);
	action.sa_flags = 0;
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	ok("auto reap");
}

static void
test_orphans(void)
{
	int status;
	pid_t pid, reaped;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			pause_ms(50);
			_exit(getppid() == 1 ? 1 : 42);
		}
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	reaped = wait(&status);
	CHECK(reaped > 0 && reaped != pid && WEXITSTATUS(status) == 42);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == 0);
	ok("orphans");
}

static volatile sig_atomic_t hups, conts;

static void
note(int signo)
{
	if (signo == SIGHUP)
		hups++;
	else
		conts++;
}

/* A stopped group that loses its last link to its session is told. */
static void
test_orphaned_group(void)
{
	int fds[2], status;
	char byte = 0;
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		pid_t inner;

		setsid();
		inner = fork();
		if (inner == 0) {
			setpgid(0, 0);
			signal(SIGHUP, note);
			signal(SIGCONT, note);
			raise(SIGSTOP);
			byte = (char)(hups * 10 + conts);
			CHECK(write(fds[1], &byte, 1) == 1);
			_exit(0);
		}
		CHECK(waitpid(inner, &status, WUNTRACED) == inner);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 11);
	close(fds[0]);
	close(fds[1]);
	ok("orphaned group");
}

static void *
thread_sleep(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *
thread_exec(void *unused)
{
	execl(self, self, "pid", NULL);
	return unused;
}

static void
threads_start(int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++)
		CHECK(pthread_create(&thread, NULL, thread_sleep, NULL) == 0);
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

static char stack[65536] __attribute__((aligned(16)));
static volatile int shared;

static int
clone_body(void *argument)
{
	shared = *(int *)argument;
	return 5;
}

static void
test_clone(void)
{
	int value = 77, status;
	pid_t pid, tid = 0;

	pid = clone(clone_body, stack + sizeof(stack), CLONE_VM | CLONE_VFORK |
	    CLONE_PARENT_SETTID | SIGCHLD, &value, &tid);
	CHECK(pid > 0 && tid == pid && shared == 77);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);
	shared = 0;
	pid = clone(clone_body, stack + sizeof(stack), SIGCHLD, &value);
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && shared == 0);
	/* Without a signal it is waited for as a clone. */
	pid = clone(clone_body, stack + sizeof(stack), CLONE_VM, &value);
	CHECK(pid > 0);
	CHECK_FAILS(waitpid(pid, &status, 0), ECHILD);
	CHECK(waitpid(pid, &status, __WCLONE) == pid);
	CHECK(WEXITSTATUS(status) == 5);
	CHECK_FAILS(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0), EINVAL);
	CHECK_FAILS(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0), EINVAL);
	ok("clone");
}

/* One that is killed while its vfork child runs does not take it along. */
static void
test_vfork_killed(void)
{
	int status, fds[2];
	char byte;
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		if (vfork() == 0) {
			pause_ms(100);
			if (write(fds[1], "x", 1) != 1)
				_exit(1);
			_exit(0);
		}
		_exit(0);
	}
	pause_ms(20);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 'x');
	close(fds[0]);
	close(fds[1]);
	ok("vfork killed");
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
program(int argc, char **argv)
{
	if (strcmp(argv[1], "pid") == 0)
		return syscall(SYS_gettid) == getpid() ? getpid() & 0x7f : 255;
	if (strcmp(argv[1], "arguments") == 0)
		return arguments_check(argc, argv);
	if (strcmp(argv[1], "script arg") == 0)
		return script_check(argc, argv);
	if (write(1, "x", 1) != 1)
		return 1;
	thread_sleep(NULL);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return program(argc, argv);
	self = argv[0];
	/* Group 1, which its minus would not name, is not to be ours. */
	setpgid(0, 0);
	test_wait();
	test_stop();
	test_groups();
	test_auto_reap();
	test_clone();
	test_vfork_killed();
	test_exec_in_thread();
	test_exit_of_threads();
	test_arguments();
	test_scripts();
	test_orphaned_group();
	test_orphans();
	test_usage();
	test_affinity();
	test_limits();
	return done();
}
