/*
 * Atomic operations on plain integers whose fields are tagged [a].  Names say
 * the order: _acquire, _release; without either, sequentially consistent.
 */
#pragma once

#include "core/base/types.h"

#define atomic_load(p)		__atomic_load_n((p), __ATOMIC_SEQ_CST)
#define atomic_load_relaxed(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_store(p, v)	__atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
/* A store of an aligned word is single; GCC would take an AMO for it, which
 * has no offset and is slower. */
#define atomic_store_relaxed(p, v) \
	((void)(*(volatile __typeof__(*(p)) *)(p) = (v)))
#define atomic_store_release(p, v)	__atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* These give the value from before the operation. */
#define atomic_add(p, v)	__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_add_relaxed(p, v)	__atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define atomic_sub(p, v)	__atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST)
#define atomic_sub_relaxed(p, v)	__atomic_fetch_sub((p), (v), __ATOMIC_RELAXED)
#define atomic_or(p, v)		__atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define atomic_and(p, v)	__atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define atomic_swap(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_swap_acquire(p, v)	__atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)

/* Put `desired` where *expected still stands; false and *expected updated if
 * it does not. */
#define atomic_compare_swap(p, expected, desired) \
	__atomic_compare_exchange_n((p), (expected), (desired), false, \
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define atomic_compare_swap_acquire(p, expected, desired) \
	__atomic_compare_exchange_n((p), (expected), (desired), false, \
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define atomic_compare_swap_release(p, expected, desired) \
	__atomic_compare_exchange_n((p), (expected), (desired), false, \
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED)

#define atomic_fence()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
