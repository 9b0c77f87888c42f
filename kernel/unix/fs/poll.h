/*
 * Readiness of files: what may be read or written without waiting.
 *
 * A file's `poll` first names its sources to the table, if there is one, by
 * poll_watch, and then says what is ready:
 *
 *	poll_watch(table, &pipe->watchers);
 *	return used(pipe) > 0 ? POLL_IN : 0;
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"
#include "core/task/watch.h"

struct file;

/* Linux's values.  ERR, HUP and NVAL are told unasked. */
#define POLL_IN		0x0001u
#define POLL_PRI	0x0002u
#define POLL_OUT	0x0004u
#define POLL_ERR	0x0008u
#define POLL_HUP	0x0010u
#define POLL_NVAL	0x0020u
#define POLL_RD_NORM	0x0040u
#define POLL_RD_BAND	0x0080u
#define POLL_WR_NORM	0x0100u
#define POLL_WR_BAND	0x0200u
#define POLL_RD_HUP	0x2000u

/* What a file of which nothing else is known may do: read and write. */
#define POLL_ALWAYS	(POLL_IN | POLL_RD_NORM | POLL_OUT | POLL_WR_NORM)

/* Who wants to be told: adds a watcher to a list. */
struct poll_table {
	void (*add)(struct poll_table *table, struct watch_list *list);
};

static inline void
poll_watch(struct poll_table *table, struct watch_list *list)
{
	if (table != NULL)
		table->add(table, list);
}

struct poll_entry {
	struct file *file;	/* held by the caller; NULL: not looked at */
	uint32_t events;	/* asked for */
	uint32_t ready;		/* given: of those, and ERR and HUP */
};

/* Entries, some of many: a page of the heap holds POLL_CHUNK_MAX. */
struct poll_chunk {
	struct poll_chunk *next;
	uint32_t n;
	struct poll_entry entries[];
};

#define POLL_CHUNK_MAX	((PAGE_BYTES - sizeof(struct poll_chunk)) / \
			    sizeof(struct poll_entry))

/*
 * Wait until at least one entry is ready, or until `deadline` (ticks of
 * timer_now(); 0: do not wait, UINT64_MAX: for ever).
 *
 * returns: how many are ready, 0 at the deadline; -EINTR, -ENOMEM
 */
int poll_files(struct poll_chunk *chunks, uint64_t deadline);
