/* Starting programs: popen, system, posix_spawn with all it can be told, vfork,
 * exec, and fork in a program with threads. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"

#define NAME	"/tmp/processes.test"

extern char **environ;
static char *self;

static void
test_popen(void)
{
	char line[256];
	FILE *stream = popen("echo hello; echo again; exit 3", "r");

	CHECK(stream != NULL && fgets(line, sizeof(line), stream) != NULL);
	CHECK(strcmp(line, "hello\n") == 0);
	CHECK(fgets(line, sizeof(line), stream) != NULL);
	CHECK(strcmp(line, "again\n") == 0);
	CHECK(WEXITSTATUS(pclose(stream)) == 3);
	CHECK((stream = popen("cat > " NAME, "w")) != NULL);
	for (int i = 0; i < 5000; i++)
		fprintf(stream, "line %d\n", i);
	CHECK(pclose(stream) == 0);
	CHECK((stream = popen("wc -l < " NAME, "r")) != NULL);
	CHECK(fscanf(stream, "%255s", line) == 1 && atoi(line) == 5000);
	CHECK(pclose(stream) == 0 && unlink(NAME) == 0);
	ok("popen");
}

static void
test_system(void)
{
	int status;

	CHECK(system(NULL) != 0);
	CHECK(system("true") == 0);
	status = system("exit 77");
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 77);
	status = system("kill -TERM $$");
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	status = system("/nonexistent/program 2>/dev/null");
	CHECK(WEXITSTATUS(status) == 127);
	ok("system");
}

static void
test_spawn(void)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *argv[] = { "sh", "-c", "echo $WORD; echo $$ >&3; exit 5", NULL };
	char *envp[] = { "WORD=spawned", "PATH=/bin:/usr/bin", NULL };
	char text[64];
	int ends[2], status, fd;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	CHECK(posix_spawn_file_actions_init(&actions) == 0);
	CHECK(posix_spawn_file_actions_addopen(&actions, 1, NAME,
	    O_WRONLY | O_CREAT | O_TRUNC, 0644) == 0);
	CHECK(posix_spawn_file_actions_adddup2(&actions, ends[1], 3) == 0);
	CHECK(posix_spawnattr_init(&attributes) == 0);
	CHECK(posix_spawnattr_setflags(&attributes,
	    POSIX_SPAWN_SETPGROUP) == 0);
	CHECK(posix_spawnattr_setpgroup(&attributes, 0) == 0);
	CHECK(posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv,
	    envp) == 0);
	CHECK(getpgid(pid) == pid);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);
	CHECK(read(ends[0], text, sizeof(text)) > 0 && atoi(text) == pid);
	CHECK((fd = open(NAME, O_RDONLY)) >= 0);
	CHECK(read(fd, text, sizeof(text)) == 8);
	CHECK(memcmp(text, "spawned\n", 8) == 0);
	close(fd), close(ends[0]), close(ends[1]), unlink(NAME);
	ok("posix_spawn");
	CHECK(posix_spawn(&pid, "/nonexistent", NULL, NULL, argv, envp) ==
	    ENOENT);
	/* Where busybox is everything, its first argument says what it is. */
	argv[0] = "true";
	CHECK(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	for (int i = 0; i < 50; i++) {
		CHECK(posix_spawnp(&pid, "true", NULL, NULL, argv,
		    environ) == 0);
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	ok("posix_spawn again and again");
}

static void
test_vfork(void)
{
	volatile int touched = 0;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		touched = 1;
		execl(self, self, "exec", "one two", "", NULL);
		_exit(99);
	}
	/* Memory is shared until exec, and the parent waits. */
	CHECK(pid > 0 && touched == 1);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 21);
	ok("vfork and exec");
}

/* Each child makes the next one, and all their makers wait. */
static int
vfork_nested(volatile int depth)
{
	int status;
	pid_t pid;

	if (depth == 0)
		return 0;
	pid = vfork();
	if (pid == 0)
		_exit(vfork_nested(depth - 1));
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

static void
test_vfork_nested(void)
{
	CHECK(vfork_nested(400) == 0);
	ok("vfork in vfork");
}

static void *
spin(void *stop)
{
	unsigned long count = 0;

	while (!*(volatile int *)stop) {
		free(malloc(count++ % 5000));
		setenv("SPIN", count & 1 ? "odd" : "even", 1);
	}
	return NULL;
}

/* The child has one thread, and the library's locks are not left held. */
static void
test_threaded_fork(void)
{
	pthread_t threads[3];
	volatile int stop = 0;
	int status;

	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, spin,
		    (void *)&stop) == 0);
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			char *text = malloc(1000);

			if (text == NULL)
				_exit(1);
			snprintf(text, 1000, "child %d", i);
			free(text);
			_exit(i & 63);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == (i & 63));
	}
	stop = 1;
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	ok("fork in a program with threads");
}

static void
test_wait(void)
{
	struct rusage usage;
	siginfo_t info;
	int status, go[2];
	char byte = 0;
	pid_t pid;

	CHECK(pipe(go) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		raise(SIGSTOP);
		/* Its end would hide that it went on. */
		_exit(read(go[0], &byte, 1) == 1 ? 9 : 1);
	}
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	CHECK(WIFCONTINUED(status));
	CHECK(write(go[1], &byte, 1) == 1);
	close(go[0]);
	close(go[1]);
	memset(&info, 0, sizeof(info));
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(info.si_pid == pid && info.si_status == 9);
	CHECK(info.si_code == CLD_EXITED && info.si_signo == SIGCHLD);
	CHECK(wait4(pid, &status, 0, &usage) == pid);
	CHECK(WEXITSTATUS(status) == 9);
	CHECK_FAILS(waitpid(-1, &status, 0), ECHILD);
	CHECK_FAILS(waitpid(pid, &status, 0), ECHILD);
	ok("waiting");
}

/* In the program that test_vfork runs. */
static int
executed(int argc, char **argv)
{
	CHECK(argc == 4 && strcmp(argv[2], "one two") == 0);
	CHECK(argv[3][0] == '\0' && argv[4] == NULL);
	CHECK_FAILS(fcntl(50, F_GETFD), EBADF);
	CHECK(fcntl(51, F_GETFD) == 0);
	return 21;
}

int
main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1)
		return executed(argc, argv);
	test_popen();
	test_system();
	test_spawn();
	CHECK(dup3(0, 50, O_CLOEXEC) == 50 && dup2(0, 51) == 51);
	test_vfork();
	test_vfork_nested();
	test_threaded_fork();
	test_wait();
	return done();
}
