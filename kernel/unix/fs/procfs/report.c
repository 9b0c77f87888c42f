#include "unix/fs/procfs/report.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/vm/heap.h"
#include "core/vm/uio.h"
#include "unix/fs/options.h"

struct report_page {
	struct list link;
	uint8_t bytes[PAGE_BYTES - sizeof(struct list)];
};

#define PER_PAGE	sizeof(((struct report_page *)0)->bytes)

void
report_init(struct report *report)
{
	list_init(&report->pages);
	report->len = 0;
	report->failed = false;
}

void
report_clear(struct report *report)
{
	struct list *link;

	while ((link = list_pop_front(&report->pages)) != NULL)
		heap_free(LIST_ENTRY(link, struct report_page, link));
	report_init(report);
}

/* Where the next byte goes.  returns: NULL if there is no memory */
static uint8_t *
end_of(struct report *report)
{
	struct report_page *page;

	if (report->len % PER_PAGE == 0) {
		page = heap_alloc(sizeof(*page));
		if (page == NULL)
			return NULL;
		list_push_back(&report->pages, &page->link);
	}
	page = LIST_ENTRY(report->pages.prev, struct report_page, link);
	return page->bytes + report->len % PER_PAGE;
}

void
report_add(struct report *report, const void *text, size_t len)
{
	const uint8_t *from = text;

	while (len > 0 && !report->failed) {
		uint8_t *to = end_of(report);
		size_t n = MIN(len, PER_PAGE - report->len % PER_PAGE);

		report->failed = to == NULL;
		if (report->failed)
			break;
		memcpy(to, from, n);
		report->len += n;
		from += n;
		len -= n;
	}
}

void
report_print(struct report *report, const char *format, ...)
{
	char line[REPORT_LINE_BYTES];
	va_list args;
	size_t len;

	va_start(args, format);
	len = format_args(line, sizeof(line), format, args);
	va_end(args);
	report_add(report, line, MIN(len, sizeof(line) - 1));
}

void
report_octal(struct report *report, uint32_t value)
{
	char digits[12] = "";

	report_print(report, "0%s", option_octal(digits, value));
}

void
report_escaped(struct report *report, const char *text)
{
	for (; *text != '\0'; text++) {
		uint8_t byte = (uint8_t)*text;

		if (strchr(" \t\n\\", *text) != NULL)
			report_print(report, "\\%c%c%c", '0' + (byte >> 6),
			    '0' + (byte >> 3 & 7), '0' + (byte & 7));
		else
			report_add(report, text, 1);
	}
}

int64_t
report_read(const struct report *report, struct uio *uio, uint64_t *offset)
{
	uint64_t before = 0;
	int64_t done = 0;

	if (report->failed)
		return -ENOMEM;
	LIST_FOR(link, &report->pages) {
		const struct report_page *page = LIST_ENTRY(link,
		    struct report_page, link);
		uint64_t end = MIN(before + PER_PAGE, report->len);
		size_t moved, want;

		if (*offset < end && uio->left > 0) {
			want = MIN(uio->left, end - *offset);
			moved = uio_put(uio,
			    page->bytes + (*offset - before), want);
			*offset += moved;
			done += moved;
			if (moved < want)
				return done > 0 ? done : -EFAULT;
		}
		before += PER_PAGE;
	}
	return done;
}
