/* Descriptors of the calling process, for the calls of the Linux door. */
#pragma once

#include "core/base/types.h"
#include "unix/fs/descriptor.h"

/* One more than the highest number a new descriptor may have. */
uint32_t linux_descriptor_limit(void);

/* The file behind `fd`, with a reference.  returns: 0 or -EBADF */
int linux_file_get(uint64_t fd, struct file **out);
/*
 * The same for one call, in which the thread closes nothing: without a
 * reference where no other thread can close it.
 * returns: NULL if there is none
 * gives:   *counted, for linux_file_return
 */
struct file *linux_file_borrow(uint64_t fd, bool *counted);
static inline void
linux_file_return(struct file *file, bool counted)
{
	if (counted)
		file_put(file);
}

/* The same as linux_file_get, but O_PATH ones too. */
int linux_file_get_any(uint64_t fd, struct file **out);
/* Give the program a descriptor for `file`, and it the reference.
 * returns: the descriptor; -EMFILE, -ENOMEM with the reference put */
int64_t linux_file_give(struct file *file, bool cloexec);
/* The vnode behind `fd`, with a reference.  -EBADF; -EINVAL: has none */
int linux_vnode_get(uint64_t fd, struct vnode **out);

/* Open flags of the ABI. */
#define LINUX_O_ACCESS		0x3u
#define LINUX_O_WRONLY		0x1u
#define LINUX_O_RDWR		0x2u
#define LINUX_O_CREAT		0x40u
#define LINUX_O_EXCL		0x80u
#define LINUX_O_NOCTTY		0x100u
#define LINUX_O_TRUNC		0x200u
#define LINUX_O_APPEND		0x400u
#define LINUX_O_NONBLOCK	0x800u
#define LINUX_O_DSYNC		0x1000u
#define LINUX_O_ASYNC		0x2000u
#define LINUX_O_DIRECT		0x4000u
#define LINUX_O_LARGEFILE	0x8000u
#define LINUX_O_DIRECTORY	0x10000u
#define LINUX_O_NOFOLLOW	0x20000u
#define LINUX_O_NOATIME		0x40000u
#define LINUX_O_CLOEXEC		0x80000u
#define LINUX_O_SYNC_ONLY	0x100000u	/* O_SYNC is this and DSYNC */
#define LINUX_O_PATH		0x200000u
#define LINUX_O_TMPFILE_ONLY	0x400000u

/* FILE_ flags of these, and back. */
uint32_t linux_file_flags(uint32_t open_flags);
uint32_t linux_open_flags(uint32_t file_flags);
