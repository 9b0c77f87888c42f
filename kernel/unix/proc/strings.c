/*
 * Strings in a chain of pages.  Each page says which of its bytes are used, so
 * that strings can be taken off the front and chains be joined.
 */
#include "unix/proc/strings.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/vm/reclaim.h"
#include "core/vm/user.h"

struct strings_page {
	struct strings_page *next;
	uint32_t start, end;		/* of what is used */
	char bytes[];
};

#define PAGE_ROOM (PAGE_BYTES - offsetof(struct strings_page, bytes))

void
strings_free(struct strings *strings)
{
	struct strings_page *page = strings->first;

	while (page != NULL) {
		struct strings_page *next = page->next;

		frame_free_kernel(page);
		page = next;
	}
	memset(strings, 0, sizeof(*strings));
}

/* returns: the last page, with room for a byte at least; NULL: no memory */
static struct strings_page *
page_with_room(struct strings *strings)
{
	struct strings_page *page = strings->last;

	if (page != NULL && page->end < PAGE_ROOM)
		return page;
	page = reclaim_alloc_page();
	if (page == NULL)
		return NULL;
	*page = (struct strings_page){ 0 };
	if (strings->last != NULL)
		strings->last->next = page;
	else
		strings->first = page;
	strings->last = page;
	return page;
}

static void
page_used(struct strings *strings, struct strings_page *page, size_t len)
{
	page->end += (uint32_t)len;
	strings->bytes += len;
}

int
strings_add(struct strings *strings, const char *text)
{
	size_t left = strlen(text) + 1, now;
	struct strings_page *page;

	while (left > 0) {
		page = page_with_room(strings);
		if (page == NULL)
			return -ENOMEM;
		now = MIN(left, PAGE_ROOM - page->end);
		memcpy(page->bytes + page->end, text, now);
		page_used(strings, page, now);
		text += now;
		left -= now;
	}
	strings->count++;
	return 0;
}

int
strings_add_user(struct strings *strings, vaddr_t text, uint64_t max)
{
	struct strings_page *page;
	int64_t len;
	size_t now;

	while (max > 0) {
		page = page_with_room(strings);
		if (page == NULL)
			return -ENOMEM;
		now = MIN(max, PAGE_ROOM - page->end);
		len = user_read_string(page->bytes + page->end, text, now);
		if (len >= 0) {
			page_used(strings, page, (size_t)len + 1);
			strings->count++;
			return 0;
		}
		if (len != -ENAMETOOLONG)
			return (int)len;
		page_used(strings, page, now);
		text += now;
		max -= now;
	}
	return -E2BIG;
}

void
strings_prepend(struct strings *strings, struct strings *head)
{
	if (head->last == NULL)
		return;
	head->last->next = strings->first;
	strings->first = head->first;
	if (strings->last == NULL)
		strings->last = head->last;
	strings->bytes += head->bytes;
	strings->count += head->count;
	memset(head, 0, sizeof(*head));
}

struct strings_cursor
strings_start(const struct strings *strings)
{
	struct strings_page *page = strings->first;

	return (struct strings_cursor){
		.page = page,
		.at = page != NULL ? page->start : 0,
	};
}

uint64_t
strings_length(const struct strings_cursor *cursor)
{
	const struct strings_page *page = cursor->page;
	uint32_t at = cursor->at;
	uint64_t len = 0;

	for (;;) {
		size_t room = page->end - at;
		size_t here = strnlen(page->bytes + at, room);

		len += here;
		if (here < room)
			return len + 1;
		page = page->next;
		ASSERT(page != NULL);
		at = page->start;
	}
}

/* Go on by `len` bytes, which are on the cursor's page. */
static void
cursor_advance(struct strings_cursor *cursor, size_t len)
{
	cursor->at += (uint32_t)len;
	if (cursor->at == cursor->page->end) {
		cursor->page = cursor->page->next;
		cursor->at = cursor->page != NULL ? cursor->page->start : 0;
	}
}

void
strings_skip(struct strings_cursor *cursor, uint64_t len)
{
	while (len > 0) {
		size_t now = MIN(len, cursor->page->end - cursor->at);

		cursor_advance(cursor, now);
		len -= now;
	}
}

void
strings_drop_first(struct strings *strings)
{
	struct strings_cursor cursor = strings_start(strings);
	uint64_t left = strings_length(&cursor);

	strings->bytes -= left;
	strings->count--;
	while (left > 0) {
		size_t now = MIN(left, cursor.page->end - cursor.at);

		cursor.page->start = cursor.at + (uint32_t)now;
		cursor_advance(&cursor, now);
		left -= now;
	}
}

int
strings_write(struct strings_cursor *cursor, vaddr_t to, uint64_t len)
{
	while (len > 0) {
		size_t now = MIN(len, cursor->page->end - cursor->at);
		int err = user_write(to, cursor->page->bytes + cursor->at, now,
		    NULL);

		if (err != 0)
			return err;
		cursor_advance(cursor, now);
		to += now;
		len -= now;
	}
	return 0;
}
