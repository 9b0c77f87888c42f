#include "core/vm/zero.h"

#include "core/base/panic.h"
#include "core/mem/frame.h"

static struct frame *zero;	/* [c] pinned for ever */

void
zero_init(void)
{
	zero = frame_alloc(true);
	if (zero == NULL)
		panic("no room for a frame of zeros");
	frame_clear(zero);
	frame_turn(zero, FRAME_PAGE);
	zero->pins = 1;
}

struct frame *
zero_frame(void)
{
	return zero;
}
