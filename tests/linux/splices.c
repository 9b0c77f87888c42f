/*
 * Bytes from file to file: sendfile, splice, tee, vmsplice, copy_file_range;
 * and files' own calls: offsets, appending, holes, many parts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "check.h"

static char bytes[100000], back[200000];

static int
new_file(void)
{
	char path[] = "/tmp/splices-XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0 && unlink(path) == 0);
	return fd;
}

static void
expect_bytes(int fd, off_t offset, const char *expected, size_t len)
{
	CHECK(pread(fd, back, len, offset) == (ssize_t)len);
	CHECK(memcmp(back, expected, len) == 0);
}

static void
test_sendfile(void)
{
	int from = new_file(), to = new_file(), fds[2];
	off_t offset = 1000;

	CHECK(write(from, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(sendfile(to, from, &offset, 50000) == 50000);
	CHECK(offset == 51000 && lseek(from, 0, SEEK_CUR) == sizeof(bytes));
	CHECK(lseek(to, 0, SEEK_CUR) == 50000);
	expect_bytes(to, 0, bytes + 1000, 50000);
	CHECK(lseek(from, 99990, SEEK_SET) == 99990);
	CHECK(sendfile(to, from, NULL, 100) == 10);
	CHECK(lseek(from, 0, SEEK_CUR) == sizeof(bytes));
	CHECK(sendfile(to, from, NULL, 100) == 0);
	CHECK(pipe(fds) == 0);
	CHECK_FAILS(sendfile(to, fds[0], NULL, 1), EINVAL);
	offset = 0;
	CHECK(sendfile(fds[1], from, &offset, 100) == 100 && offset == 100);
	CHECK(read(fds[0], back, 200) == 100);
	close(fds[0]);
	close(fds[1]);
	close(from);
	close(to);
	ok("sendfile");
}

static void
test_splice(void)
{
	int file = new_file(), a[2], b[2];
	loff_t offset = 5;
	ssize_t moved, total = 0;

	CHECK(pipe(a) == 0 && pipe2(b, O_NONBLOCK) == 0);
	CHECK(write(file, bytes, sizeof(bytes)) == sizeof(bytes));
	moved = splice(file, &offset, a[1], NULL, sizeof(bytes), 0);
	CHECK(moved > 0 && moved <= 65536 && offset == 5 + moved);
	/* the other pipe is full before the first is empty: nothing is lost */
	CHECK(write(b[1], bytes, 60000) == 60000);
	for (;;) {
		ssize_t n = splice(a[0], NULL, b[1], NULL, 65536,
		    SPLICE_F_NONBLOCK);

		if (n < 0) {
			CHECK(errno == EAGAIN);
			break;
		}
		total += n;
	}
	CHECK(read(b[0], back, 60000) == 60000);
	for (ssize_t n, at = 0; at < moved; at += n) {
		if (at < total)
			n = read(b[0], back + at, (size_t)(total - at));
		else
			n = read(a[0], back + at, (size_t)(moved - at));
		CHECK(n > 0);
	}
	CHECK(memcmp(back, bytes + 5, (size_t)moved) == 0);
	CHECK(write(a[1], "0123456789", 10) == 10);
	CHECK(tee(a[0], b[1], 100, 0) == 10);
	offset = 200000;
	CHECK(splice(a[0], NULL, file, &offset, 100, 0) == 10);
	CHECK(offset == 200010 && read(b[0], back, 20) == 10);
	expect_bytes(file, 200000, "0123456789", 10);
	CHECK_FAILS(splice(file, NULL, file, NULL, 10, 0), EINVAL);
	CHECK_FAILS(splice(a[0], &offset, file, NULL, 10, 0), ESPIPE);
	CHECK_FAILS(splice(a[0], NULL, a[1], NULL, 10, 0), EINVAL);
	CHECK_FAILS(splice(b[0], NULL, a[1], NULL, 10, 0), EAGAIN);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	close(file);
	ok("splice");
}

static void
test_copy_range(void)
{
	int from = new_file(), to = new_file(), fds[2];
	loff_t in = 10, out = 20;

	CHECK(write(from, bytes, 50000) == 50000);
	CHECK(copy_file_range(from, &in, to, &out, 40000, 0) == 40000);
	CHECK(in == 40010 && out == 40020);
	expect_bytes(to, 20, bytes + 10, 40000);
	CHECK(copy_file_range(from, &in, to, &out, 40000, 0) == 9990);
	in = 0, out = 50;
	CHECK_FAILS(copy_file_range(from, &in, from, &out, 100, 0), EINVAL);
	CHECK_FAILS(copy_file_range(from, &in, to, &out, 100, 1), EINVAL);
	CHECK(pipe(fds) == 0);
	CHECK_FAILS(copy_file_range(fds[0], NULL, to, &out, 1, 0), EINVAL);
	close(fds[0]);
	close(fds[1]);
	close(from);
	close(to);
	ok("copy_file_range");
}

static void
test_offsets(void)
{
	struct iovec parts[3] = {
		{ bytes, 10 }, { bytes + 100, 0 }, { bytes + 200, 20 },
	};
	int fd = new_file(), copy = dup(fd);

	CHECK(writev(fd, parts, 3) == 30 && lseek(copy, 0, SEEK_CUR) == 30);
	CHECK(pwrite(fd, "abc", 3, 100) == 3 && lseek(fd, 0, SEEK_CUR) == 30);
	CHECK(lseek(fd, -3, SEEK_END) == 100);
	CHECK(read(fd, back, 10) == 3 && memcmp(back, "abc", 3) == 0);
	CHECK(pread(fd, back, 10, 95) == 8 && memcmp(back, "\0\0\0\0\0abc", 8) == 0);
	CHECK_FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_FAILS(lseek(fd, 0, 99), EINVAL);
	CHECK_FAILS(pread(fd, back, 1, -1), EINVAL);
	CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0);
	CHECK(fcntl(copy, F_GETFL) & O_APPEND);
	CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "end", 3) == 3);
	CHECK(lseek(fd, 0, SEEK_CUR) == 106);
	expect_bytes(fd, 103, "end", 3);
	CHECK(ftruncate(fd, 1 << 20) == 0);
	CHECK(lseek(fd, 0, SEEK_DATA) == 0);
	CHECK(lseek(fd, 0, SEEK_HOLE) > 0);
	CHECK_FAILS(lseek(fd, 1 << 20, SEEK_DATA), ENXIO);
	close(fd);
	close(copy);
	ok("offsets");
}

/* Appends of many processes are whole and none is lost. */
static void
test_appends(void)
{
	enum { WRITERS = 4, EACH = 100, BYTES = 300 };
	char path[] = "/tmp/splices-XXXXXX", record[BYTES];
	int fd = mkstemp(path), seen[WRITERS] = { 0 };

	CHECK(fd >= 0);
	for (int w = 0; w < WRITERS; w++) {
		if (fork() != 0)
			continue;
		fd = open(path, O_WRONLY | O_APPEND);
		memset(record, 'a' + w, BYTES);
		for (int i = 0; i < EACH; i++)
			CHECK(write(fd, record, BYTES) == BYTES);
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;

		CHECK(wait(&status) > 0 && status == 0);
	}
	for (int i = 0; i < WRITERS * EACH; i++) {
		CHECK(read(fd, record, BYTES) == BYTES);
		for (int j = 1; j < BYTES; j++)
			CHECK(record[j] == record[0]);
		seen[record[0] - 'a']++;
	}
	CHECK(read(fd, record, 1) == 0);
	for (int w = 0; w < WRITERS; w++)
		CHECK(seen[w] == EACH);
	CHECK(close(fd) == 0 && unlink(path) == 0);
	ok("appends");
}

static void
test_path_only(void)
{
	int fd = open("/tmp", O_PATH);
	struct stat stat;
	char byte;

	CHECK(fd >= 0 && fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode));
	CHECK_FAILS(read(fd, &byte, 1), EBADF);
	CHECK_FAILS(lseek(fd, 0, SEEK_SET), EBADF);
	CHECK_FAILS(fchmod(fd, 0777), EBADF);
	CHECK(fcntl(fd, F_GETFL) & O_PATH);
	close(fd);
	ok("path only");
}

static void
test_descriptors(void)
{
	int fd = new_file(), high;

	CHECK_FAILS(dup2(fd, 1 << 20), EBADF);
	high = fcntl(fd, F_DUPFD_CLOEXEC, 700);
	CHECK(high == 700 && fcntl(high, F_GETFD) == FD_CLOEXEC);
	CHECK(fcntl(fd, F_DUPFD, 700) == 701);
	CHECK(dup2(fd, 900) == 900 && fcntl(900, F_GETFD) == 0);
	CHECK(dup2(fd, fd) == fd);
	CHECK_FAILS(dup3(fd, fd, 0), EINVAL);
	CHECK(close_range(700, 950, 0) == 0);
	CHECK_FAILS(fcntl(900, F_GETFD), EBADF);
	close(fd);
	CHECK_FAILS(close(fd), EBADF);
	CHECK_FAILS(dup(fd), EBADF);
	ok("descriptors");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 256);
	test_sendfile();
	test_splice();
	test_copy_range();
	test_offsets();
	test_appends();
	test_path_only();
	test_descriptors();
	return done();
}
