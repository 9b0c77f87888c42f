/* What the two files of ptys share among themselves. */
#pragma once

#include "core/base/list.h"
#include "core/cpu/sv39.h"
#include "unix/dev/pty.h"
#include "unix/dev/tty_inner.h"

#define PTY_OUTPUT_BYTES PAGE_BYTES

/* [c] constant, [t] tty.lock, [n] ptys_lock */
struct pty {
	struct tty tty;			/* the slave */
	struct list link;		/* [n] */
	uint32_t index;			/* [c] */
	struct pty_owner owner;		/* [n] */
	bool master_open;		/* [nt] */
	bool locked;			/* [t] no slave may be opened */
	bool packet;			/* [t] */
	uint8_t events;			/* [t] TIOCPKT_ not yet told */
	uint32_t nslaves;		/* [t] open ones */
	bool slave_seen;		/* [t] there was one */
	uint8_t *output;		/* [t] ring; [c] where */
	uint32_t head, tail;		/* [t] bytes ever put, ever read */
	struct mutex master_reader;
	struct waitq master_waitq;	/* readers and writers of the master */
	struct watch_list master_watchers;
};

/* Bytes the master has not read.  needs: tty.lock */
static inline uint32_t
pty_output_used(const struct pty *pty)
{
	return pty->head - pty->tail;
}
