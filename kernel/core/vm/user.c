#include "core/vm/user.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/layout.h"
#include "core/cpu/usercopy.h"
#include "core/lock/spinlock.h"

/* How much of [addr, addr + len) lies where programs may have memory. */
static size_t
user_part(vaddr_t addr, size_t len)
{
	return addr >= USER_END ? 0 : MIN(len, USER_END - addr);
}

/* Whether all of [addr, addr + len) does. */
static inline bool
user_has(vaddr_t addr, size_t len)
{
	return len <= USER_END && addr <= USER_END - len;
}

static int
copy_finish(size_t len, size_t copied, size_t *done)
{
	if (done != NULL)
		*done = copied;
	return copied == len ? 0 : -EFAULT;
}

int
user_write(vaddr_t to, const void *from, size_t len, size_t *done)
{
	size_t part = user_part(to, len);

	ASSERT(!spin_held_any());
	return copy_finish(len, part - usercopy_to(to, from, part), done);
}

int
user_clear(vaddr_t to, size_t len, size_t *done)
{
	size_t part = user_part(to, len);

	ASSERT(!spin_held_any());
	return copy_finish(len, part - usercopy_clear(to, part), done);
}

int
user_read(void *to, vaddr_t from, size_t len, size_t *done)
{
	size_t part = user_part(from, len);

	ASSERT(!spin_held_any());
	return copy_finish(len, part - usercopy_from(to, from, part), done);
}

bool
user_try_write(vaddr_t to, const void *from, size_t len)
{
	ASSERT(spin_held_any());
	return user_has(to, len) && usercopy_to(to, from, len) == 0;
}

bool
user_try_read(void *to, vaddr_t from, size_t len)
{
	ASSERT(spin_held_any());
	return user_has(from, len) && usercopy_from(to, from, len) == 0;
}

int64_t
user_read_string(char *to, vaddr_t from, size_t size)
{
	size_t part = user_part(from, size);
	int64_t copied;

	ASSERT(!spin_held_any());
	if (part == 0)
		return -EFAULT;
	copied = usercopy_string(to, from, part);
	if (copied < 0)
		return -EFAULT;
	if (to[copied - 1] == '\0')
		return copied - 1;
	/* No NUL as far as memory can go, or as far as we were to look. */
	return part < size ? -EFAULT : -ENAMETOOLONG;
}

/* returns: 0 if there may be a word of a program at `addr` */
static int
word_check(vaddr_t addr)
{
	ASSERT(!spin_held_any());
	if (addr % sizeof(uint32_t) != 0)
		return -EINVAL;
	return addr < USER_END ? 0 : -EFAULT;
}

int
user_load_word(vaddr_t from, uint32_t *found)
{
	int err = word_check(from);

	if (err == 0 && usercopy_load_word(from, found) != 0)
		err = -EFAULT;
	return err;
}

int
user_swap_word(vaddr_t at, uint32_t expected, uint32_t new, uint32_t *found)
{
	int err = word_check(at);

	if (err == 0 && usercopy_swap_word(at, expected, new, found) != 0)
		err = -EFAULT;
	return err;
}
