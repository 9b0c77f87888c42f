/* One thread, locks that only check themselves, and a disk in memory. */
#include "fake.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/cpu/timer.h"
#include "core/mem/frame.h"
#include "core/mem/pool.h"
#include "core/task/mutex.h"
#include "core/task/thread.h"
#include "core/task/wait.h"
#include "core/vm/user.h"
#include "unix/fs/device.h"
#include "unix/fs/devpts.h"
#include "unix/fs/file_async.h"
#include "unix/fs/procfs/procfs.h"

#define PAGE 4096

bool fake_log_quiet;
uint32_t fake_log_lines;
vaddr_t fake_user_end = UINT64_MAX;
char fail_context[256];

static uint64_t chance_state = 1;
static uint32_t ranks_held;

/* Chance and failure */

void
chance_seed(uint64_t seed)
{
	chance_state = seed * 2654435761u + 88172645463325252u;
}

uint32_t
chance(uint32_t below)
{
	chance_state ^= chance_state << 13;
	chance_state ^= chance_state >> 7;
	chance_state ^= chance_state << 17;
	return (uint32_t)(chance_state >> 16) % below;
}

void
fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "FAILED (%s): ", fail_context);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

void
panic(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "PANIC (%s): ", fail_context);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

void
print(const char *format, ...)
{
	va_list args;

	fake_log_lines++;
	if (fake_log_quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

/* Locks: one thread, so taking one that is held is a deadlock. */

void
mutex_init(struct mutex *mutex, const char *name, enum rank rank)
{
	(void)name;
	memset(mutex, 0, sizeof(*mutex));
	mutex->rank = rank;
}

void
mutex_lock(struct mutex *mutex)
{
	ASSERT(mutex->owner == NULL);
	ASSERT(ranks_held >> mutex->rank == 0);
	ranks_held |= 1u << mutex->rank;
	mutex->owner = thread_this();
}

void
mutex_unlock(struct mutex *mutex)
{
	ASSERT(mutex->owner != NULL);
	ranks_held &= ~(1u << mutex->rank);
	mutex->owner = NULL;
}

bool
mutex_held(const struct mutex *mutex)
{
	return mutex->owner != NULL;
}

void
spin_init(struct spinlock *lock, const char *name, enum rank rank)
{
	*lock = (struct spinlock)SPINLOCK(name, rank);
}

void
spin_lock(struct spinlock *lock)
{
	ASSERT(lock->locked == 0);
	lock->locked = 1;
}

void
spin_unlock(struct spinlock *lock)
{
	ASSERT(lock->locked == 1);
	lock->locked = 0;
}

void
wait_init(struct waitq *queue)
{
	list_init(&queue->threads);
}

/* Nobody else runs, so who would wait for ever is interrupted instead. */
int
wait_killable(struct waitq *queue, struct spinlock *lock, uint64_t deadline)
{
	(void)queue;
	(void)deadline;
	ASSERT(lock->locked == 1);
	return -EINTR;
}

void
wake_waiting(struct waitq *queue, bool all)
{
	(void)all;
	(void)queue;
}

struct thread *
thread_this(void)
{
	static struct thread only;

	return &only;
}

/* Memory */

void
pool_init(struct pool *pool, const char *name, size_t object_bytes,
    uint32_t capacity)
{
	(void)name;
	pool->object_bytes = (uint32_t)object_bytes;
	pool->nfree = pool->capacity = capacity;
}

void *
pool_alloc(struct pool *pool)
{
	if (pool->nfree == 0)
		return NULL;
	pool->nfree--;
	return calloc(1, pool->object_bytes);
}

void
pool_free(struct pool *pool, void *object)
{
	pool->nfree++;
	free(object);
}

uint32_t
pool_used(struct pool *pool)
{
	return pool->capacity - pool->nfree;
}

uint32_t
machine_capacity(uint32_t each_kib, uint32_t min, uint32_t max)
{
	(void)each_kib;
	(void)max;
	return min;
}

void
string_copy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}

void *
heap_alloc(size_t bytes)
{
	ASSERT(bytes > 0 && bytes <= PAGE);
	return calloc(1, bytes);
}

void *
heap_alloc_page(void)
{
	return memset(malloc(PAGE), 0xa5, PAGE);
}

void
heap_free(void *memory)
{
	free(memory);
}

uint32_t
frame_count(void)
{
	return 1024;		/* so the cache is as small as it may be */
}

void *
frame_alloc_run(uint32_t npages)
{
	void *run = aligned_alloc(PAGE, (size_t)npages * PAGE);

	memset(run, 0, (size_t)npages * PAGE);
	return run;
}

void *
frame_alloc_kernel(void)
{
	return frame_alloc_run(1);
}

void
frame_free_kernel(void *page)
{
	free(page);
}

/* Programs: their addresses are ours. */

static int
user_copy(void *to, const void *from, vaddr_t user, size_t len, size_t *done)
{
	size_t n = user >= fake_user_end ? 0 :
	    MIN(len, fake_user_end - user);

	ASSERT(ranks_held >> RANK_SPACE == 0);
	memcpy(to, from, n);
	if (done != NULL)
		*done = n;
	return n == len ? 0 : -EFAULT;
}

int
user_write(vaddr_t to, const void *from, size_t len, size_t *done)
{
	return user_copy((void *)to, from, to, len, done);
}

int
user_read(void *to, vaddr_t from, size_t len, size_t *done)
{
	return user_copy(to, (const void *)from, from, len, done);
}

/* Under a spinlock; each second one fails, as if memory were not there. */
static bool
user_try(void *to, const void *from, vaddr_t user, size_t len)
{
	static bool fails;

	fails = !fails;
	if (fails || user >= fake_user_end || len > fake_user_end - user)
		return false;
	memcpy(to, from, len);
	return true;
}

bool
user_try_write(vaddr_t to, const void *from, size_t len)
{
	return user_try((void *)to, from, to, len);
}

bool
user_try_read(void *to, vaddr_t from, size_t len)
{
	return user_try(to, (const void *)from, from, len);
}

/* A second each time it is asked: what was later must say so. */
uint64_t
clock_realtime_nanos(void)
{
	static uint64_t now = 1700000000ull * 1000000000;

	return now += 1000000007;
}

uint64_t
timer_now(void)
{
	static uint64_t now;

	return now += 1000;
}

uint64_t
timer_to_micros(uint64_t ticks)
{
	return ticks;
}

/* There is no terminal here. */
const struct vfs_ops devpts_ops = { .name = "devpts" };
const struct vfs_ops procfs_ops = { .name = "proc" };
const struct vfs_ops sysfs_ops = { .name = "sysfs" };

/* Nobody is signalled here. */
void
file_async_end(struct file *file)
{
	(void)file;
}

const struct file_ops *
device_ops(bool block, uint32_t major, uint32_t minor)
{
	(void)block;
	(void)major;
	(void)minor;
	return NULL;
}

/* The disk */

static uint8_t *disk_bytes;
static size_t disk_size;
static uint32_t disk_fail_one_of;

static int
disk_transfer(struct block_device *device, uint64_t sector, void *data,
    uint32_t nsectors, bool write)
{
	size_t offset = sector * SECTOR_BYTES, n = nsectors * SECTOR_BYTES;

	ASSERT(nsectors > 0 && ((vaddr_t)data % PAGE) + n <= PAGE);
	if (sector + nsectors > device->nsectors)
		return -EIO;
	if (disk_fail_one_of != 0 && chance(disk_fail_one_of) == 0)
		return -EIO;
	if (write)
		memcpy(disk_bytes + offset, data, n);
	else
		memcpy(data, disk_bytes + offset, n);
	return 0;
}

static int
disk_flush(struct block_device *device)
{
	(void)device;
	return 0;
}

struct block_device *
fake_disk_load(const char *path)
{
	static struct block_device device = {
		.name = "disk",
		.transfer = disk_transfer,
		.flush = disk_flush,
	};
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		fail("cannot open %s", path);
	fseek(file, 0, SEEK_END);
	disk_size = (size_t)ftell(file);
	rewind(file);
	free(disk_bytes);
	disk_bytes = malloc(disk_size + 1);
	if (fread(disk_bytes, 1, disk_size, file) != disk_size)
		fail("cannot read %s", path);
	fclose(file);
	device.nsectors = disk_size / SECTOR_BYTES;
	disk_fail_one_of = 0;
	return &device;
}

void
fake_disk_save(const char *path)
{
	FILE *file = fopen(path, "wb");

	if (file == NULL || fwrite(disk_bytes, 1, disk_size, file) != disk_size)
		fail("cannot write %s", path);
	fclose(file);
}

uint8_t *
fake_disk_bytes(size_t *nbytes)
{
	*nbytes = disk_size;
	return disk_bytes;
}

void
fake_disk_fail(uint32_t n)
{
	disk_fail_one_of = n;
}
