/*
 * devpts: a file system that shows the slaves of ptys as 0, 1, 2, ... and, as
 * ptmx, what makes new pairs.
 *
 * Options: uid=, gid=, mode= of new slaves (their opener's user and group and
 * 0600 where not given), ptmxmode= (0).  All mounts show the same pairs, and
 * the options given last hold.
 */
#pragma once

#include "unix/fs/vnode.h"

struct credentials;
struct pty_owner;

extern const struct vfs_ops devpts_ops;

/* Whose a slave is that `who` makes. */
void devpts_owner(const struct credentials *who, struct pty_owner *owner);
