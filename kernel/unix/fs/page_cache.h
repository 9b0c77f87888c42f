/*
 * The page cache: pages of regular files as vm objects, which read, write and
 * mappings share.
 *
 *	read      copies out of pages, no lock of the mount held
 *	write     tells the file system first, then the page
 *	mapping   names the pages; those written through it are dirty, and
 *	          reach the file system by msync, fsync, sync, or the writer
 *
 * An object holds its vnode while it lives; it may live on idle, for its pages.
 */
#pragma once

#include "unix/fs/vnode.h"

/* Copy out of the pages.  returns: bytes moved, or -errno for none */
int64_t page_cache_read(struct vnode *vnode, struct uio *uio,
    uint64_t offset);

/*
 * The file system took `len` bytes, which are within a page: put them into the
 * pages as well, if there are any.
 *
 * needs:   vnode->lock, no other
 *          page: the one `from` stands in, which is kept (NULL then) if it can
 *          be; or NULL
 *          old_size: the file's before; dirty: page_cache_dirty before
 */
void page_cache_update(struct vnode *vnode, const void *from,
    struct frame **page, uint64_t offset, size_t len, uint64_t old_size,
    bool dirty);
/* Whether mappings changed some page that was not stored. */
bool page_cache_dirty(struct vnode *vnode);

/* The file's size is now another.  needs: vnode->lock */
void page_cache_resize(struct vnode *vnode, uint64_t old_size, uint64_t size);
/* Bytes [offset, end) are zero now.  needs: vnode->lock */
void page_cache_clear(struct vnode *vnode, uint64_t offset, uint64_t end);

/* Write back what mappings changed of one file; of all of a mount's.
 * needs: no lock of the mount's.  returns: 0 or -EIO, -ENOSPC */
int page_cache_store(struct vnode *vnode);
int page_cache_write_back(struct mount *mount);

/* Nobody but its pages holds the vnode, which has no name: let go of them. */
void page_cache_unlinked(struct vnode *vnode);
/* Let go of pages nobody uses, and so of the vnodes they hold. */
void page_cache_forget(void);
