/* Bits of words, where the processor has no instruction for them. */
#pragma once

#include "core/base/types.h"

/* Which is the lowest bit of a word that is set.  needs: one is */
static inline uint32_t
bit_lowest(uint32_t word)
{
	/* All 32 windows of 5 bits of this number differ (de Bruijn): shifted
	 * by the bit's number, its highest five tell which it is. */
	static const uint8_t numbers[32] = {
		0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8,
		31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9,
	};

	return numbers[(word & -word) * 0x077cb531u >> 27];
}

/* Which is the highest.  needs: one is set */
static inline uint32_t
bit_highest(uint32_t word)
{
	word |= word >> 1;
	word |= word >> 2;
	word |= word >> 4;
	word |= word >> 8;
	word |= word >> 16;
	return bit_lowest(word ^ word >> 1);
}
