#include "core/vm/zero.h"

#include "core/base/panic.h"
#include "core/cpu/page.h"
#include "core/mem/frame.h"

static struct frame *zero;	/* [c] pinned for ever */

void
zero_init(void)
{
	zero = frame_alloc();
	if (zero == NULL)
		panic("no room for a frame of zeros");
	page_clear(frame_data(zero));
	frame_turn(zero, FRAME_PAGE);
	zero->pins = 1;
}

struct frame *
zero_frame(void)
{
	return zero;
}
