/*
 * Control messages of sendmsg and recvmsg: descriptors (SCM_RIGHTS) and
 * identities (SCM_CREDENTIALS).
 *
 *	| len, level, type | data ... pad | len, level, type | data ... |
 */
#pragma once

#include "unix/fs/socket/socket.h"

/* What a program sends along. */
struct linux_control_out {
	struct file **files;		/* with references; on the heap */
	uint32_t nfiles;
	bool has_identity;
	struct socket_identity who;
};

/* needs: *control zero
 * returns: 0; -EINVAL, -EBADF, -EPERM, -EFAULT, -ENOMEM with nothing held */
int linux_control_read(struct linux_control_out *control, vaddr_t from,
    uint64_t len);
/* put: drop the references to the files too: they were not sent. */
void linux_control_close(struct linux_control_out *control, bool put);

/*
 * Give a program what came along: the files as new descriptors, which takes
 * over the references of those that were installed.
 *
 * returns: 0 or -EFAULT
 * gives:   *len, in: room at `to`, out: what is there; *truncated
 */
int linux_control_write(struct file *file, struct socket_incoming *incoming,
    vaddr_t to, uint64_t *len, bool cloexec, bool *truncated);
