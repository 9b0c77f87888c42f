/*
 * Which bytes of a pipe are packets: what one write by FILE_DIRECT wrote, up to
 * PIPE_ATOMIC bytes, and one read takes.
 *
 *	ring:	 stream bytes | packet | packet | stream bytes
 *	list:	              {at, len} {at, len}
 *
 * Positions are the ring's, which only grow.  All needs the pipe's lock, but
 * copying, for which it is enough that nobody reads or writes.
 */
#pragma once

#include "core/base/types.h"

struct pipe_packet {
	uint64_t at, len;
};

struct pipe_packets {
	struct pipe_packet *list;	/* a ring; NULL: there never was one */
	uint32_t first, count, max;
};

/* Make room for `max`, unless there is.  returns: 0 or -ENOMEM */
int packets_init(struct pipe_packets *packets, uint32_t max);
void packets_destroy(struct pipe_packets *packets);

/* Whether no more can be counted. */
static inline bool
packets_full(const struct pipe_packets *packets)
{
	return packets->list != NULL && packets->count == packets->max;
}

/* needs: packets_init, not full */
void packets_add(struct pipe_packets *packets, uint64_t at, uint64_t len);

/*
 * A read of `n` bytes, which are there, from position `tail` on: it ends with
 * the first packet it meets.
 * returns: how many bytes it gets
 * gives:   *passed: how many it takes away
 */
uint64_t packets_cut(const struct pipe_packets *packets, uint64_t tail,
    uint64_t n, uint64_t *passed);

/* All before `tail` was taken; a packet of which a part was is the rest. */
void packets_consume(struct pipe_packets *packets, uint64_t tail);

/* The same list for a ring of room for `max`, in which `tail` is position 0.
 * returns: 0, -EBUSY (there are more), -ENOMEM */
int packets_copy(const struct pipe_packets *packets, uint32_t max,
    uint64_t tail, struct pipe_packets *new);
