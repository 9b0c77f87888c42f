#include "core/mem/frame.h"

#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/hart.h"
#include "core/cpu/page.h"
#include "core/lock/spinlock.h"
#include "core/mem/frame_list.h"

struct frame *frame_table;
paddr_t frame_base;
uintptr_t frame_origin;
uint32_t *frame_tallies;

static uint32_t nframes;	/* [c] */
static struct free_list shared = {
	SPINLOCK("frames", RANK_FRAMES), { { FRAME_NONE, 0 }, { FRAME_NONE, 0 } }
};
static struct free_list at_hand[HARTS_MAX];
/* By the hart that turned or freed them: only sums mean anything, and of the
 * kernel's own, which are not counted when they are taken, nothing does. [a] */
static uint32_t kind_counts[HARTS_MAX][FRAME_KINDS];
static uint32_t claimed;	/* shared.lock to change, [a] to read */

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

/* Bring frames from the shared list to a hart's, of the kinds it has none of,
 * leaving `keep` there. */
static __attribute__((noinline)) void
list_refill(struct free_list *mine, uint32_t keep)
{
	spin_lock(&shared.lock);
	for (uint32_t clean = 0; clean < 2; clean++)
		if (mine->chains[clean].first == FRAME_NONE &&
		    list_count(&shared) > keep)
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

/* What was asked for is not at hand, or frames are to be kept: better another
 * that is at hand than none. */
static __attribute__((noinline)) struct frame *
alloc_not_at_hand(uint32_t keep, bool clean)
{
	struct free_list *mine = &at_hand[hart_this()->index];
	struct frame *frame = NULL;

	spin_lock(&mine->lock);
	if (list_count(mine) == 0 ||
	    atomic_load_relaxed(&shared.chains[clean].count) > 0)
		list_refill(mine, keep);
	if (list_count(&shared) >= keep)
		frame = list_pop(mine, clean);
	spin_unlock(&mine->lock);
	return frame != NULL ? frame : alloc_scarce(keep, clean);
}

/* One of those this hart has at hand: of the kind that is asked for, if there
 * is one anywhere. */
static inline struct frame *
alloc_at_hand(uint32_t keep, bool clean)
{
	struct free_list *mine = &at_hand[hart_this()->index];
	struct frame *frame = NULL;

	spin_lock(&mine->lock);
	if (list_count(&shared) >= keep) {
		frame = chain_pop(&mine->chains[clean]);
		if (frame == NULL &&
		    atomic_load_relaxed(&shared.chains[clean].count) == 0)
			frame = chain_pop(&mine->chains[!clean]);
	}
	spin_unlock(&mine->lock);
	return frame;
}

/* It is the caller's now. */
static inline void
frame_begin(struct frame *frame)
{
	ASSERT(frame->refs == 0);
	frame->kind = FRAME_KERNEL;
	atomic_store_relaxed(&frame->refs, 1);
}

static struct frame *
alloc_keeping(uint32_t keep, bool clean)
{
	struct frame *frame = alloc_at_hand(keep, clean);

	if (frame == NULL)
		frame = alloc_not_at_hand(keep, clean);
	if (frame != NULL)
		frame_begin(frame);
	return frame;
}

struct frame *
frame_alloc(bool clean)
{
	return alloc_keeping(FRAMES_RESERVED + atomic_load_relaxed(&claimed),
	    clean);
}

uint32_t
frame_alloc_several(uint32_t count, uint32_t *first, struct frame **other)
{
	struct free_list *mine = &at_hand[hart_this()->index];
	struct frame *frame;
	uint32_t taken = 0;

	spin_lock(&mine->lock);
	if (list_count(&shared) <
	    FRAMES_RESERVED + atomic_load_relaxed(&claimed))
		count = 0;
	else if (other != NULL && (*other = chain_pop(&mine->chains[0])) != NULL)
		frame_begin(*other);
	for (; taken < count; taken++) {
		frame = chain_pop(&mine->chains[1]);
		if (frame == NULL)
			break;
		frame_begin(frame);
		frame->next = *first;
		*first = frame_number(frame);
	}
	spin_unlock(&mine->lock);
	return taken;
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

void
frame_return(struct frame *frame, bool clean)
{
	bool last = frame_drop(frame);

	ASSERT(last);
	frame_give_back(frame, clean ? FRAME_CLEAN : 0);
}

/* Have some to clear at hand, and room for them: what is clean goes to all. */
static void
clear_ahead_prepare(struct free_list *mine)
{
	if (mine->chains[1].count >= FRAMES_CLEAN_PER_HART &&
	    atomic_load_relaxed(&shared.chains[1].count) < FRAMES_CLEAN_SHARED)
		list_spill(mine);
	if (mine->chains[1].count < FRAMES_CLEAN_PER_HART &&
	    mine->chains[0].first == FRAME_NONE)
		list_refill(mine, FRAMES_RESERVED + FRAMES_PER_HART +
		    atomic_load_relaxed(&claimed));
}

bool
frame_clear_ahead(void)
{
	struct free_list *mine = &at_hand[hart_this()->index];
	bool more;

	/* Under the lock: a frame is free or has a name at any moment. */
	spin_lock(&mine->lock);
	clear_ahead_prepare(mine);
	more = mine->chains[1].count < FRAMES_CLEAN_PER_HART &&
	    mine->chains[0].first != FRAME_NONE;
	if (more) {
		struct frame *frame = frame_at(mine->chains[0].first);

		page_clear(frame_data(frame));
		frame->flags = FRAME_CLEAN;
		/* Whoever counts is not to miss it. */
		spin_lock(&shared.lock);
		chain_move(&mine->chains[0], &mine->chains[1], 1);
		spin_unlock(&shared.lock);
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
	atomic_add_relaxed(&kind_counts[hart_this()->index][kind], 1);
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
frames_clean_are_plenty(void)
{
	return atomic_load_relaxed(&shared.chains[1].count) >
	    FRAMES_CLEAN_SHARED / 2;
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
	uint32_t count;

	/* What goes from list to list does so under this lock. */
	spin_lock(&shared.lock);
	count = list_count(&shared);
	for (int i = 0; i < HARTS_MAX; i++)
		count += list_count(&at_hand[i]);
	spin_unlock(&shared.lock);
	return count;
}
