/* The one frame of zeros that fresh memory may be read from. */
#pragma once

struct frame;

void zero_init(void);		/* once, at boot */
struct frame *zero_frame(void);
