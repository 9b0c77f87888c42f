#include "unix/fs/pipe_packets.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/vm/heap.h"

static struct pipe_packet *
packet_at(const struct pipe_packets *packets, uint32_t i)
{
	return &packets->list[(packets->first + i) % packets->max];
}

int
packets_init(struct pipe_packets *packets, uint32_t max)
{
	struct pipe_packet *list;

	if (packets->list != NULL)
		return 0;
	max = MAX(max, 1);
	list = heap_alloc(max * sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	packets->first = packets->count = 0;
	packets->max = max;
	packets->list = list;
	return 0;
}

void
packets_destroy(struct pipe_packets *packets)
{
	heap_free(packets->list);
}

void
packets_add(struct pipe_packets *packets, uint64_t at, uint64_t len)
{
	struct pipe_packet *packet = packet_at(packets, packets->count);

	ASSERT(packets->count < packets->max);
	packet->at = at;
	packet->len = len;
	packets->count++;
}

uint64_t
packets_cut(const struct pipe_packets *packets, uint64_t tail, uint64_t n,
    uint64_t *passed)
{
	const struct pipe_packet *first;
	uint64_t end;

	*passed = n;
	if (packets->count == 0)
		return n;
	first = packet_at(packets, 0);
	end = first->at + first->len - tail;
	if (tail + n <= first->at)
		return n;
	*passed = end;
	return MIN(n, end);
}

void
packets_consume(struct pipe_packets *packets, uint64_t tail)
{
	struct pipe_packet *packet;

	while (packets->count > 0) {
		packet = packet_at(packets, 0);
		if (packet->at + packet->len > tail) {
			if (packet->at < tail) {
				packet->len -= tail - packet->at;
				packet->at = tail;
			}
			return;
		}
		packets->first = (packets->first + 1) % packets->max;
		packets->count--;
	}
}

int
packets_copy(const struct pipe_packets *packets, uint32_t max, uint64_t tail,
    struct pipe_packets *new)
{
	int err;

	*new = (struct pipe_packets){ 0 };
	if (packets->list == NULL)
		return 0;
	if (packets->count > max)
		return -EBUSY;
	err = packets_init(new, max);
	for (uint32_t i = 0; err == 0 && i < packets->count; i++)
		packets_add(new, packet_at(packets, i)->at - tail,
		    packet_at(packets, i)->len);
	return err;
}
