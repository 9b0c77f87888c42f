/* Which hart runs this: tp. The host tests bring their own version. */
#pragma once

struct hart;

static inline struct hart *
hart_this(void)
{
	struct hart *hart;

	asm volatile("mv %0, tp" : "=r"(hart));
	return hart;
}
