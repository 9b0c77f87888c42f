/*
 * Random numbers.
 *
 *	seed --+                       +-> next key
 *	       v                       |
 *	      key -> ChaCha20 block ---+-> the request's own key -> blocks -> bytes
 *	       ^
 *	what was stirred, as it stands at each request
 *
 * Lock order: random_lock is a leaf, held for two blocks at most; the
 * request's bytes are made without it.
 */
#include "unix/dev/random.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/cpu/timer.h"
#include "core/lock/spinlock.h"

#define KEY_WORDS	8
#define NONCE_WORDS	4	/* the block counter is the first of them */
#define BLOCK_WORDS	16
#define ROUNDS		20
#define READY_BLOCKS	4	/* enough for an exec or two */
#define BLOCK_BYTES	(BLOCK_WORDS * sizeof(uint32_t))

static struct spinlock random_lock = SPINLOCK("random", RANK_RANDOM);
static uint32_t key[KEY_WORDS];		/* [random_lock] */
static uint32_t stirred[NONCE_WORDS];	/* [a] not taken in yet */
static uint32_t stirs;			/* [a] how many made it */

/*
 * Bytes made ahead, for small requests: one turn of the key makes them, and
 * each is forgotten as it is given out.
 */
static struct {
	uint32_t blocks[READY_BLOCKS][BLOCK_WORDS];	/* [random_lock] */
	size_t left;			/* [random_lock] those at the end */
} ready;

static uint32_t
rotate(uint32_t word, int by)
{
	return word << by | word >> (32 - by);
}

/* RFC 8439, 2.1. */
static inline void
quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

/* One block: 64 bytes that only who has the key can tell from chance. */
static void
chacha_block(const uint32_t from_key[KEY_WORDS],
    const uint32_t nonce[NONCE_WORDS], uint32_t out[BLOCK_WORDS])
{
	/* "expand 32-byte k" */
	uint32_t start[BLOCK_WORDS] = {
		0x61707865, 0x3320646e, 0x79622d32, 0x6b206574,
	};
	uint32_t block[BLOCK_WORDS];

	memcpy(start + 4, from_key, KEY_WORDS * sizeof(uint32_t));
	memcpy(start + 12, nonce, NONCE_WORDS * sizeof(uint32_t));
	memcpy(block, start, BLOCK_BYTES);
	for (int round = 0; round < ROUNDS; round += 2) {
		/* Unrolled, for then all of it stands in registers. */
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++)
			quarter_round(&block[i], &block[4 + i], &block[8 + i],
			    &block[12 + i]);
#pragma GCC unroll 4
		for (int i = 0; i < 4; i++)
			quarter_round(&block[i], &block[4 + (i + 1) % 4],
			    &block[8 + (i + 2) % 4], &block[12 + (i + 3) % 4]);
	}
	for (int i = 0; i < BLOCK_WORDS; i++)
		out[i] = block[i] + start[i];
}

/*
 * Replace the key by one that depends on it and on `input`.
 * needs: random_lock
 * gives: request, if not NULL: another key, told to nobody else
 */
static void
key_turn(const uint32_t input[NONCE_WORDS], uint32_t *request)
{
	uint32_t block[BLOCK_WORDS];

	ASSERT(spin_held(&random_lock));
	chacha_block(key, input, block);
	memcpy(key, block, sizeof(key));
	if (request != NULL)
		memcpy(request, block + KEY_WORDS, sizeof(key));
}

void
random_add(const void *from, size_t len)
{
	const uint8_t *bytes = from;
	uint32_t input[NONCE_WORDS];

	while (len > 0) {
		size_t n = MIN(len, sizeof(input));

		memset(input, 0, sizeof(input));
		memcpy(input, bytes, n);
		spin_lock(&random_lock);
		key_turn(input, NULL);
		ready.left = 0;
		spin_unlock(&random_lock);
		bytes += n;
		len -= n;
	}
}

void
random_init(void)
{
	uint64_t now = timer_now();

	random_add(machine()->seed, machine()->seed_bytes);
	random_add(&now, sizeof(now));
	if (machine()->seed_bytes == 0)
		print("random: the device tree has no seed: "
		    "numbers can be foreseen\n");
}

void
random_stir(uint64_t what)
{
	uint64_t now = timer_now();
	uint32_t which = atomic_add_relaxed(&stirs, 1);

	atomic_add_relaxed(&stirred[which % NONCE_WORDS],
	    rotate((uint32_t)now, which / NONCE_WORDS % 32) +
	    (uint32_t)(now >> 32) + ((uint32_t)what << 24));
}

/* needs: random_lock */
static void
ready_fill(const uint32_t input[NONCE_WORDS])
{
	uint32_t request[KEY_WORDS], nonce[NONCE_WORDS] = { 0 };

	key_turn(input, request);
	for (; nonce[0] < READY_BLOCKS; nonce[0]++)
		chacha_block(request, nonce, ready.blocks[nonce[0]]);
	ready.left = sizeof(ready.blocks);
}

/* As random_bytes, for no more than a block. */
static void
random_bytes_ready(void *to, size_t len)
{
	uint32_t nonce[NONCE_WORDS];
	uint8_t *from;

	for (int i = 0; i < NONCE_WORDS; i++)
		nonce[i] = atomic_load_relaxed(&stirred[i]);
	spin_lock(&random_lock);
	if (ready.left < len)
		ready_fill(nonce);
	from = (uint8_t *)ready.blocks + sizeof(ready.blocks) - ready.left;
	memcpy(to, from, len);
	memset(from, 0, len);
	ready.left -= len;
	spin_unlock(&random_lock);
}

void
random_bytes(void *to, size_t len)
{
	uint32_t request[KEY_WORDS], nonce[NONCE_WORDS], block[BLOCK_WORDS];
	uint8_t *bytes = to;

	if (len <= BLOCK_BYTES) {
		random_bytes_ready(to, len);
		return;
	}
	for (int i = 0; i < NONCE_WORDS; i++)
		nonce[i] = atomic_load_relaxed(&stirred[i]);
	spin_lock(&random_lock);
	key_turn(nonce, request);
	spin_unlock(&random_lock);
	memset(nonce, 0, sizeof(nonce));
	for (; len > 0; nonce[0]++) {
		size_t n = MIN(len, BLOCK_BYTES);

		chacha_block(request, nonce, block);
		memcpy(bytes, block, n);
		bytes += n;
		len -= n;
		/* 2^32 blocks are more than a counter word numbers. */
		if (nonce[0] == UINT32_MAX)
			nonce[1]++;
	}
}

uint64_t
random_u64(void)
{
	uint64_t value;

	random_bytes(&value, sizeof(value));
	return value;
}
