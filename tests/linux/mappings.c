/* Mappings: what faults say, rights, private and shared files, truncation under
 * those who map, moving, forgetting; and all of it by threads that fork. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "check.h"

#define PAGE		4096l
#define PAGES		8
#define THREADS		4
#define AREA		(4l << 20)
#define ROUNDS		300

static sigjmp_buf back;
static volatile int signo, code;

static void
on_fault(int number, siginfo_t *info, void *unused)
{
	(void)unused;
	signo = number;
	code = info->si_code;
	siglongjmp(back, 1);
}

/* The signal that touching a byte leads to; 0: none. */
static int
touch(volatile char *at, int write)
{
	signo = 0;
	if (sigsetjmp(back, 1) == 0) {
		if (write)
			*at = 1;
		else
			(void)*at;
	}
	return signo;
}

static char *
map(long len, int prot, int flags, int fd)
{
	char *at = mmap(NULL, (size_t)len, prot, flags, fd, 0);

	CHECK(at != MAP_FAILED);
	return at;
}

static char *
map_anonymous(long len, int prot)
{
	return map(len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void
test_faults(void)
{
	char *at = map_anonymous(16 * PAGE, PROT_READ);

	CHECK(touch(at, 0) == 0);
	CHECK(touch(at, 1) == SIGSEGV && code == SEGV_ACCERR);
	CHECK(mprotect(at, PAGE, PROT_NONE) == 0);
	CHECK(touch(at, 0) == SIGSEGV && code == SEGV_ACCERR);
	CHECK(munmap(at, 16 * PAGE) == 0);
	CHECK(touch(at, 0) == SIGSEGV && code == SEGV_MAPERR);
	ok("faults");
}

static void
test_holes(void)
{
	char *at = map_anonymous(3 * PAGE, PROT_READ | PROT_WRITE);

	at[0] = at[2 * PAGE] = 1;
	CHECK(munmap(at + PAGE, PAGE) == 0);
	CHECK_FAILS(mprotect(at, 3 * PAGE, PROT_READ), ENOMEM);
	/* Up to the hole, and no further. */
	CHECK(touch(at, 1) == SIGSEGV && touch(at + 2 * PAGE, 1) == 0);
	CHECK_FAILS(madvise(at, 3 * PAGE, MADV_DONTNEED), ENOMEM);
	CHECK(at[0] == 0 && at[2 * PAGE] == 0);
	CHECK(munmap(at, 3 * PAGE) == 0);
	ok("holes");
}

static void
test_file(int fd)
{
	char *shared = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	char *own = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	char bytes[2];

	CHECK(shared[5000] == 'x' && own[5000] == 'x');
	shared[5000] = 'y';
	CHECK(own[5000] == 'y');
	own[5001] = 'z';
	CHECK(shared[5001] == 'x');
	CHECK(pread(fd, bytes, 2, 5000) == 2 && memcmp(bytes, "yx", 2) == 0);
	/* Given back, it is the file's again. */
	CHECK(madvise(own, PAGES * PAGE, MADV_DONTNEED) == 0);
	CHECK(own[5001] == 'x');

	own[5 * PAGE] = 'q';
	shared[5 * PAGE + 1] = 'w';
	CHECK(ftruncate(fd, 3 * PAGE + 100) == 0);
	CHECK(touch(shared + 5 * PAGE, 0) == SIGBUS && code == BUS_ADRERR);
	CHECK(touch(own + 5 * PAGE, 0) == SIGBUS);
	CHECK(shared[3 * PAGE + 50] == 'x' && shared[3 * PAGE + 100] == 0);
	CHECK(ftruncate(fd, PAGES * PAGE) == 0);
	CHECK(shared[5 * PAGE + 1] == 0 && own[5 * PAGE] == 0);
	shared[7 * PAGE] = 'k';
	CHECK(msync(shared, PAGES * PAGE, MS_SYNC) == 0);
	CHECK(pread(fd, bytes, 1, 7 * PAGE) == 1 && bytes[0] == 'k');
	CHECK(munmap(shared, PAGES * PAGE) == 0);
	CHECK(munmap(own, PAGES * PAGE) == 0);
	ok("files");
}

static void
test_read_only(const char *path)
{
	int fd = open(path, O_RDONLY);
	char *at = map(PAGE, PROT_READ, MAP_SHARED, fd);

	CHECK(touch(at, 0) == 0);
	CHECK_FAILS(mprotect(at, PAGE, PROT_READ | PROT_WRITE), EACCES);
	CHECK(mprotect(at, PAGE, PROT_NONE) == 0);
	CHECK_FAILS(mprotect(at, PAGE, PROT_READ | PROT_WRITE), EACCES);
	CHECK(munmap(at, PAGE) == 0);
	close(fd);
	ok("read only");
}

/* A gigabyte costs no more than a page. */
static void
test_large(void)
{
	const long len = 1l << 30, middle = len / 2 + PAGE;
	char *at = map_anonymous(len, PROT_NONE), *to;

	CHECK(mprotect(at + len / 2, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
	at[middle] = 1;
	CHECK(mprotect(at, (size_t)len, PROT_READ | PROT_WRITE) == 0);
	to = mremap(at, (size_t)len, (size_t)len, MREMAP_MAYMOVE |
	    MREMAP_FIXED, (void *)0x2000000000);
	CHECK(to == (void *)0x2000000000 && to[middle] == 1);
	CHECK(touch(at + middle, 0) == SIGSEGV);
	CHECK(munmap(to, (size_t)len) == 0);
	ok("large");
}

/* Other pages of the file, where some of it is mapped. */
static void
test_pages(void)
{
	int fd = memfd_create("pages", 0);
	char *at;

	CHECK(fd >= 0 && ftruncate(fd, 8 * PAGE) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pwrite(fd, &"abcdefgh"[i], 1, i * PAGE) == 1);
	at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(at != MAP_FAILED);
	CHECK(remap_file_pages(at, PAGE, 0, 7, 0) == 0);
	CHECK(remap_file_pages(at + 2 * PAGE, 2 * PAGE, 0, 1, 0) == 0);
	CHECK(at[0] == 'h' && at[PAGE] == 'b');
	CHECK(at[2 * PAGE] == 'b' && at[3 * PAGE] == 'c');
	((volatile char *)at)[2 * PAGE] = 'x';
	CHECK(((volatile char *)at)[PAGE] == 'x');
	/* All of it again, though it is in pieces. */
	CHECK(remap_file_pages(at, 4 * PAGE, 0, 4, 0) == 0);
	CHECK(at[0] == 'e' && at[3 * PAGE] == 'h');
	CHECK(remap_file_pages(at, PAGE, PROT_READ, 0, 0) < 0 &&
	    errno == EINVAL);
	CHECK(remap_file_pages(at, 5 * PAGE, 0, 0, 0) < 0 && errno == EINVAL);
	CHECK(remap_file_pages(at, PAGE - 1, 0, 0, 0) < 0 && errno == EINVAL);
	CHECK(munmap(at, 4 * PAGE) == 0 && close(fd) == 0);
	at = map_anonymous(PAGE, PROT_READ);
	CHECK(remap_file_pages(at, PAGE, 0, 0, 0) < 0 && errno == EINVAL);
	CHECK(munmap(at, PAGE) == 0);
	ok("pages");
}

static volatile int mapped_away;

static void *
read_on(void *from)
{
	volatile char *at = from;
	long sum = 0;

	while (!mapped_away)
		sum += at[0] + at[7 * PAGE];
	return (void *)sum;
}

/* What is replaced by a move is never missing, to no other thread. */
static void
test_replace(void)
{
	char *to = map_anonymous(8 * PAGE, PROT_READ | PROT_WRITE), *at;
	pthread_t reader;

	CHECK(pthread_create(&reader, NULL, read_on, to) == 0);
	for (int i = 0; i < 2000; i++) {
		at = map_anonymous(8 * PAGE, PROT_READ | PROT_WRITE);
		at[0] = 1;
		CHECK(mremap(at, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE |
		    MREMAP_FIXED, to) == to);
	}
	mapped_away = 1;
	CHECK(pthread_join(reader, NULL) == 0);
	at = map_anonymous(4 * PAGE, PROT_READ | PROT_WRITE);
	at[PAGE] = 3;
	CHECK(mremap(at, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED |
	    MREMAP_DONTUNMAP, to + PAGE) == to + PAGE);
	CHECK(to[0] == 1 && to[2 * PAGE] == 3 && to[5 * PAGE] == 0);
	CHECK(at[PAGE] == 0);
	at[PAGE] = 4;
	CHECK(to[2 * PAGE] == 3);
	CHECK(munmap(at, 4 * PAGE) == 0 && munmap(to, 8 * PAGE) == 0);
	ok("replace");
}

static pthread_barrier_t all_mapped;

static void
fork_and_write(char *area)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		memset(area, 9, 1 << 20);
		_exit(0);
	}
	CHECK(pid > 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void *
change(void *seed)
{
	unsigned int dice = (unsigned int)(long)seed;
	char *area = map_anonymous(3 * AREA, PROT_READ | PROT_WRITE);

	pthread_barrier_wait(&all_mapped);
	for (int i = 0; i < ROUNDS; i++) {
		char *at = area + rand_r(&dice) % 900 * PAGE, *to;
		long len = (1 + rand_r(&dice) % 64) * PAGE;

		memset(at, 7, (size_t)len);
		CHECK(mprotect(at, (size_t)len, PROT_READ) == 0);
		CHECK(at[len - 1] == 7);
		CHECK(mprotect(at, (size_t)len, PROT_READ | PROT_WRITE) == 0);
		at[len - 1] = 8;
		CHECK(madvise(at, (size_t)len, MADV_DONTNEED) == 0);
		CHECK(at[0] == 0 && at[len - 1] == 0);
		at[5] = 3;
		/* Aligned alike, or not. */
		to = at + AREA + i % 3 * PAGE;
		CHECK(mremap(at, (size_t)len, (size_t)len, MREMAP_MAYMOVE |
		    MREMAP_FIXED, to) == to && to[5] == 3);
		CHECK(mremap(to, (size_t)len, (size_t)len, MREMAP_MAYMOVE |
		    MREMAP_FIXED, at) == at);
		CHECK(at[5] == 3 && at[len - 1] == 0);
		if (i % 40 == 0)
			fork_and_write(area);
	}
	return NULL;
}

static void
test_threads(void)
{
	pthread_t threads[THREADS];

	CHECK(pthread_barrier_init(&all_mapped, NULL, THREADS) == 0);
	for (long i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, change,
		    (void *)(i + 1)) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	ok("threads");
}

/* What a user may lock.  An own process, for it gives up being root. */
static void
locking(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS, rights = PROT_READ;
	struct rlimit limit = { 16 * PAGE, 16 * PAGE };
	char *end, *map;

	CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	if (geteuid() == 0) {
		map = mmap(NULL, 64 * PAGE, rights, flags | MAP_LOCKED, -1, 0);
		CHECK(map != MAP_FAILED && munmap(map, 64 * PAGE) == 0);
		CHECK(setuid(1000) == 0);
	}
	CHECK(mmap(NULL, 8 * PAGE, rights, flags | MAP_LOCKED, -1, 0) !=
	    MAP_FAILED);
	CHECK_FAILS(mmap(NULL, 17 * PAGE, rights, flags | MAP_LOCKED, -1, 0),
	    EAGAIN);
	CHECK(mlockall(MCL_FUTURE) == 0);
	end = sbrk(0);
	CHECK_FAILS(mmap(NULL, 17 * PAGE, rights, flags, -1, 0), EAGAIN);
	CHECK(sbrk(17 * PAGE) == (void *)-1 && sbrk(0) == end);
	CHECK(munlockall() == 0);
	CHECK(mmap(NULL, 17 * PAGE, rights, flags, -1, 0) != MAP_FAILED);
	CHECK(mlockall(MCL_FUTURE) == 0);
	limit.rlim_cur = limit.rlim_max = 0;
	CHECK(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	CHECK_FAILS(mmap(NULL, PAGE, rights, flags, -1, 0), EAGAIN);
	CHECK_FAILS(mmap(NULL, PAGE, rights, flags | MAP_LOCKED, -1, 0),
	    EPERM);
	CHECK_FAILS(mlockall(MCL_FUTURE), EPERM);
	CHECK_FAILS(mlock2(end - PAGE, PAGE, MLOCK_ONFAULT), EPERM);
}

static void
test_locking(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		locking();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_FAILS(mmap(NULL, PAGE, PROT_READ,
	    MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0), EINVAL);
	ok("locked memory");
}

int
main(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};
	char path[] = "/tmp/mappings-XXXXXX", page[PAGE];
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	memset(page, 'x', sizeof(page));
	for (int i = 0; i < PAGES; i++)
		CHECK(write(fd, page, sizeof(page)) == PAGE);
	CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
	CHECK(sigaction(SIGBUS, &action, NULL) == 0);
	test_faults();
	test_holes();
	test_file(fd);
	test_read_only(path);
	test_large();
	test_replace();
	test_pages();
	test_threads();
	test_locking();
	CHECK(unlink(path) == 0);
	return done();
}
