#include "core/mem/frame.h"

#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/hart.h"
#include "core/cpu/page.h"
#include "core/lock/spinlock.h"

/* Frames that wait to be used, linked by `next`. */
struct chain {
	uint32_t first;		/* lock */
	uint32_t count;		/* lock to change, [a] to read */
};

/* ... those that are FRAME_CLEAN in [1], the others in [0].  Each on a line of
 * the cache of its own, for what harts have at hand is each one's own. */
struct free_list {
	struct spinlock lock;
	struct chain chains[2];
} __attribute__((aligned(64)));

struct frame *frame_table;
paddr_t frame_base;
uintptr_t frame_origin;
uint32_t *frame_tallies;

static uint32_t nframes;	/* [c] */
static struct free_list shared = {
	SPINLOCK("frames", RANK_FRAMES), { { FRAME_NONE, 0 }, { FRAME_NONE, 0 } }
};
static struct free_list at_hand[HARTS_MAX];
/* By the hart that turned or freed them: only sums mean anything. [a] */
static uint32_t kind_counts[HARTS_MAX][FRAME_KINDS];
static uint32_t claimed;	/* shared.lock to change, [a] to read */

/* How many there are; of a list that is not locked, about. */
static inline uint32_t
list_count(const struct free_list *list)
{
	return atomic_load_relaxed(&list->chains[0].count) +
	    atomic_load_relaxed(&list->chains[1].count);
}

static inline void
list_push(struct free_list *list, struct frame *frame, bool clean)
{
	struct chain *chain = &list->chains[clean];

	frame->next = chain->first;
	chain->first = frame_number(frame);
	atomic_store_relaxed(&chain->count, chain->count + 1);
}

/* One that is clean, or one that is not, if there are any; else another. */
static inline struct frame *
list_pop(struct free_list *list, bool clean)
{
	struct chain *chain = &list->chains[clean];
	struct frame *frame;

	if (chain->first == FRAME_NONE)
		chain = &list->chains[!clean];
	if (chain->first == FRAME_NONE)
		return NULL;
	frame = frame_at(chain->first);
	chain->first = frame->next;
	atomic_store_relaxed(&chain->count, chain->count - 1);
	return frame;
}

/* Move up to `count` frames of one kind, all at once. */
static void
chain_move(struct chain *from, struct chain *to, uint32_t count)
{
	uint32_t first = from->first, moved = 0;
	struct frame *last = NULL;

	for (uint32_t at = first; at != FRAME_NONE && moved < count; moved++) {
		last = frame_at(at);
		at = last->next;
	}
	if (moved == 0)
		return;
	from->first = last->next;
	last->next = to->first;
	to->first = first;
	atomic_store_relaxed(&from->count, from->count - moved);
	atomic_store_relaxed(&to->count, to->count + moved);
}

void
frame_init(paddr_t start, paddr_t end)
{
	uint64_t npages = (end - start) >> PAGE_SHIFT;
	uint64_t table_pages =
	    ROUND_UP(npages * (sizeof(struct frame) + sizeof(uint32_t)),
	    PAGE_BYTES) >> PAGE_SHIFT;

	ASSERT(table_pages < npages);
	frame_table = direct_pointer(start);
	memset(frame_table, 0, table_pages << PAGE_SHIFT);
	frame_tallies = (uint32_t *)(frame_table + npages);
	frame_base = start;
	frame_origin = (uintptr_t)frame_table -
	    (start >> PAGE_SHIFT) * sizeof(struct frame);
	nframes = (uint32_t)npages;
	for (int i = 0; i < HARTS_MAX; i++) {
		spin_init(&at_hand[i].lock, "frames at hand", RANK_FRAMES_HART);
		at_hand[i].chains[0].first = FRAME_NONE;
		at_hand[i].chains[1].first = FRAME_NONE;
	}
	for (uint32_t i = 0; i < table_pages; i++) {
		frame_at(i)->refs = 1;
		frame_turn(frame_at(i), FRAME_KERNEL);
	}
	/* From the top down, so that the lowest are handed out first. */
	for (uint32_t i = nframes; i-- > table_pages; )
		list_push(&shared, frame_at(i), false);
}

/* Bring frames of either kind from the shared list to a hart's, leaving `keep`
 * there. */
static void
list_refill(struct free_list *mine, uint32_t keep)
{
	spin_lock(&shared.lock);
	for (uint32_t clean = 0; clean < 2; clean++)
		if (list_count(&shared) > keep)
			chain_move(&shared.chains[clean], &mine->chains[clean],
			    MIN(list_count(&shared) - keep,
			    FRAMES_PER_HART / 4));
	spin_unlock(&shared.lock);
}

/* Bring all that harts have at hand to the shared list, to be counted. */
static void
lists_gather(void)
{
	for (int i = 0; i < HARTS_MAX; i++) {
		spin_lock(&at_hand[i].lock);
		spin_lock(&shared.lock);
		for (int clean = 0; clean < 2; clean++)
			chain_move(&at_hand[i].chains[clean],
			    &shared.chains[clean], UINT32_MAX);
		spin_unlock(&shared.lock);
		spin_unlock(&at_hand[i].lock);
	}
}

/* Few are left: then it is the shared list that says how many. */
static struct frame *
alloc_scarce(uint32_t keep, bool clean)
{
	struct frame *frame = NULL;

	lists_gather();
	spin_lock(&shared.lock);
	if (list_count(&shared) > keep)
		frame = list_pop(&shared, clean);
	spin_unlock(&shared.lock);
	return frame;
}

/* One of those this hart has at hand.  `refill`: bring some there first */
static inline struct frame *
alloc_at_hand(uint32_t keep, bool clean, bool refill)
{
	struct free_list *mine = &at_hand[hart_this()->index];
	struct frame *frame = NULL;

	spin_lock(&mine->lock);
	if (refill)
		list_refill(mine, keep);
	if (list_count(&shared) >= keep)
		frame = list_pop(mine, clean);
	spin_unlock(&mine->lock);
	return frame;
}

/* None is at hand, or they are to be kept. */
static __attribute__((noinline)) struct frame *
alloc_not_at_hand(uint32_t keep, bool clean)
{
	struct frame *frame = alloc_at_hand(keep, clean, true);

	return frame != NULL ? frame : alloc_scarce(keep, clean);
}

static struct frame *
alloc_keeping(uint32_t keep, bool clean)
{
	struct frame *frame = alloc_at_hand(keep, clean, false);

	if (frame == NULL)
		frame = alloc_not_at_hand(keep, clean);
	if (frame == NULL)
		return NULL;
	ASSERT(frame->refs == 0);
	frame->kind = FRAME_KERNEL;
	atomic_store_relaxed(&frame->refs, 1);
	return frame;
}

struct frame *
frame_alloc(bool clean)
{
	return alloc_keeping(FRAMES_RESERVED + atomic_load_relaxed(&claimed),
	    clean);
}

struct frame *
frame_alloc_reserved(bool clean)
{
	return alloc_keeping(atomic_load_relaxed(&claimed), clean);
}

void
frame_clear(struct frame *frame)
{
	if (!(frame->flags & FRAME_CLEAN))
		page_clear(frame_data(frame));
	frame->flags &= (uint8_t)~FRAME_CLEAN;
}

/* Claim from what the shared list holds beyond the reserve. */
static bool
claim_shared(uint32_t count)
{
	bool enough;

	spin_lock(&shared.lock);
	enough = list_count(&shared) >= FRAMES_RESERVED + claimed &&
	    list_count(&shared) - FRAMES_RESERVED - claimed >= count;
	if (enough)
		atomic_store_relaxed(&claimed, claimed + count);
	spin_unlock(&shared.lock);
	return enough;
}

bool
frame_claim(uint32_t count)
{
	/* Every exec claims: leave other harts' frames alone while it can. */
	if (claim_shared(count))
		return true;
	lists_gather();
	return claim_shared(count);
}

void
frame_unclaim(uint32_t count)
{
	spin_lock(&shared.lock);
	ASSERT(claimed >= count);
	atomic_store_relaxed(&claimed, claimed - count);
	spin_unlock(&shared.lock);
}

struct frame *
frame_alloc_claimed(void)
{
	struct frame *frame = alloc_keeping(0, false);

	if (frame != NULL)
		frame_unclaim(1);
	return frame;
}

void
frame_free_claimed(struct frame *frame)
{
	spin_lock(&shared.lock);
	atomic_store_relaxed(&claimed, claimed + 1);
	spin_unlock(&shared.lock);
	frame_put(frame);
}

uint32_t
frame_claimed_count(void)
{
	return atomic_load_relaxed(&claimed);
}

/* Give about half of a hart's overfull list back to all, of either kind. */
static __attribute__((noinline)) void
list_spill(struct free_list *mine)
{
	spin_lock(&shared.lock);
	for (int clean = 0; clean < 2; clean++)
		chain_move(&mine->chains[clean], &shared.chains[clean],
		    mine->chains[clean].count / 2);
	spin_unlock(&shared.lock);
}

static void
frame_give_back(struct frame *frame, uint8_t flags)
{
	uint32_t hart = hart_this()->index;
	struct free_list *mine = &at_hand[hart];

	ASSERT(frame->refs == 0 && frame->kind != FRAME_FREE);
	ASSERT(frame->object == 0 && frame->pins == 0);
	atomic_sub_relaxed(&kind_counts[hart][frame->kind], 1);
	frame->kind = FRAME_FREE;
	frame->flags = flags;
	spin_lock(&mine->lock);
	list_push(mine, frame, flags & FRAME_CLEAN);
	/* The reserve is filled first: those who free must not fail. */
	if (list_count(mine) >= FRAMES_PER_HART / 2 &&
	    (list_count(mine) > FRAMES_PER_HART || list_count(&shared) <
	    FRAMES_RESERVED + FRAMES_PER_HART +
	    atomic_load_relaxed(&claimed)))
		list_spill(mine);
	spin_unlock(&mine->lock);
}

void
frame_free(struct frame *frame)
{
	frame_give_back(frame, 0);
}

void
frame_free_clean(struct frame *frame)
{
	frame_give_back(frame, FRAME_CLEAN);
}

bool
frame_clear_ahead(void)
{
	struct free_list *mine = &at_hand[hart_this()->index];
	bool more;

	/* Under the lock: a frame is free or has a name at any moment. */
	spin_lock(&mine->lock);
	more = mine->chains[1].count < FRAMES_CLEAN_PER_HART &&
	    mine->chains[0].first != FRAME_NONE;
	if (more) {
		struct frame *frame = list_pop(mine, false);

		page_clear(frame_data(frame));
		frame->flags = FRAME_CLEAN;
		list_push(mine, frame, true);
	}
	spin_unlock(&mine->lock);
	return more;
}

void
frame_put(struct frame *frame)
{
	ASSERT(frame->kind != FRAME_NODE);
	if (frame_drop(frame))
		frame_free(frame);
}

void
frame_pin(struct frame *frame)
{
	frame_get(frame);
	atomic_add(&frame->pins, 1);
}

void
frame_unpin(struct frame *frame)
{
	ASSERT(frame->pins > 0);
	atomic_sub(&frame->pins, 1);
	frame_put(frame);
}

/* Whether the shared list starts with `npages` frames in a row. */
static bool
list_starts_with_run(uint32_t npages)
{
	uint32_t number = shared.chains[0].first;

	for (uint32_t i = 0; i < npages; i++, number++)
		if (number >= nframes || frame_at(number)->refs != 0 ||
		    (i > 0 && frame_at(number - 1)->next != number))
			return false;
	return true;
}

void *
frame_alloc_run(uint32_t npages)
{
	void *run = NULL;

	/* Booting: nothing was freed yet, so the list is still in order. */
	spin_lock(&shared.lock);
	if (list_starts_with_run(npages)) {
		run = frame_data(frame_at(shared.chains[0].first));
		for (uint32_t i = 0; i < npages; i++) {
			struct frame *frame = list_pop(&shared, false);

			frame->refs = 1;
			frame_turn(frame, FRAME_KERNEL);
		}
	}
	spin_unlock(&shared.lock);
	if (run != NULL)
		memset(run, 0, (size_t)npages << PAGE_SHIFT);
	return run;
}

void *
frame_alloc_kernel(void)
{
	struct frame *frame = frame_alloc(true);

	if (frame == NULL)
		return NULL;
	frame_clear(frame);
	return frame_data(frame);
}

void
frame_free_kernel(void *page)
{
	struct frame *frame = frame_of(direct_paddr(page));

	ASSERT(frame->kind == FRAME_KERNEL && frame->refs == 1);
	frame_put(frame);
}

void
frame_turn(struct frame *frame, enum frame_kind kind)
{
	uint32_t *counts = kind_counts[hart_this()->index];

	atomic_sub_relaxed(&counts[frame->kind], 1);
	atomic_add_relaxed(&counts[kind], 1);
	frame->kind = (uint8_t)kind;
}

uint32_t
frame_count_of(enum frame_kind kind)
{
	uint32_t count = 0;

	for (int i = 0; i < HARTS_MAX; i++)
		count += atomic_load_relaxed(&kind_counts[i][kind]);
	return count;
}

bool
frames_are_plenty(void)
{
	return list_count(&shared) > nframes / 8;
}

uint32_t
frame_count(void)
{
	return nframes;
}

uint32_t
frame_free_count(void)
{
	uint32_t count = list_count(&shared);

	for (int i = 0; i < HARTS_MAX; i++)
		count += list_count(&at_hand[i]);
	return count;
}
