/*
 * Pipes: bytes from writers to readers, in order.
 *
 * A pipe has ends, which are files; a file may be both (a FIFO opened for
 * reading and writing).  Writes of up to PIPE_ATOMIC bytes are not mixed with
 * others'.
 */
#pragma once

#include "unix/fs/file.h"

struct pipe;

void pipe_init(void);		/* once, at boot */

/*
 * A pipe of `bytes` capacity and its ends; flags: FILE_NONBLOCK,
 * FILE_DIRECT (packets) or 0.
 * gives:   ends[0] to be read, ends[1] to be written
 * returns: 0, -ENFILE, -ENOMEM
 */
int pipe_create(uint64_t bytes, uint32_t flags, struct file *ends[2]);

/* One more end, by its flags (/proc/self/fd).  returns: 0, -ENFILE */
int pipe_reopen(struct pipe *pipe, uint32_t flags, struct file **out);

/* Its capacity; set: rounded up to a power of two pages.
 * returns: bytes; -EBADF (no pipe), -EBUSY (more is in it), -EPERM (more than
 *          PIPE_BYTES_MAX), -EINVAL, -ENOMEM */
int64_t pipe_size(struct file *file);
int64_t pipe_set_size(struct file *file, uint64_t bytes);

/* The pipe of a file, or NULL. */
struct pipe *pipe_of(const struct file *file);

/* ---- For fifo.c: pipes whose ends are opened one by one ------------------ */

/* Without ends, with a reference.  returns: NULL if there is no memory */
struct pipe *pipe_new(uint64_t bytes);
void pipe_get(struct pipe *pipe);
void pipe_put(struct pipe *pipe);

/*
 * The file becomes an end of it, by its flags (FILE_READ, FILE_WRITE), and
 * waits for one of the other kind.
 * returns: 0; -ENXIO (FILE_NONBLOCK: nobody reads), -ERESTARTSYS
 */
int pipe_join(struct pipe *pipe, struct file *file);
void pipe_leave(struct pipe *pipe, struct file *file);

int64_t pipe_read(struct file *file, struct uio *uio, uint64_t *offset);
int64_t pipe_write(struct file *file, struct uio *uio, uint64_t *offset);
uint32_t pipe_poll(struct file *file, struct poll_table *table);
int64_t pipe_ioctl(struct file *file, uint32_t request, vaddr_t argument);

/* ---- For splice.c -------------------------------------------------------- */

/*
 * Get hold of what is in the pipe, so that nobody else takes it until
 * pipe_take_end; it may be copied out any number of times.
 * returns: how many bytes; 0 at the end, -EAGAIN, -ERESTARTSYS, with nothing
 *          held
 */
int64_t pipe_take_begin(struct pipe *pipe, bool no_wait);
uint64_t pipe_take_copy(struct pipe *pipe, struct uio *uio, uint64_t skip,
    uint64_t n);
/* The first `n` bytes were taken. */
void pipe_take_end(struct pipe *pipe, uint64_t n);
