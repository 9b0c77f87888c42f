/*
 * Descriptors: the small numbers by which processes name their open files.
 *
 * A table is counted, as processes may share one.  It grows as numbers get
 * higher, up to what each caller may have (RLIMIT_NOFILE).  Other threads may
 * close a descriptor at any moment: descriptor_get gives a reference.
 */
#pragma once

#include "unix/fs/file.h"

struct descriptors;

/* returns: NULL if there is no memory */
struct descriptors *descriptors_new(void);
/* The same files under the same numbers, for fork; NULL: no memory. */
struct descriptors *descriptors_copy(struct descriptors *from);
void descriptors_get(struct descriptors *table);
/* The last one closes all. */
void descriptors_put(struct descriptors *table);
bool descriptors_shared(const struct descriptors *table);

/*
 * The lowest free number from `lowest` on, below `limit`, for `file`.  Takes
 * over the caller's reference to it where it succeeds.
 * returns: the descriptor; -EMFILE; -ENOMEM; -EINVAL (lowest >= limit)
 */
int descriptor_add(struct descriptors *table, struct file *file,
    uint32_t lowest, uint32_t limit, bool cloexec);
/* Two at once, or none (pipe, socketpair). */
int descriptor_add_two(struct descriptors *table, struct file *files[2],
    uint32_t limit, bool cloexec, int fds[2]);

/* With a reference, to be put by file_put.  returns: 0 or -EBADF; a FILE_PATH
 * one only through descriptor_get_any */
int descriptor_get(struct descriptors *table, int fd, struct file **out);
int descriptor_get_any(struct descriptors *table, int fd, struct file **out);

/* Without a reference, but no FILE_PATH one.
 * needs:   nobody else has the table, to close it, until it was used
 * returns: NULL if there is none */
struct file *descriptor_peek(struct descriptors *table, int fd);

/* returns: 0 or -EBADF */
int descriptor_close(struct descriptors *table, int fd);
/* Close those from first to last. */
void descriptor_close_range(struct descriptors *table, uint32_t first,
    uint32_t last);
/*
 * Make `fd` stand for `file` (dup2): what it stood for is closed.  Takes over
 * the caller's reference where it succeeds.
 * returns: fd; -EBADF (fd >= limit), -ENOMEM
 */
int descriptor_replace(struct descriptors *table, int fd, struct file *file,
    uint32_t limit, bool cloexec);

/* Close-on-exec.  returns: 0 or 1; -EBADF */
int descriptor_cloexec(struct descriptors *table, int fd);
int descriptor_set_cloexec(struct descriptors *table, int fd, bool cloexec);
void descriptor_set_cloexec_range(struct descriptors *table, uint32_t first,
    uint32_t last);
void descriptors_close_on_exec(struct descriptors *table);

/* Give: the first descriptor at or after *fd, and its file with a reference.
 * returns: whether there is one */
bool descriptors_next(struct descriptors *table, int *fd, struct file **out);
/* How many are open. */
uint32_t descriptors_count(struct descriptors *table);
