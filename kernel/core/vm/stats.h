/* Counters for programs that want to know: free(1), tests, benchmarks. */
#pragma once

#include "core/base/types.h"

/* In frames unless said otherwise.  Exact when nothing else runs. */
struct memory_stats {
	uint64_t total;		/* frames the kernel manages */
	uint64_t free;		/* and not claimed */
	uint64_t nodes;		/* page-table pages of spaces, queued ones too */
	uint64_t cached;	/* pages of objects that could be dropped */
	uint64_t queued;	/* of the nodes: dropped, not freed yet */
	uint64_t anonymous;	/* pages of programs that are no object's own */
	uint64_t file;		/* pages of objects that can be filled again */
	uint64_t shared;	/* pages of objects that are memory */
	uint64_t mapped;	/* of both: those somebody maps */
	uint64_t dirty;		/* ... that must be stored */
	uint64_t heap;		/* the kernel's, of variable number (heap.h) */
	uint64_t faults;	/* page faults served since boot */
	uint64_t copies;	/* frames copied by them */
};

/* What is counted anyway: all but `cached` and `mapped`, which are 0. */
void memory_counts(struct memory_stats *stats);
/* All of it; looks at every page of every object. */
void memory_stats(struct memory_stats *stats);

/* For vm: a frame was copied. */
void stats_count_copy(void);
