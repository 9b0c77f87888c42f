/* usertests: a disk without room, and without inodes. */
#include "usertests/harness.h"
#include "usertests/tests.h"

/* Larger disks are not filled. */
#define DISK_MAX	(64 * MIB)
#define FILE_MAX	(4 * MIB)
#define DIRECTORY_FILES	64

/* Write files f0, f1, ... until nothing more goes onto the disk.
 * returns: bytes written; *nfiles: how many files there are */
static uint64_t
disk_fill(int *nfiles)
{
	uint64_t total = 0;
	char name[32];

	for (*nfiles = 0; total < DISK_MAX; ++*nfiles) {
		int fd = open(name_make(name, "f", *nfiles), XV6_O_CREATE |
		    XV6_O_WRONLY), len = 0;
		uint64_t size = 0;

		if (fd < 0)
			break;
		for (; size < FILE_MAX; size += (uint64_t)len) {
			len = write(fd, scratch, SCRATCH_BYTES);
			if (len <= 0)
				break;
		}
		close(fd);
		/* Of the write that failed a part may be there. */
		CHECK(file_size(name) >= (long)size &&
		    file_size(name) < (long)size + SCRATCH_BYTES);
		total += (uint64_t)file_size(name);
		if (size == 0) {
			++*nfiles;
			break;
		}
	}
	return total;
}

static void
disk_clear(int nfiles)
{
	char name[32];

	for (int i = 0; i < nfiles; i++)
		CHECK(unlink(name_make(name, "f", i)) == 0);
}

/* All calls that need room fail, and what was there before is there. */
void
test_diskfull(void)
{
	uint64_t total;
	int nfiles, fd, made = 0;
	char name[32];

	file_make("before", 5000);
	total = disk_fill(&nfiles);
	CHECK(total > 0);
	if (total >= DISK_MAX) {
		printf("(the disk is too large to be filled) ");
	} else {
		/* what blocks there are left go into directories */
		while (made < 64 && mkdir(name_make(name, "d", made)) == 0)
			made++;
		CHECK(mkdir(name_make(name, "d", made)) == -1);
		fd = open("f0", XV6_O_WRONLY);
		CHECK(fd >= 0);
		CHECK(write(fd, "again", 5) == 5);	/* has its block */
		close(fd);
	}
	for (int i = 0; i < made; i++)
		CHECK(unlink(name_make(name, "d", i)) == 0);
	CHECK(file_size("before") == 5000);
	fd = open("before", XV6_O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, scratch, 5000) == 5000);
	for (int i = 0; i < 5000; i++)
		CHECK(scratch[i] == pattern_byte(i));
	close(fd);
	CHECK(unlink("before") == 0);
	disk_clear(nfiles);
}

/* Filled, freed and filled again, the disk takes as much the second time. */
void
test_trap31_disk_filled_and_freed(void)
{
	int nfiles;
	uint64_t first = disk_fill(&nfiles), second;

	disk_clear(nfiles);
	second = disk_fill(&nfiles);
	disk_clear(nfiles);
	if (first != second)
		printf("first %lu, second %lu bytes\n", first, second);
	CHECK(first == second);
}

/* Make directories of files until it fails.  returns: files made */
static int
inodes_fill(int most)
{
	char name[32];
	int made = 0;

	while (made < most) {
		int fd;

		if (made % DIRECTORY_FILES == 0) {
			name_make(name, "d", made / DIRECTORY_FILES);
			if (mkdir(name) != 0)
				break;
		}
		snprintf(name, sizeof(name), "d%d/f%d",
		    made / DIRECTORY_FILES, made);
		fd = open(name, XV6_O_CREATE | XV6_O_WRONLY);
		if (fd < 0)
			break;
		close(fd);
		made++;
	}
	return made;
}

static void
inodes_clear(int made)
{
	char name[32];

	for (int i = 0; i < made; i++) {
		snprintf(name, sizeof(name), "d%d/f%d", i / DIRECTORY_FILES,
		    i);
		CHECK(unlink(name) == 0);
	}
	for (int i = 0; i * DIRECTORY_FILES <= made; i++) {
		bool needed = i * DIRECTORY_FILES < made;

		/* the last one may be there without a file */
		CHECK(unlink(name_make(name, "d", i)) == 0 || !needed);
	}
}

/* No inode left: making fails, and after removing one it works again. */
void
test_outofinodes(void)
{
	enum { MOST = 8000 };
	int made = inodes_fill(MOST);

	CHECK(made > 0);
	if (made == MOST) {
		printf("(too many inodes to use them up) ");
	} else {
		CHECK(open("one", XV6_O_CREATE | XV6_O_WRONLY) == -1);
		CHECK(unlink("d0/f0") == 0);
		close(open("d0/f0", XV6_O_CREATE | XV6_O_WRONLY));
		CHECK(file_exists("d0/f0"));
	}
	inodes_clear(made);
}
