/* What the word of a mutex says that the kernel knows of. */
#pragma once

#define FUTEX_WORD_TID		0x3fffffffu	/* who holds it */
#define FUTEX_WORD_DIED		0x40000000u	/* the last holder did */
#define FUTEX_WORD_WAITERS	0x80000000u	/* somebody sleeps */
