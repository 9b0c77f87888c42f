/*
 * Files without a name: what memfd_create makes, and the seals that keep them
 * from changing.  They live on a tmpfs that is mounted nowhere.
 */
#pragma once

#include "core/base/types.h"

struct vnode;

/* The values of Linux's F_SEAL_*. */
#define SEAL_SEAL		0x01u	/* no further seals */
#define SEAL_SHRINK		0x02u
#define SEAL_GROW		0x04u
#define SEAL_WRITE		0x08u
#define SEAL_FUTURE_WRITE	0x10u	/* mappings made before may go on */
#define SEALS			0x1fu

/* An empty file; can_seal: else it has SEAL_SEAL from the start.
 * returns: 0, -ENOMEM */
int memfd_create(uint32_t mode, bool can_seal, struct vnode **out);

/* returns: the seals, or -EINVAL if it is no such file */
int64_t memfd_seals(struct vnode *vnode);
/* -EINVAL (not such a file, unknown seals), -EPERM (sealed), -EBUSY (WRITE,
 * while it is mapped shared and writable) */
int memfd_add_seals(struct vnode *vnode, uint32_t seals);

/* Before a shared writable mapping of any file: -EPERM if seals forbid it;
 * after it goes, memfd_unmap.  Counted by the caller of mmap. */
int memfd_may_map(struct vnode *vnode);
