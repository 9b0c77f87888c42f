/* Inside of pipes, for pipe*.c alone. */
#pragma once

#include "core/task/wait.h"
#include "unix/fs/pipe.h"
#include "unix/fs/pipe_packets.h"
#include "unix/fs/pipe_ring.h"

/* [a] atomic, [c] constant, [l] lock */
struct pipe {
	/* [l] somebody copies bytes out, or in, without the lock */
	bool reading, writing;
	uint32_t refs;			/* [a] ends, and the FIFO */
	struct spinlock lock;
	struct waitq readable, writable, joined;
	struct watch_list watchers;
	uint32_t nreaders, nwriters;	/* [l] open ends */
	uint64_t readers_ever, writers_ever;	/* [l] ends ever opened */
	uint64_t inode;			/* [c] */
	struct pipe_ring ring;		/* [l], see there */
	struct pipe_packets packets;	/* [l] */
};
