/*
 * The invariants of DESIGN.md, checked from the roots, by code that shares
 * nothing with core/vm/audit.c.  Each fails the test that calls it.
 */
#pragma once

#include "world.h"

#define FRAMES_CHECKED_MAX 16384

/* 1, 2, 3, 4, 9: every count of every frame, node and object; every path. */
void check_counts(void);
/* 5, 7: what spaces see is what the model says; promised pages. */
void check_view(const struct model *model, uint32_t slot);
void check_views(const struct model *model);
/* Whether they agree; prints nothing.  For choosing among orders. */
bool views_agree(const struct model *model);
/* Whether a page is there and is a private copy of an object's. */
bool page_is_copy(const struct space *space, uint64_t page);
/* 6: nothing cached grants what the tree does not. */
void check_tlbs(const struct model *model);

/* 6: what a running hart can reach by what it caches is still held. */
void check_before_fence(void);

/* From here on harts speculate as this operation makes them: it repeats. */
void check_seed(const struct op *op);
/* Harts walk at random at each point; set as machine_at_point. */
void check_speculate(const char *what);

/* Of core/vm/fence.c: the generation of ASIDs that is current. */
uint64_t fence_generation(void);
bool fence_has_asids(void);
/* Whether a hart flushes everything when it loads a space next. */
bool fence_hart_flushes(uint32_t hart);
/* Forget all ASIDs and generations; needs: no space. */
void fence_reset(void);
