/*
 * What the file system's host tests put below it: one thread, locks that only
 * check themselves, and a disk in memory.
 */
#pragma once

#include "core/base/types.h"
#include "unix/dev/block.h"

/* A disk of `nbytes` bytes, filled from the file `path`; the file keeps what
 * it has until fake_disk_save. */
struct block_device *fake_disk_load(const char *path);
void fake_disk_save(const char *path);
/* The disk's bytes, to be damaged. */
uint8_t *fake_disk_bytes(size_t *nbytes);
/* From now on, one of `n` transfers fails; 0: none. */
void fake_disk_fail(uint32_t n);

/* Log lines are shown, or only counted. */
extern bool fake_log_quiet;
extern uint32_t fake_log_lines;

/* The program's memory: copies to and from it fail at this address on. */
extern vaddr_t fake_user_end;

struct vnode;
/* Write to a page of the file as a mapping does. */
void fake_map_write(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len);
/* Pages that objects have. */
uint32_t fake_frames_used(void);

/* A repeatable source of chance. */
void chance_seed(uint64_t seed);
uint32_t chance(uint32_t below);

/* Stop with the seed and what was wrong. */
_Noreturn void fail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
extern char fail_context[256];
