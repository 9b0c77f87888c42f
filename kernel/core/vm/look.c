/*
 * Looking at a space, page by page, from outside: what is there, whose it is,
 * what its bytes are.  Copying is the one thing here that changes it, by the
 * same faults that its program would take.
 */
#include "core/vm/range.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/fault.h"
#include "core/vm/fence.h"
#include "core/vm/object.h"
#include "core/vm/object_entry.h"
#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"

/* What decides about an address. */
struct look {
	entry_t entry;
	uint32_t level;
	bool owned;		/* every node on the way is the space's own */
};

/* needs: space->lock */
static struct look
look_at(const struct space *space, vaddr_t addr)
{
	const struct frame *node = space->root;
	struct look look = { .level = ROOT_LEVEL, .owned = true };

	for (;; look.level--) {
		look.entry = entry_load(
		    &node_entries(node)[level_index(addr, look.level)]);
		if (!entry_is_inner(look.entry))
			return look;
		node = entry_frame(look.entry);
		look.owned = look.owned && frame_refs(node) == 1;
	}
}

/* The page of its object that a file entry gives an address. */
static uint32_t
look_file_page(const struct look *look, vaddr_t addr)
{
	return entry_page(look->entry) + (uint32_t)((addr >> PAGE_SHIFT) &
	    (level_pages(look->level) - 1));
}

/* Whether an access would go through without waiting. */
static bool
look_allows(const struct look *look, bool write)
{
	if (entry_kind(look->entry) != ENTRY_LEAF)
		return false;
	/* W in a node that is shared now may not be used: it is not sealed
	 * before it is entered. */
	return write ? (look->entry & PTE_W) && look->owned :
	    prot_allows(entry_prot(look->entry), ACCESS_READ);
}

int
space_populate(struct space *space, vaddr_t start, uint64_t len, bool write)
{
	if (!range_is_valid(start, len))
		return -EINVAL;
	for (vaddr_t at = start; at < start + len; at += PAGE_BYTES) {
		struct look look;
		int err;

		space_lock(space);
		look = look_at(space, at);
		mutex_unlock(&space->lock);
		if (look_allows(&look, write))
			continue;
		err = space_fault(space, at, write ? ACCESS_WRITE : ACCESS_READ);
		if (err != 0)
			return err == -EFAULT ? -ENOMEM : err;
	}
	return 0;
}

/* Whether a page of an object is cached. */
static bool
file_is_resident(const struct look *look, vaddr_t addr)
{
	struct frame *page = object_page_find(
	    object_at(entry_object(look->entry)), look_file_page(look, addr));

	if (page == NULL)
		return false;
	frame_unpin(page);
	return true;
}

int
space_resident(struct space *space, vaddr_t start, uint64_t npages,
    uint8_t *bits)
{
	int err = 0;

	if (npages > USER_END >> PAGE_SHIFT ||
	    !range_is_valid(start, npages << PAGE_SHIFT))
		return -EINVAL;
	space_lock(space);
	for (uint64_t i = 0; i < npages; i++) {
		vaddr_t at = start + (i << PAGE_SHIFT);
		struct look look = look_at(space, at);

		bits[i] = look.entry != 0 && !entry_is_mark(look.entry);
		if (entry_kind(look.entry) == ENTRY_FILE)
			bits[i] = file_is_resident(&look, at);
		if (look.entry == 0)
			err = -ENOMEM;
	}
	mutex_unlock(&space->lock);
	return err;
}

int
space_identify(struct space *space, vaddr_t addr, bool shared, uint64_t key[2])
{
	struct look look;
	const struct frame *page;

	if (addr >= USER_END)
		return -EFAULT;
	space_lock(space);
	look = look_at(space, addr);
	key[0] = (uint64_t)(uintptr_t)space;
	key[1] = addr;
	if (shared && entry_shared(look.entry)) {
		uint32_t object, index;

		if (entry_is_mark(look.entry)) {
			object = entry_object(look.entry);
			index = look_file_page(&look, addr);
		} else {
			page = entry_frame(look.entry);
			object = page->object - 1;
			index = page->index;
		}
		key[0] = (uint64_t)(uintptr_t)object_at(object);
		key[1] = (uint64_t)index << PAGE_SHIFT | (addr & PAGE_MASK);
	}
	mutex_unlock(&space->lock);
	return look.entry == 0 ? -EFAULT : 0;
}

/* Copy within a page that is there.  needs: space->lock */
static void
page_copy_part(struct space *space, const struct look *look, vaddr_t addr,
    void *buf, size_t len, bool write)
{
	char *bytes = (char *)frame_data(entry_frame(look->entry)) +
	    (addr & PAGE_MASK);

	if (!write) {
		memcpy(buf, bytes, len);
		return;
	}
	memcpy(bytes, buf, len);
	if (look->entry & PTE_X)
		fence_code(space);
}

/* Copy within one page, served as often as it is taken away meanwhile. */
static int
copy_part(struct space *space, vaddr_t addr, void *buf, size_t len, bool write)
{
	for (;;) {
		struct look look;
		bool done;
		int err;

		space_lock(space);
		look = look_at(space, addr);
		done = look_allows(&look, write);
		if (done)
			page_copy_part(space, &look, addr, buf, len, write);
		mutex_unlock(&space->lock);
		if (done)
			return 0;
		err = space_fault(space, addr, write ? ACCESS_WRITE :
		    ACCESS_READ);
		if (err != 0)
			return err;
	}
}

static int64_t
space_copy(struct space *space, vaddr_t addr, char *buf, size_t len,
    bool write)
{
	size_t done = 0;

	if (addr >= USER_END)
		return len > 0 ? -EFAULT : 0;
	len = MIN(len, USER_END - addr);
	while (done < len) {
		size_t part = MIN(len - done,
		    PAGE_BYTES - ((addr + done) & PAGE_MASK));

		if (copy_part(space, addr + done, buf + done, part, write) != 0)
			break;
		done += part;
	}
	return done > 0 || len == 0 ? (int64_t)done : -EFAULT;
}

int64_t
space_read(struct space *space, vaddr_t addr, void *buf, size_t len)
{
	return space_copy(space, addr, buf, len, false);
}

int64_t
space_write(struct space *space, vaddr_t addr, const void *buf, size_t len)
{
	/* Nothing is written to `buf` on this way. */
	return space_copy(space, addr, (char *)(uintptr_t)buf, len, true);
}
