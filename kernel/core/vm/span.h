/*
 * Spans: a range as it is cut along the tree.
 *
 *	entries      |   .   | part |  a run of whole ones  | part |   .   |
 *	span                ^start                              ^end
 */
#pragma once

#include "core/base/types.h"
#include "core/vm/entry.h"
#include "core/vm/node.h"

/* The part of a range that lies in one node. */
struct span {
	vaddr_t base;		/* first address the node covers */
	uint32_t level;		/* of the node */
	vaddr_t start, end;	/* within the node */
};

static inline uint32_t
span_shift(const struct span *span)
{
	return PAGE_SHIFT + SV39_INDEX_BITS * span->level;
}

/* First address below entry `index`. */
static inline vaddr_t
span_base(const struct span *span, uint32_t index)
{
	return span->base + ((vaddr_t)index << span_shift(span));
}

/* What lies between `start` and `end` below entry `index` of a node. */
static inline struct span
span_below(const struct span *span, uint32_t index)
{
	return (struct span){
		.base = span_base(span, index),
		.level = span->level - 1,
		.start = MAX(span->start, span_base(span, index)),
		.end = MIN(span->end, span_base(span, index + 1)),
	};
}

/* The first entry the range touches, and the one after the last. */
static inline uint32_t
span_first(const struct span *span)
{
	return (uint32_t)((span->start - span->base) >> span_shift(span));
}

static inline uint32_t
span_limit(const struct span *span)
{
	return (uint32_t)((span->end - 1 - span->base) >> span_shift(span)) + 1;
}

/*
 * How many entries in a row, from `index` on, the range covers whole; 0 if it
 * covers only a part of that one.
 */
static inline uint32_t
span_run(const struct span *span, uint32_t index)
{
	if (span->start > span_base(span, index))
		return 0;
	return (uint32_t)((span->end - span->base) >> span_shift(span)) - index;
}

static inline struct span
span_root(vaddr_t start, uint64_t len)
{
	return (struct span){
		.base = 0, .level = ROOT_LEVEL,
		.start = start, .end = start + len,
	};
}
