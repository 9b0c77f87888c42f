/* Threads of one process that work against each other: on the same few pages
 * (map, unmap, protect, move, forget, touch), on the same few descriptors
 * (open, close, dup2, pipes read and written), and with fork, vfork and exec
 * in between.  The process must get what Linux gives: errors, signals it has
 * a handler for, and never anything else; its children all end by themselves. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

enum { PROCESSES = 3, THREADS = 6, SECONDS = 6, PAGE = 4096, PAGES = 1040,
       LOWEST = 20, DESCRIPTORS = 12 };

static char *self, *arena;
static time_t end;
static __thread unsigned seed;
static __thread sigjmp_buf back;
static __thread volatile sig_atomic_t touching;

static unsigned
draw(unsigned bound)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % bound;
}

static void
fault(int number)
{
	/* Outside of touch() it is a bug, and is to look like one. */
	if (!touching)
		_exit(100 + number);
	siglongjmp(back, 1);
}

static void
touch(char *at, size_t length)
{
	if (sigsetjmp(back, 1) == 0) {
		touching = 1;
		for (size_t i = 0; i < length; i += PAGE)
			at[i]++;
	}
	touching = 0;
}

static void
memory_once(int file)
{
	size_t first = draw(PAGES), count = 1 + draw(draw(4) ? 8 : PAGES);
	char *at = arena + first * PAGE;
	size_t length = (count < PAGES - first ? count : PAGES - first) * PAGE;
	int shared = draw(2) ? MAP_SHARED : MAP_PRIVATE;
	char *to = arena + draw(PAGES - (unsigned)(length / PAGE) + 1) * PAGE;

	switch (draw(9)) {
	case 0:
		mmap(at, length, PROT_READ | PROT_WRITE,
		    MAP_FIXED | MAP_ANONYMOUS | shared, -1, 0);
		break;
	case 1:
		mmap(at, length, PROT_READ | PROT_WRITE, MAP_FIXED | shared,
		    file, 0);
		break;
	case 2:
		munmap(at, length);
		break;
	case 3:
		mprotect(at, length, draw(4));
		break;
	case 4:
		mremap(at, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
		break;
	case 5:
		madvise(at, length, draw(2) ? MADV_DONTNEED : MADV_FREE);
		break;
	case 6:
		msync(at, length, MS_SYNC);
		break;
	case 7:
		CHECK(ftruncate(file, draw(PAGES) * PAGE) == 0);
		break;
	default:
		break;
	}
	touch(at, length);
}

static void
descriptor_once(const char *path)
{
	int a = LOWEST + (int)draw(DESCRIPTORS), ends[2], made;
	int b = LOWEST + (int)draw(DESCRIPTORS);
	char *at = arena + draw(PAGES - 16) * PAGE;
	struct iovec parts[2] = { { at, 3 * PAGE }, { at + 4 * PAGE, 100 } };

	switch (draw(9)) {
	case 0:
		if ((made = open(path, O_RDWR)) >= 0) {
			dup2(made, a);
			close(made);
		}
		break;
	case 1:
		if (pipe2(ends, O_NONBLOCK) == 0) {
			dup2(ends[0], a);
			dup2(ends[1], b);
			close(ends[0]);
			close(ends[1]);
		}
		break;
	case 2:
		close(a);
		break;
	case 3:
		dup2(a, b);
		break;
	case 4:
		readv(a, parts, 2);
		break;
	case 5:
		writev(b, parts, 2);
		break;
	case 6:
		splice(a, NULL, b, NULL, 3 * PAGE, SPLICE_F_NONBLOCK);
		break;
	case 7:
		lseek(a, (off_t)draw(PAGES) * PAGE, SEEK_SET);
		break;
	default:
		mmap(at, 8 * PAGE, PROT_READ, MAP_FIXED | MAP_SHARED, a, 0);
		break;
	}
}

static void
child_once(void)
{
	char *argv[] = { self, "true", NULL };
	unsigned how = draw(3);
	pid_t pid = how == 0 ? vfork() : fork();
	int status;

	if (pid == 0) {
		if (how == 2) {
			touch(arena, PAGES * PAGE);
			_exit(0);
		}
		execv(self, argv);
		_exit(1);
	}
	if (pid < 0)
		return;
	while (waitpid(pid, &status, 0) < 0)
		CHECK(errno == EINTR);
	CHECK(status == 0);
}

static void *
live(void *argument)
{
	char path[64];
	int file;

	seed = (unsigned)(size_t)argument * 2654435761u + (unsigned)getpid();
	snprintf(path, sizeof(path), "%s/races.%d.%d",
	    draw(2) ? "/tmp" : "/dev/shm", getpid(), gettid());
	file = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(file >= 0 && file < LOWEST);
	CHECK(ftruncate(file, PAGES * PAGE) == 0);
	while (time(NULL) < end) {
		if (draw(60) == 0)
			child_once();
		else if (draw(2))
			memory_once(file);
		else
			descriptor_once(path);
	}
	unlink(path);
	return NULL;
}

static void
race(void)
{
	struct sigaction action = { .sa_handler = fault };
	pthread_t threads[THREADS];

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	arena = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(arena != MAP_FAILED);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, live,
		    (void *)(i + 1)) == 0);
	/* One does not wait for the end, nor do the others it takes along. */
	if (draw(4) == 0)
		_exit(0);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	_exit(0);
}

int
main(int argc, char **argv)
{
	pid_t pid, pids[PROCESSES];
	int status;

	self = argv[0];
	if (argc > 1 && strcmp(argv[1], "true") == 0)
		return 0;
	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : SECONDS);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0) {
			seed = (unsigned)getpid();
			race();
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		pid = waitpid(pids[i], &status, 0);
		if (status != 0)
			printf("status %#x\n", (unsigned)status);
		CHECK(pid == pids[i] && status == 0);
	}
	CHECK(system("rm -f /tmp/races.* /dev/shm/races.*") == 0);
	return done();
}
