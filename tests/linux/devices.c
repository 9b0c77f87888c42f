/* What stands in /dev: null, zero, full, random, the disk, and their names. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "check.h"

/* Nothing is mapped there, which the compiler need not know. */
static void *volatile nowhere = (void *)8;

static int
open_device(const char *name, int flags)
{
	int fd = open(name, flags);

	CHECK(fd >= 0);
	return fd;
}

static int
is_zero(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return 0;
	return 1;
}

static void
test_memory(void)
{
	int null = open_device("/dev/null", O_RDWR);
	int zero = open_device("/dev/zero", O_RDWR);
	int full = open_device("/dev/full", O_RDWR);
	static char bytes[100000];
	char *map;

	CHECK(read(null, bytes, sizeof(bytes)) == 0);
	CHECK(write(null, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(lseek(null, 100, SEEK_SET) == 0);
	memset(bytes, 'x', sizeof(bytes));
	CHECK(read(zero, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(is_zero(bytes, sizeof(bytes)));
	CHECK(write(zero, bytes, 5) == 5);
	CHECK_FAILS(read(zero, nowhere, 100), EFAULT);
	CHECK(read(full, bytes, 10) == 10 && is_zero(bytes, 10));
	CHECK_FAILS(write(full, bytes, 1), ENOSPC);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	CHECK(map != MAP_FAILED && is_zero(map, 8192));
	map[5000] = 1;
	CHECK(munmap(map, 8192) == 0);
	CHECK_FAILS(ioctl(null, BLKGETSIZE64, bytes), ENOTTY);
	close(null);
	close(zero);
	close(full);
	ok("memory");
}

static void
test_random(void)
{
	int fd = open_device("/dev/urandom", O_RDWR);
	unsigned char bytes[4096], more[4096];
	int seen[256] = { 0 }, missing = 0;

	CHECK(read(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(read(fd, more, sizeof(more)) == sizeof(more));
	CHECK(memcmp(bytes, more, sizeof(bytes)) != 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		seen[bytes[i]] = 1;
	for (int i = 0; i < 256; i++)
		missing += !seen[i];
	CHECK(missing < 3);
	CHECK(write(fd, bytes, 100) == 100);
	CHECK(getrandom(bytes, 100, 0) == 100);
	CHECK(getrandom(bytes, 100, GRND_NONBLOCK | GRND_RANDOM) == 100);
	CHECK_FAILS(getrandom(nowhere, 100, 0), EFAULT);
	CHECK_FAILS(getrandom(bytes, 100, 0x80), EINVAL);
	close(fd);
	ok("random");
}

static void
test_names(void)
{
	char text[64];
	struct stat stat_null, stat_disk;
	uint64_t nbytes;
	int fd;

	CHECK(stat("/dev/null", &stat_null) == 0 && S_ISCHR(stat_null.st_mode));
	CHECK(stat_null.st_rdev == makedev(1, 3));
	CHECK((stat_null.st_mode & 07777) == 0666);
	CHECK(readlink("/dev/stdin", text, sizeof(text)) == 15);
	CHECK(stat("/dev/vda", &stat_disk) == 0 && S_ISBLK(stat_disk.st_mode));
	fd = open_device("/dev/vda", O_RDONLY);
	CHECK(ioctl(fd, BLKGETSIZE64, &nbytes) == 0 && nbytes >= 1 << 20);
	CHECK(lseek(fd, 1080, SEEK_SET) == 1080);
	/* ext2's magic number, at the superblock's byte 56. */
	CHECK(read(fd, text, 2) == 2 && text[0] == 0x53);
	CHECK(lseek(fd, 0, SEEK_END) == (off_t)nbytes);
	CHECK(read(fd, text, 2) == 0);
	CHECK_FAILS(open("/dev/vda", O_RDWR), EBUSY);
	close(fd);
	CHECK(mknod("/nobody", S_IFCHR | 0600, makedev(200, 1)) == 0);
	CHECK_FAILS(open("/nobody", O_RDONLY), ENXIO);
	CHECK(unlink("/nobody") == 0);
	ok("names");
}

int
main(void)
{
	mkdir("/dev", 0755);
	if (access("/dev/null", F_OK) != 0)
		CHECK(mount("dev", "/dev", "devtmpfs", 0, "") == 0);
	test_memory();
	test_random();
	test_names();
	return done();
}
