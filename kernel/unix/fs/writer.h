/*
 * The writer: a thread of the kernel's that every few seconds writes back what
 * was changed, and ends mounts that were detached and are not used any more.
 */
#pragma once

/* Start it, once.  returns: 0, or -EAGAIN, -ENOMEM: no thread */
int writer_start(void);
