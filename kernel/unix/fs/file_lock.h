/*
 * Locks on files, which bind those who ask for them:
 *
 *	flock	the whole file; belongs to the open file
 *	POSIX	ranges; belong to the process (its table of descriptors), and go
 *		when it closes any descriptor of the file
 *	OFD	ranges; belong to the open file
 *
 * flocks and the others do not see each other.
 */
#pragma once

#include "unix/fs/descriptor.h"

enum lock_type {
	LOCK_NONE,
	LOCK_SHARED,
	LOCK_EXCLUSIVE,
};

struct lock_request {
	enum lock_type type;
	uint64_t start, end;	/* first and last byte; UINT64_MAX: no last */
	int32_t pid;		/* who, to be told; -1 for OFD */
};

void file_lock_init(void);	/* once, at boot */

/*
 * LOCK_NONE unlocks.  Changing a lock gives the old one up first, as on Linux.
 * returns: 0; -EAGAIN (taken, and not to wait), -ERESTARTSYS, -ENOLCK (no
 *          memory)
 */
int file_flock(struct file *file, enum lock_type type, bool wait);

/*
 * Set or clear a range.  `table`: whose POSIX lock, gone again if `fd` no
 * longer stands for `file` then; NULL: an OFD lock.
 * returns: as file_flock; also -EBADF (not open for that), -EDEADLK
 */
int file_lock_set(struct descriptors *table, int fd, struct file *file,
    const struct lock_request *request, bool wait);

/* Give: in *request the first lock that would be in its way; LOCK_NONE if
 * there is none. */
void file_lock_get(struct descriptors *table, struct file *file,
    struct lock_request *request);

/* A descriptor of the file is closed; the file itself is. */
void file_lock_closed(struct descriptors *table, struct file *file);
void file_lock_released(struct file *file);
