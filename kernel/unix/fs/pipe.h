/*
 * Pipes: bytes from writers to readers, in order.
 *
 * A pipe has ends; it goes when the last of both kinds is closed.
 */
#pragma once

#include "core/base/types.h"

struct pipe;

void pipe_init(void);		/* once, at boot */

/* With one end of each kind.  returns: NULL if the table of pipes is full */
struct pipe *pipe_open(void);
void pipe_close(struct pipe *pipe, bool write_end);

/* returns: bytes, at least one; 0 once it is empty and has no writer; -EINTR;
 *          -EFAULT with nothing lost */
int64_t pipe_read(struct pipe *pipe, vaddr_t to, uint64_t len);
/* Up to PIPE_BYTES are written in one piece.
 * returns: bytes written, all unless something stopped it; -EPIPE, -EINTR,
 *          -EFAULT if that was before the first */
int64_t pipe_write(struct pipe *pipe, vaddr_t from, uint64_t len);
