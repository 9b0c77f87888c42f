/*
 * Bytes from file to file: splice, tee, sendfile, copy_file_range.
 *
 * What could not be written is still there to be read: an offset moves, and
 * bytes leave a pipe, by what the other side took.
 */
#pragma once

#include "unix/fs/file.h"

struct splice_end {
	struct file *file;
	uint64_t *offset;	/* where, and moved; NULL: the file's own */
};

/*
 * One side at least is a pipe.  no_wait: pipes are not waited for.
 * returns: bytes moved, 0 at the end; -EINVAL (no pipe, the same pipe, the
 *          output appends), -ESPIPE (an offset of a stream), -EBADF, what
 *          reading and writing return
 */
int64_t splice_files(const struct splice_end *in, const struct splice_end *out,
    uint64_t len, bool no_wait);
/* Copy what is in one pipe to another, leaving it there. */
int64_t splice_tee(struct file *in, struct file *out, uint64_t len,
    bool no_wait);
/* -EINVAL: `in` is a stream, or the output appends */
int64_t splice_send(const struct splice_end *in, struct file *out,
    uint64_t len);
/* Both are regular files.  -EISDIR, -EINVAL (overlap, others), -EBADF, -EFBIG
 */
int64_t splice_copy_range(const struct splice_end *in,
    const struct splice_end *out, uint64_t len);
