/*
 * The bytes of files, on the disk and on a tmpfs: what read, write and
 * mappings share, what truncating clears, holes, a tmpfs that is full, seals.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "check.h"

#define NBYTES	20000
#define LARGE	5000000000l

static sigjmp_buf faulted;

static void
on_bus_error(int signo)
{
	siglongjmp(faulted, signo);
}

static int
is_zero(const char *bytes, size_t from, size_t to)
{
	while (from < to && bytes[from] == 0)
		from++;
	return from == to;
}

static void
fill(char *bytes)
{
	for (int i = 0; i < NBYTES; i++)
		bytes[i] = (char)(i * 7 + i / 256 + 1);
}

/* One file, seen through a mapping and through read and write. */
static void
test_mapping(const char *path)
{
	static char bytes[NBYTES], back[NBYTES];
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	char *map;

	fill(bytes);
	CHECK(fd >= 0 && write(fd, bytes, NBYTES) == NBYTES);
	map = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED && memcmp(map, bytes, NBYTES) == 0);
	CHECK(is_zero(map, NBYTES, 5 * 4096));
	map[5] = 99;
	map[NBYTES + 1] = 1;			/* behind the end: of no file */
	CHECK(pread(fd, back, 10, 0) == 10 && back[5] == 99);
	CHECK(pwrite(fd, "hello", 5, 4094) == 5);
	CHECK(memcmp(map + 4094, "hello", 5) == 0);
	CHECK(msync(map, 5 * 4096, MS_SYNC) == 0 && fsync(fd) == 0);
	CHECK(ftruncate(fd, NBYTES + 100) == 0 && map[NBYTES + 1] == 0);
	CHECK(ftruncate(fd, 5000) == 0 && ftruncate(fd, 9000) == 0);
	CHECK(pread(fd, back, NBYTES, 0) == 9000 && back[5] == 99);
	CHECK(is_zero(back, 5000, 9000) && back[4999] == bytes[4999]);
	CHECK(unlink(path) == 0);
	map[4096] = 42;
	CHECK(munmap(map, 5 * 4096) == 0);
	CHECK(pread(fd, back, 1, 4096) == 1 && back[0] == 42);
	CHECK(close(fd) == 0);
}

static void
test_holes(const char *path)
{
	static char back[8192];
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

	CHECK(pwrite(fd, "x", 1, 5000) == 1 && pwrite(fd, "end", 3, LARGE) == 3);
	CHECK(fstat(fd, &st) == 0 && st.st_size == LARGE + 3);
	CHECK(st.st_blocks < 200);
	CHECK(lseek(fd, 10000, SEEK_DATA) == LARGE / 4096 * 4096 ||
	    lseek(fd, 10000, SEEK_DATA) == LARGE / 1024 * 1024);
	CHECK(lseek(fd, 5000, SEEK_HOLE) <= 8192);
	CHECK_FAILS(lseek(fd, LARGE + 3, SEEK_DATA), ENXIO);
	CHECK(fallocate(fd, 0, 100000, 50000) == 0);
	CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096,
	    LARGE) == 0);
	CHECK(pread(fd, back, sizeof(back), 0) == sizeof(back));
	CHECK(is_zero(back, 0, sizeof(back)));
	CHECK_FAILS(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096),
	    EOPNOTSUPP);
	CHECK(ftruncate(fd, 3000) == 0);
	CHECK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 2000, 6000) == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_size == 8000);
	CHECK(close(fd) == 0 && unlink(path) == 0);
}

/* A file without a name lasts while it is open, or until it gets one. */
static void
test_unnamed(const char *folder)
{
	char path[64], self[64], back[4];
	struct stat st;
	int fd, again;

	snprintf(path, sizeof(path), "%s/named", folder);
	fd = open(folder, O_TMPFILE | O_RDWR, 0640);
	CHECK(fd >= 0 && write(fd, "abc", 3) == 3);
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 0 && st.st_size == 3);
	CHECK((st.st_mode & 0777) == 0640 && S_ISREG(st.st_mode));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	CHECK(linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0);
	CHECK(fstat(fd, &st) == 0 && st.st_nlink == 1);
	again = open(path, O_RDONLY);
	CHECK(again >= 0 && read(again, back, 4) == 3 && back[2] == 'c');
	CHECK(close(again) == 0 && unlink(path) == 0);
	/* What had a name and lost it gets none again. */
	CHECK_FAILS(linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH), ENOENT);
	CHECK(close(fd) == 0);
	fd = open(folder, O_TMPFILE | O_WRONLY, 0600);
	CHECK(fd >= 0);
	CHECK(linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0);
	CHECK(close(fd) == 0 && unlink(path) == 0);
	fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL, 0600);
	CHECK(fd >= 0);
	CHECK_FAILS(linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH), ENOENT);
	CHECK(close(fd) == 0);
	CHECK_FAILS(open(folder, O_TMPFILE | O_RDONLY, 0600), EINVAL);
	CHECK_FAILS(open("nothing", O_TMPFILE | O_RDWR, 0600), ENOENT);
}

/* Reading by O_NOATIME leaves no trace. */
static void
test_access_time(const char *path)
{
	const struct timespec old[2] = { { .tv_sec = 5 }, { .tv_sec = 9 } };
	struct stat st;
	char byte;
	int fd = open(path, O_RDWR | O_CREAT | O_NOATIME, 0600), again;

	again = open(path, O_RDONLY);
	CHECK(fd >= 0 && again >= 0 && write(fd, "x", 1) == 1);
	CHECK(futimens(fd, old) == 0 && pread(fd, &byte, 1, 0) == 1);
	CHECK(fstat(fd, &st) == 0 && st.st_atime == 5);
	CHECK(fcntl(again, F_SETFL, O_NOATIME) == 0);
	CHECK(read(again, &byte, 1) == 1 && fstat(fd, &st) == 0);
	CHECK(st.st_atime == 5);
	CHECK(fcntl(again, F_SETFL, 0) == 0 && pread(again, &byte, 1, 0) == 1);
	CHECK(fstat(fd, &st) == 0 && st.st_atime > 5);
	CHECK(close(fd) == 0 && close(again) == 0 && unlink(path) == 0);
}

static void
test_full(void)
{
	static char page[4096];
	struct statfs fs;
	volatile int touched = 0;
	int fd = open("memory/full", O_RDWR | O_CREAT, 0600), npages = 0;
	char *map;

	while (write(fd, page, sizeof(page)) == sizeof(page))
		npages++;
	CHECK(errno == ENOSPC && npages == 64);
	CHECK(statfs("memory", &fs) == 0 && fs.f_blocks == 64 && fs.f_bfree == 0);
	CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, 128 * 4096) == 0);
	map = mmap(NULL, 128 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(faulted, 1) == 0) {
		for (; touched < 128; touched++)
			((volatile char *)map)[touched * 4096] = 1;
	}
	CHECK(touched == 64);
	CHECK(munmap(map, 128 * 4096) == 0 && unlink("memory/full") == 0);
	CHECK(close(fd) == 0);
	CHECK(statfs("memory", &fs) == 0 && fs.f_bfree == 64);
}

static void
test_seals(void)
{
	int fd = memfd_create("test", MFD_ALLOW_SEALING);
	char *map;

	CHECK(fd >= 0 && ftruncate(fd, 8192) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
	CHECK_FAILS(ftruncate(fd, 8193), EPERM);
	CHECK(ftruncate(fd, 4096) == 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	CHECK_FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(map, 4096) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL) == 0);
	CHECK_FAILS(write(fd, "x", 1), EPERM);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	    MAP_FAILED && errno == EPERM);
	CHECK_FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), EPERM);
	CHECK(fcntl(fd, F_GET_SEALS) ==
	    (F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
	CHECK(close(fd) == 0);
}

/* Writing what cannot be read to its end, and what is the file itself. */
static void
test_sources(const char *path)
{
	static char zeros[4096];
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	char *from = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), back[3 * 4096], *map;

	CHECK(fd >= 0 && from != MAP_FAILED);
	memset(from, 'a', 4 * 4096);
	CHECK(mprotect(from + 4096, 4096, PROT_NONE) == 0);
	CHECK_FAILS(write(fd, from + 4096, 4096), EFAULT);
	CHECK(lseek(fd, 0, SEEK_END) == 0);
	/* Of the second page of the file, what came is all there is. */
	CHECK(pwrite(fd, from + 1, 8192, 3000) == 4095);
	CHECK(pread(fd, back, sizeof(back), 0) == 3000 + 4095);
	CHECK(is_zero(back, 0, 3000) && back[3000] == 'a' &&
	    back[3000 + 4094] == 'a');
	CHECK(ftruncate(fd, 3 * 4096) == 0);
	CHECK(pread(fd, back, sizeof(back), 0) == sizeof(back));
	CHECK(is_zero(back, 3000 + 4095, sizeof(back)));
	/* A whole page over what is there, and over what is not. */
	CHECK(pwrite(fd, from + 2 * 4096, 2 * 4096, 4096) == 2 * 4096);
	CHECK(pread(fd, back, sizeof(back), 0) == sizeof(back));
	CHECK(back[4096] == 'a' && back[sizeof(back) - 1] == 'a');
	/* From a mapping of itself: pages of its own, holes, the end. */
	map = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	CHECK(pwrite(fd, map + 1000, 8192, 4 * 4096) == 8192);
	CHECK(pread(fd, back, 8192, 4 * 4096) == 8192);
	CHECK(memcmp(back, map + 1000, 8192) == 0);
	CHECK(ftruncate(fd, 0) == 0 && ftruncate(fd, 4 * 4096) == 0);
	CHECK(pwrite(fd, map, 2 * 4096, 4096) == 2 * 4096);
	CHECK(pwrite(fd, map + 4096, 4096, 4096) == 4096);
	CHECK(memcmp(map, zeros, 4096) == 0 &&
	    memcmp(map + 2 * 4096, zeros, 4096) == 0);
	CHECK(ftruncate(fd, 100) == 0);
	CHECK_FAILS(write(fd, map + 4096, 4096), EFAULT);
	CHECK(munmap(map, 4 * 4096) == 0 && munmap(from, 4 * 4096) == 0);
	CHECK(close(fd) == 0 && unlink(path) == 0);
}

/* A long file cut short, some of its pages mapped, and made long again. */
static void
test_cut(int fd)
{
	const int npages = 400, left = 10;
	static char page[4096], back[4096];
	struct stat stat;
	char *map;

	CHECK(fd >= 0);
	memset(page, 'e', sizeof(page));
	for (int i = 0; i < npages; i++)
		CHECK(write(fd, page, 4096) == 4096);
	map = mmap(NULL, npages * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	CHECK(map != MAP_FAILED);
	map[200 * 4096] = map[5 * 4096] = 'f';
	CHECK(ftruncate(fd, left * 4096) == 0);
	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(faulted, 1) == 0) {
		map[200 * 4096] = 'g';
		CHECK(!"written behind the end");
	}
	CHECK(fstat(fd, &stat) == 0 && stat.st_blocks <= (left + 2) * 8);
	CHECK(ftruncate(fd, npages * 4096) == 0);
	CHECK(map[200 * 4096] == 0 && map[5 * 4096] == 'f');
	for (int i = 0; i < npages; i++) {
		CHECK(pread(fd, back, 4096, i * 4096) == 4096);
		CHECK(i < left ? back[4095] == 'e' : is_zero(back, 0, 4096));
	}
	CHECK(munmap(map, npages * 4096) == 0);
	/* The same with nothing mapped, and most of it holes. */
	CHECK(ftruncate(fd, LARGE) == 0 && ftruncate(fd, 4096) == 0);
	CHECK(pwrite(fd, page, 4096, LARGE) == 4096 && ftruncate(fd, 0) == 0);
	CHECK(fstat(fd, &stat) == 0 && stat.st_blocks == 0);
	CHECK(close(fd) == 0);
}

/* Pages that are there can be written when no more can be had. */
static void
test_full_pages(void)
{
	static char page[4096], back[4096];
	int fd = open("memory/full", O_RDWR | O_CREAT, 0600);
	struct statfs stat;
	off_t size = 0;
	char *map;

	memset(page, 'b', sizeof(page));
	CHECK(fd >= 0 && ftruncate(fd, 1 << 20) == 0);
	/* Those of a hole that is mapped count, too. */
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	map[4095] = 'c';
	CHECK(pwrite(fd, page, 4096, 0) == 4096 && map[4095] == 'b');
	while (pwrite(fd, page, 4096, size) == 4096)
		size += 4096;
	CHECK(errno == ENOSPC && size == 256 * 1024);
	CHECK(statfs("memory", &stat) == 0 && stat.f_bfree == 0);
	page[7] = 'd';
	CHECK(pwrite(fd, page, 4096, size - 4096) == 4096);
	CHECK(pread(fd, back, 4096, size - 4096) == 4096);
	CHECK(memcmp(page, back, 4096) == 0);
	CHECK_FAILS(pwrite(fd, page, 300, size), ENOSPC);
	CHECK(munmap(map, 4096) == 0 && close(fd) == 0);
	CHECK(unlink("memory/full") == 0);
	CHECK(statfs("memory", &stat) == 0 && stat.f_bfree == stat.f_blocks);
}

int
main(void)
{
	CHECK(mkdir("/contents.d", 0700) == 0 && chdir("/contents.d") == 0);
	CHECK(mkdir("memory", 0700) == 0);
	CHECK(mount("test", "memory", "tmpfs", 0, "size=256k") == 0);
	test_mapping("file");
	test_mapping("memory/file");
	ok("mappings");
	test_holes("file");
	test_holes("memory/file");
	ok("holes");
	test_unnamed(".");
	test_unnamed("memory");
	ok("files without a name");
	test_access_time("file");
	test_access_time("memory/file");
	ok("times of access");
	test_sources("file");
	test_sources("memory/file");
	ok("sources");
	test_cut(open("file", O_RDWR | O_CREAT | O_EXCL, 0600));
	test_cut(memfd_create("cut", 0));
	CHECK(unlink("file") == 0);
	ok("cutting");
	test_full();
	test_full_pages();
	ok("a full tmpfs");
	test_seals();
	ok("seals");
	CHECK(umount("memory") == 0 && rmdir("memory") == 0);
	CHECK(chdir("/") == 0 && rmdir("/contents.d") == 0);
	return done();
}
