/* Which hart runs this: tp. The host tests bring their own version. */
#pragma once

struct hart;

/* Another one's after any call that may sleep: so to the compiler, a call may
 * change it. */
register struct hart *hart_in_tp asm("tp");

static inline struct hart *
hart_this(void)
{
	return hart_in_tp;
}
