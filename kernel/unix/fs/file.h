/*
 * Open files: what a descriptor stands for.  A vnode with an offset, one end
 * of a pipe, or a device.
 *
 * read and write take the program's addresses: what was moved before a fault
 * is reported and nothing is lost (a file's offset, a pipe's bytes).
 */
#pragma once

#include "core/base/types.h"
#include "unix/fs/vfs.h"

struct file;

void file_init(void);		/* once, at boot */
/* Files open now, for a door that limits them. */
uint32_t file_count(void);

/* Takes over the caller's reference to `vnode` where it succeeds.
 * returns: 0, -ENFILE, -ENXIO (no such device) */
int file_open(struct vnode *vnode, bool readable, bool writable,
    struct file **out);
/* returns: 0 or -ENFILE */
int file_open_pipe(struct file **read_end, struct file **write_end);

void file_get(struct file *file);
void file_put(struct file *file);

/* returns: bytes moved (0: end of file), or -EBADF (not open for that),
 * -EFAULT, -EISDIR, -EPIPE, -EINTR, -ENOSPC, -ENOMEM */
int64_t file_read(struct file *file, vaddr_t to, uint64_t len);
int64_t file_write(struct file *file, vaddr_t from, uint64_t len);

/* returns: 0, or -EINVAL for a pipe */
int file_stat(struct file *file, struct vnode_stat *stat);

/* The vnode behind it, without a reference; NULL for a pipe. */
struct vnode *file_vnode(const struct file *file);
bool file_readable(const struct file *file);
/* Where the next read or write goes, at this moment; 0 for a pipe. */
uint64_t file_offset(const struct file *file);

/*
 * Read a directory's next entries through `record`, which turns one entry
 * into up to `len` bytes for the program.  The offset counts records of
 * `record_bytes` bytes, so a door can say how its directories look.
 * returns: bytes read, or -errno
 */
int64_t file_read_directory(struct file *file, vaddr_t to, uint64_t len,
    size_t record_bytes,
    void (*record)(const struct vfs_entry *entry, void *bytes));
