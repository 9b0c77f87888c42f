/* usertests: children with an expected end, memory, files, barriers. */
#include "usertests/harness.h"

char scratch[SCRATCH_BYTES] __attribute__((aligned(4096)));

/*
 * The end of user memory and above it; where xv6 has its trampoline; the
 * middle that no Sv39 address reaches; the kernel's direct map, devices,
 * stacks and image; RAM's physical address; the last ones of all.
 */
const uintptr_t hostile_addresses[] = {
	0x80000000,
	0x3fffffe000,
	0x3ffffff000,
	0x3ffffffff8,
	0x4000000000,
	0x4000001000,
	0x7fffffffff,
	0x8000000000,
	0x8000001000,
	0x10000000000,
	0x7fffffffffffffff,
	0x8000000000000000,
	0xeaeb0b5b00002f5e,
	0xffffffbffffff000,
	0xffffffc000000000,
	0xffffffc080200000,
	0xffffffe000000000,
	0xfffffff000000000,
	0xffffffff80000000,
	0xfffffffffffff000,
	0xffffffffffffffff,
};
const int nhostile_addresses =
    sizeof(hostile_addresses) / sizeof(hostile_addresses[0]);

int
fork_checked(void)
{
	int pid = fork();

	CHECK(pid >= 0);
	return pid;
}

int
child_status(void (*body)(uintptr_t), uintptr_t argument, bool *killed)
{
	int pid = fork_checked(), status = 0, by_kill = 0;

	if (pid == 0) {
		body(argument);
		exit(0);
	}
	CHECK(wait_killed(&status, &by_kill) == pid);
	if (killed != NULL)
		*killed = by_kill != 0;
	else
		CHECK(!by_kill);
	return status;
}

bool
child_is_killed(void (*body)(uintptr_t), uintptr_t argument)
{
	bool killed;
	int status = child_status(body, argument, &killed);

	if (!killed || status != -1)
		printf("address or argument %p: status %d\n",
		    (void *)argument, status);
	return killed && status == -1;
}

bool
child_ends_well(void (*body)(uintptr_t), uintptr_t argument)
{
	bool killed;
	int status = child_status(body, argument, &killed);

	return killed ? status == -1 : status == 0;
}

void
byte_load(uintptr_t address)
{
	(void)*(volatile char *)address;
}

void
byte_store(uintptr_t address)
{
	*(volatile char *)address = 10;
}

char *
break_align(void)
{
	uintptr_t off = (uintptr_t)sbrk(0) % PAGE;

	if (off != 0)
		CHECK(sbrk((int)(PAGE - off)) != (char *)-1);
	return sbrk(0);
}

char *
pages_grow(uint64_t npages)
{
	char *start = break_align();

	CHECK(sbrk((int)(npages * PAGE)) == start);
	return start;
}

void
pages_shrink(uint64_t npages)
{
	char *end = sbrk(0);

	CHECK(sbrk(-(int)(npages * PAGE)) == end);
}

uint64_t
memory_free(void)
{
	struct meminfo info;

	CHECK(meminfo(&info) == 0);
	return info.free;
}

uint64_t
own_faults(void)
{
	/* static: its page stays, where the stack's may not be there yet */
	static struct meminfo info;

	CHECK(meminfo(&info) == 0);
	return info.own_faults;
}

/*
 * Whether the kernel can still find a page for `page`.  It is asked to write
 * there: a call that finds no memory fails, where our own store would kill.
 */
static bool
page_fill(const int fds[2], char *page)
{
	char byte = 1;

	CHECK(write(fds[1], &byte, 1) == 1);
	if (read(fds[0], page, 1) == 1)
		return true;
	CHECK(read(fds[0], &byte, 1) == 1);	/* it is not lost */
	return false;
}

uint64_t
memory_fill(void)
{
	uint64_t margin = 2 * MIB;
	uint64_t level = memory_level(), npages = 0;
	int fds[2];

	CHECK(pipe(fds) == 0);
	if (level > margin) {
		npages = (level - margin - level / 256) / PAGE;
		for (uint64_t left = npages; left > 0;) {
			uint64_t step = min_u64(left, 4096);
			char *start = pages_grow(step);

			for (uint64_t i = 0; i < step; i++)
				start[i * PAGE] = 1;
			left -= step;
		}
	}
	while (page_fill(fds, pages_grow(1)))
		npages++;
	pages_shrink(1);
	close(fds[0]);
	close(fds[1]);
	return npages;
}

char *
name_make(char *to, const char *prefix, int number)
{
	snprintf(to, 32, "%s%d", prefix, number);
	return to;
}

char
pattern_byte(int i)
{
	return (char)(i * 7 + i / 251);
}

void
file_make(const char *path, int len)
{
	int fd = open(path, XV6_O_CREATE | XV6_O_TRUNC | XV6_O_WRONLY);
	char bytes[64];

	CHECK(fd >= 0);
	for (int at = 0; at < len;) {
		int part = len - at < 64 ? len - at : 64;

		for (int i = 0; i < part; i++)
			bytes[i] = pattern_byte(at + i);
		CHECK(write(fd, bytes, part) == part);
		at += part;
	}
	CHECK(close(fd) == 0);
}

long
file_size(const char *path)
{
	struct xv6_stat info;
	int fd = open(path, XV6_O_RDONLY);

	if (fd < 0)
		return -1;
	CHECK(fstat(fd, &info) == 0);
	CHECK(close(fd) == 0);
	return (long)info.size;
}

bool
file_exists(const char *path)
{
	return file_size(path) >= 0;
}

void
barrier_make(struct barrier *barrier)
{
	CHECK(pipe(barrier->fds) == 0);
}

/* The parent's closing its end is what opens it: that reaches all at once. */
void
barrier_wait(struct barrier *barrier)
{
	char byte;

	CHECK(close(barrier->fds[1]) == 0);
	CHECK(read(barrier->fds[0], &byte, 1) == 0);
	CHECK(close(barrier->fds[0]) == 0);
}

void
barrier_open(struct barrier *barrier)
{
	CHECK(close(barrier->fds[0]) == 0);
	CHECK(close(barrier->fds[1]) == 0);
}
