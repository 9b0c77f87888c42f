/* core/vm/fence.c itself, so that the checks can see its generation. */
#include "../../kernel/core/vm/fence.c"

#include "check.h"

uint64_t
fence_generation(void)
{
	return asids.generation;
}

bool
fence_has_asids(void)
{
	return !asids_too_few();
}

bool
fence_hart_flushes(uint32_t hart)
{
	return asids_too_few() || asids.hart[hart].flushed != asids.generation;
}

void
fence_reset(void)
{
	asids.generation = 1;
	asids.next = 1;
	for (uint32_t i = 0; i < HARTS_MAX; i++) {
		asids.hart[i].kept = 0;
		asids.hart[i].flushed = 0;
		asids.hart[i].loaded = NULL;
	}
}
