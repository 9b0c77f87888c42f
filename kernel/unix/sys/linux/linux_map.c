/*
 * mmap.  Addresses are chosen from map_end downwards, which exec put at a
 * random place; a hint is taken where it is free.  What is large stands where
 * it costs few entries: at a multiple of what one entry covers.
 *
 * Another thread may map at the place that was just found: mapping says
 * -EEXIST then, and another place is looked for.
 */
#include "unix/sys/linux/linux_memory.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/file.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/proc/sysv/shm.h"
#include "unix/sys/linux/linux_calls.h"

#define MAP_TYPE		0xfu
#define MAP_SHARED		1u
#define MAP_PRIVATE		2u
#define MAP_SHARED_VALIDATE	3u
#define MAP_FIXED		0x10u
#define MAP_ANONYMOUS		0x20u
#define MAP_GROWSDOWN		0x100u
#define MAP_DENYWRITE		0x800u
#define MAP_EXECUTABLE		0x1000u
#define MAP_LOCKED		0x2000u
#define MAP_NORESERVE		0x4000u
#define MAP_POPULATE		0x8000u
#define MAP_NONBLOCK		0x10000u
#define MAP_STACK		0x20000u
#define MAP_HUGETLB		0x40000u
#define MAP_FIXED_NOREPLACE	0x100000u

/* What MAP_SHARED_VALIDATE lets pass. */
#define MAP_KNOWN \
	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_DENYWRITE | \
	MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | \
	MAP_NONBLOCK | MAP_STACK | MAP_FIXED_NOREPLACE)

/* One mmap, checked. */
struct mapping {
	struct space *space;
	vaddr_t start;			/* wanted, or 0 */
	uint64_t len;
	uint32_t prot;
	uint32_t flags;
	bool shared;
	bool may_write;			/* mprotect may add PROT_WRITE */
	struct object *object;		/* with a reference; NULL: anonymous */
	uint32_t first;			/* its page */
};

static int
flags_check(uint64_t flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		/* It is for files; memory has no flags to be checked. */
		if (flags & MAP_ANONYMOUS)
			return -EINVAL;
		if (flags & ~(uint64_t)MAP_KNOWN)
			return -EOPNOTSUPP;
		break;
	case MAP_SHARED:
		if (flags & MAP_GROWSDOWN)
			return -EINVAL;
		break;
	case MAP_PRIVATE:
		break;
	default:
		return -EINVAL;
	}
	/* There are no pools of huge pages. */
	return flags & MAP_HUGETLB ? -EINVAL : 0;
}

/* Give: the object behind the descriptor. */
static int
mapping_file(struct mapping *mapping, int32_t fd, uint64_t offset)
{
	struct file_map request = {
		.offset = offset,
		.len = mapping->len,
		.prot = mapping->prot,
		.shared = mapping->shared,
	};
	struct file *file;
	int err;

	if (offset + mapping->len < offset)
		return -EOVERFLOW;
	err = descriptor_get(proc_this()->descriptors, fd, &file);
	if (err != 0)
		return err;
	err = file_map(file, &request);
	file_put(file);
	if (err != 0)
		return err;
	mapping->object = request.object;
	mapping->first = request.first_page;
	mapping->may_write = request.may_write;
	return 0;
}

/* Give: mapping->object where something other than fresh memory is mapped. */
static int
mapping_source(struct mapping *mapping, const struct linux_args *args)
{
	mapping->may_write = true;
	if (!(mapping->flags & MAP_ANONYMOUS))
		return mapping_file(mapping, (int32_t)args->a[4], args->a[5]);
	if (!mapping->shared)
		return 0;
	if (mapping->len / PAGE_BYTES > UINT32_MAX)
		return -ENOMEM;
	return object_create_anon((uint32_t)(mapping->len / PAGE_BYTES),
	    &mapping->object);
}

static uint32_t
mapping_options(const struct mapping *mapping)
{
	return mapping->flags & MAP_GROWSDOWN ? SPACE_MAP_GROWS : 0;
}

static int
mapping_enter(const struct mapping *mapping, vaddr_t start, uint32_t options)
{
	if (mapping->object == NULL)
		return space_map_anon(mapping->space, start, mapping->len,
		    mapping->prot, options | mapping_options(mapping));
	return space_map_object(mapping->space, start, mapping->len,
	    mapping->prot, mapping->shared, mapping->may_write,
	    mapping->object, mapping->first, options);
}

/* Where the program said.  returns: 0, -EEXIST, -EINVAL, -EPERM, -ENOMEM */
static int
mapping_enter_fixed(const struct mapping *mapping)
{
	bool replace = !(mapping->flags & MAP_FIXED_NOREPLACE);
	int err;

	if (mapping->start % PAGE_BYTES != 0)
		return -EINVAL;
	if (mapping->start > USER_END - mapping->len)
		return -ENOMEM;
	if (mapping->start < LINUX_MAP_LOWEST &&
	    !credentials_privileged(proc_credentials()))
		return -EPERM;
	err = mapping_enter(mapping, mapping->start,
	    replace ? SPACE_MAP_REPLACE : 0);
	if (err == 0 && replace)
		shm_unmapped(proc_this()->memory, mapping->start,
		    mapping->len);
	return err;
}

bool
linux_find_gap(uint64_t len, vaddr_t *start)
{
	const struct memory *memory = proc_this()->memory;

	return space_find_place(memory->space, LINUX_MAP_LOWEST,
	    memory->layout.map_end, len, start);
}

/* Where there is room.  gives: mapping->start */
static int
mapping_place(struct mapping *mapping)
{
	int err;

	if (mapping->object == NULL)
		return space_place_anon(mapping->space, LINUX_MAP_LOWEST,
		    proc_this()->memory->layout.map_end, mapping->len,
		    mapping->prot, mapping_options(mapping), &mapping->start);
	do {
		if (!linux_find_gap(mapping->len, &mapping->start))
			return -ENOMEM;
		err = mapping_enter(mapping, mapping->start, 0);
	} while (err == -EEXIST);
	return err;
}

/* Anywhere, at the hint if it is free.  gives: mapping->start */
static int
mapping_enter_free(struct mapping *mapping)
{
	vaddr_t hint = ROUND_DOWN(mapping->start, PAGE_BYTES);
	int err = -EEXIST;

	if (hint != 0)
		hint = MAX(hint, LINUX_MAP_LOWEST);
	if (hint != 0 && hint <= USER_END - mapping->len) {
		err = mapping_enter(mapping, hint, 0);
		mapping->start = hint;
	}
	return err == -EEXIST ? mapping_place(mapping) : err;
}

/* Read in what is asked to be there; that is no promise, so it may fail. */
static void
mapping_populate(const struct mapping *mapping)
{
	bool populate = (mapping->flags & MAP_POPULATE) &&
	    !(mapping->flags & MAP_NONBLOCK);

	if ((populate || (mapping->flags & MAP_LOCKED) ||
	    atomic_load_relaxed(&proc_this()->memory->lock_all)) &&
	    mapping->prot != PROT_NONE)
		space_populate(mapping->space, mapping->start, mapping->len,
		    (mapping->prot & PROT_WRITE) && !mapping->shared);
}

static int64_t
mapping_make(struct mapping *mapping, const struct linux_args *args)
{
	int err = linux_locked_check(mapping->len,
	    mapping->flags & MAP_LOCKED);

	if (err == 0)
		err = linux_limits_check(mapping->len, !mapping->shared &&
		    (mapping->prot & PROT_WRITE));
	if (err == 0)
		err = mapping_source(mapping, args);
	if (err != 0)
		return err;
	if (mapping->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		err = mapping_enter_fixed(mapping);
	else
		err = mapping_enter_free(mapping);
	if (mapping->object != NULL)
		object_put(mapping->object);
	if (err != 0)
		return err;
	mapping_populate(mapping);
	return (int64_t)mapping->start;
}

int64_t
linux_mmap(const struct linux_args *args)
{
	struct mapping mapping = {
		.space = linux_space(),
		.start = args->a[0],
		.len = ROUND_UP(args->a[1], PAGE_BYTES),
		.prot = args->a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC),
		.flags = (uint32_t)args->a[3],
	};
	int err = flags_check(args->a[3]);

	if (err != 0)
		return err;
	if (args->a[1] == 0 || args->a[5] % PAGE_BYTES != 0)
		return -EINVAL;
	if (mapping.len == 0 || mapping.len > USER_END)
		return -ENOMEM;
	mapping.shared = (mapping.flags & MAP_TYPE) != MAP_PRIVATE;
	return mapping_make(&mapping, args);
}
