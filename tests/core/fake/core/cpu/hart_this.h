/* The host's stand-in: which simulated hart runs this. */
#pragma once

struct hart;

extern struct hart *fake_hart;

static inline struct hart *
hart_this(void)
{
	return fake_hart;
}
