/*
 * Files without a name: what memfd_create makes, and the seals that keep them
 * from changing.  They live on a tmpfs that is mounted nowhere.
 */
#pragma once

#include "core/base/types.h"

struct credentials;
struct vnode;

/* The values of Linux's F_SEAL_*. */
#define SEAL_SEAL		0x01u	/* no further seals */
#define SEAL_SHRINK		0x02u
#define SEAL_GROW		0x04u
#define SEAL_WRITE		0x08u
#define SEAL_FUTURE_WRITE	0x10u	/* mappings made before may go on */
#define SEALS			0x1fu

/* An empty file, `who`'s; can_seal: else it has SEAL_SEAL from the start.
 * returns: 0, -ENOMEM, -ENFILE */
int memfd_create(uint32_t mode, const struct credentials *who, bool can_seal,
    struct vnode **out);

bool vnode_is_memfd(const struct vnode *vnode);

/* returns: the seals, or -EINVAL if it is no such file */
int64_t memfd_seals(struct vnode *vnode);
/* returns: 0, -EINVAL (not such a file, unknown seals), -EPERM (sealed), -EBUSY
 *          (WRITE, while it is mapped, in whatever way) */
int memfd_add_seals(struct vnode *vnode, uint32_t seals);

/* Before a shared mapping, of any file, that may be written.
 * returns: 0, or -EPERM where seals forbid it */
int memfd_may_map(struct vnode *vnode);
