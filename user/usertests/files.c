/* usertests: the contents of files. */
#include "usertests/harness.h"
#include "usertests/tests.h"

#define NEW	(XV6_O_CREATE | XV6_O_WRONLY)

static int
open_checked(const char *path, int flags)
{
	int fd = open(path, flags);

	CHECK(fd >= 0);
	return fd;
}

/* Truncation is seen through descriptors that were open before; each keeps
 * its offset. */
void
test_truncate1(void)
{
	int out = open_checked("t", NEW | XV6_O_TRUNC), early, late;

	CHECK(write(out, "abcd", 4) == 4);
	close(out);
	early = open_checked("t", XV6_O_RDONLY);
	CHECK(read(early, scratch, 32) == 4);
	out = open_checked("t", XV6_O_WRONLY | XV6_O_TRUNC);
	late = open_checked("t", XV6_O_RDONLY);
	CHECK(read(late, scratch, 32) == 0);
	CHECK(read(early, scratch, 32) == 0);
	CHECK(write(out, "abcdef", 6) == 6);
	CHECK(read(late, scratch, 32) == 6);
	CHECK(read(early, scratch, 32) == 2);
	CHECK(memcmp(scratch, "ef", 2) == 0);
	CHECK(unlink("t") == 0);
}

/* A file cannot be written past its end: an offset that a truncation left
 * behind fails. */
void
test_truncate2(void)
{
	int out = open_checked("t", NEW | XV6_O_TRUNC), again;

	CHECK(write(out, "abcd", 4) == 4);
	again = open_checked("t", XV6_O_TRUNC);
	CHECK(write(out, "x", 1) == -1);
	close(out);
	close(again);
	CHECK(unlink("t") == 0);
}

/* One process truncates what another writes and reads. */
void
test_truncate3(void)
{
	int pid, fd;

	close(open_checked("t", NEW | XV6_O_TRUNC));
	pid = fork_checked();
	if (pid == 0) {
		for (int i = 0; i < 100; i++) {
			fd = open_checked("t", XV6_O_WRONLY);
			CHECK(write(fd, "1234567890", 10) == 10);
			close(fd);
			fd = open_checked("t", XV6_O_RDONLY);
			CHECK(read(fd, scratch, 32) >= 0);
			close(fd);
		}
		exit(0);
	}
	for (int i = 0; i < 150; i++) {
		fd = open_checked("t", NEW | XV6_O_TRUNC);
		CHECK(write(fd, "xxx", 3) == 3);
		close(fd);
	}
	CHECK(wait_for(pid) == 0);
	CHECK(unlink("t") == 0);
}

void
test_opentest(void)
{
	close(open_checked(ECHO, XV6_O_RDONLY));
	CHECK(open("doesnotexist", XV6_O_RDONLY) == -1);
	CHECK(open("doesnotexist/x", NEW) == -1);
	CHECK(close(77) == -1);
	CHECK(close(-1) == -1);
	CHECK(dup(15) == -1);
	CHECK(read(15, scratch, 1) == -1);
	CHECK(write(15, scratch, 1) == -1);
}

/* Many small writes, read at once; descriptors only do what they were opened
 * for. */
void
test_writetest(void)
{
	int fd = open_checked("small", XV6_O_CREATE | XV6_O_RDWR);

	for (int i = 0; i < 100; i++) {
		CHECK(write(fd, "aaaaaaaaaa", 10) == 10);
		CHECK(write(fd, "bbbbbbbbbb", 10) == 10);
	}
	close(fd);
	fd = open_checked("small", XV6_O_RDONLY);
	CHECK(read(fd, scratch, SCRATCH_BYTES) == 2000);
	CHECK(scratch[0] == 'a' && scratch[1999] == 'b');
	CHECK(write(fd, "x", 1) == -1);
	close(fd);
	fd = open_checked("small", XV6_O_WRONLY);
	CHECK(read(fd, scratch, 1) == -1);
	close(fd);
	CHECK(unlink("small") == 0);
}

#define BIG_BLOCKS	268		/* the longest file of xv6 */

void
test_writebig(void)
{
	int fd = open_checked("big", XV6_O_CREATE | XV6_O_RDWR), i;

	for (i = 0; i < BIG_BLOCKS; i++) {
		*(int *)scratch = i;
		CHECK(write(fd, scratch, 1024) == 1024);
	}
	close(fd);
	fd = open_checked("big", XV6_O_RDONLY);
	for (i = 0; read(fd, scratch, 1024) == 1024; i++)
		CHECK(*(int *)scratch == i);
	CHECK(i == BIG_BLOCKS);
	close(fd);
	CHECK(unlink("big") == 0);
}

/* Many creations and removals. */
void
test_createtest(void)
{
	char name[32];

	for (int i = 0; i < 52; i++)
		close(open_checked(name_make(name, "a", i), XV6_O_CREATE |
		    XV6_O_RDWR));
	for (int i = 0; i < 52; i++)
		CHECK(unlink(name_make(name, "a", i)) == 0);
}

/* Writes of every odd size up to a dozen blocks. */
void
test_bigwrite(void)
{
	for (int len = 499; len < 12 * 1024; len += 471) {
		int fd = open_checked("bigwrite", NEW);

		for (int i = 0; i < 2; i++)
			CHECK(write(fd, scratch, len) == len);
		close(fd);
		CHECK(file_size("bigwrite") == 2 * len);
		CHECK(unlink("bigwrite") == 0);
	}
}

/* Written in pieces of one size, read in pieces of another. */
void
test_bigfile(void)
{
	enum { PIECES = 20, PIECE = 600 };
	int fd = open_checked("bigfile", NEW), total = 0, len;

	for (int i = 0; i < PIECES; i++) {
		memset(scratch, i, PIECE);
		CHECK(write(fd, scratch, PIECE) == PIECE);
	}
	close(fd);
	fd = open_checked("bigfile", XV6_O_RDONLY);
	while ((len = read(fd, scratch, PIECE / 2)) != 0) {
		CHECK(len == PIECE / 2);
		CHECK(scratch[0] == total / PIECE);
		CHECK(scratch[len - 1] == total / PIECE);
		total += len;
	}
	CHECK(total == PIECES * PIECE);
	close(fd);
	CHECK(unlink("bigfile") == 0);
}

/* Two processes write through one offset: nothing is written over. */
void
test_sharedfd(void)
{
	enum { WRITES = 500, LEN = 10 };
	int fd = open_checked("sharedfd", XV6_O_CREATE | XV6_O_RDWR);
	int pid = fork_checked(), count[2] = { 0, 0 }, len;

	memset(scratch, pid == 0 ? 'c' : 'p', LEN);
	for (int i = 0; i < WRITES; i++)
		CHECK(write(fd, scratch, LEN) == LEN);
	if (pid == 0)
		exit(0);
	CHECK(wait_for(pid) == 0);
	close(fd);
	fd = open_checked("sharedfd", XV6_O_RDONLY);
	while ((len = read(fd, scratch, LEN)) > 0) {
		CHECK(len == LEN && memcmp(scratch, scratch + 1, LEN - 1) == 0);
		CHECK(scratch[0] == 'c' || scratch[0] == 'p');
		count[scratch[0] == 'c']++;
	}
	CHECK(count[0] == WRITES && count[1] == WRITES);
	close(fd);
	CHECK(unlink("sharedfd") == 0);
}

/* Four processes write four files at the same time. */
void
test_fourfiles(void)
{
	enum { WRITES = 12, LEN = 500 };
	char name[32];

	for (int child = 0; child < 4; child++) {
		if (fork_checked() == 0) {
			int fd = open_checked(name_make(name, "f", child),
			    XV6_O_CREATE | XV6_O_RDWR);

			memset(scratch, '0' + child, LEN);
			for (int i = 0; i < WRITES; i++)
				CHECK(write(fd, scratch, LEN) == LEN);
			exit(0);
		}
	}
	for (int child = 0; child < 4; child++)
		CHECK(wait_status() == 0);
	for (int child = 0; child < 4; child++) {
		int fd = open_checked(name_make(name, "f", child),
		    XV6_O_RDONLY);

		CHECK(read(fd, scratch, SCRATCH_BYTES) == WRITES * LEN);
		for (int i = 0; i < WRITES * LEN; i++)
			CHECK(scratch[i] == '0' + child);
		close(fd);
		CHECK(unlink(name) == 0);
	}
}

/* Four processes make and remove files of one directory. */
static void
createdelete_child(int child)
{
	char prefix[2] = { (char)('p' + child), '\0' }, name[32];

	for (int i = 0; i < 20; i++) {
		close(open_checked(name_make(name, prefix, i), NEW));
		if (i % 2 == 0 && i > 0)
			CHECK(unlink(name_make(name, prefix, i / 2)) == 0);
	}
	exit(0);
}

void
test_createdelete(void)
{
	char name[32];

	for (int child = 0; child < 4; child++) {
		if (fork_checked() == 0)
			createdelete_child(child);
	}
	for (int child = 0; child < 4; child++)
		CHECK(wait_status() == 0);
	for (int child = 0; child < 4; child++) {
		char prefix[2] = { (char)('p' + child), '\0' };

		for (int i = 0; i < 20; i++) {
			bool there = i == 0 || i >= 10;

			name_make(name, prefix, i);
			CHECK(file_exists(name) == there);
			if (there)
				CHECK(unlink(name) == 0);
		}
	}
}

/* Four processes write and remove, over and over. */
void
test_manywrites(void)
{
	char name[32];

	for (int child = 0; child < 4; child++) {
		if (fork_checked() != 0)
			continue;
		name_make(name, "m", child);
		for (int round = 0; round < 20; round++) {
			for (int i = 0; i <= child; i++) {
				int fd = open_checked(name, XV6_O_CREATE |
				    XV6_O_RDWR);

				CHECK(write(fd, scratch, 520) == 520);
				close(fd);
			}
			CHECK(unlink(name) == 0);
		}
		exit(0);
	}
	for (int child = 0; child < 4; child++)
		CHECK(wait_status() == 0);
}

/* Write everything back, over and over, at no regular times. */
static _Noreturn void
sync_forever(void)
{
	uint64_t state = 1;

	for (;;) {
		uint64_t pause = random_next(&state) % 50000;

		for (volatile uint64_t i = 0; i < pause; i++)
			continue;
		CHECK(sync() == 0);
	}
}

/* What is just being deleted is not looked at by who writes files back, nor
 * kept for that. */
void
test_syncunlink(void)
{
	int pid = fork_checked();

	if (pid == 0)
		sync_forever();
	for (int round = 0; round < 1000; round++) {
		int fd = open_checked("s", NEW);

		CHECK(write(fd, scratch, 3000) == 3000);
		close(fd);
		CHECK(unlink("s") == 0);
	}
	CHECK(kill(pid) == 0);
	CHECK(wait_status() == -1);
}
