/*
 * Random numbers nobody can foresee: for addresses, AT_RANDOM, getrandom and
 * /dev/random.
 *
 * A ChaCha20 generator (RFC 8439, section 2.3) that forgets: each request
 * replaces the key before it is served, so what is known later tells nothing
 * about what was given out before.  It starts from the seed the loader drew
 * (device tree, /chosen), and takes in when interrupts came.
 *
 * With the same seed and the same interrupts at the same instants it repeats:
 * so do runs with --icount.  A machine that gives no seed is told in the log;
 * then there is only the clock to start from.
 */
#pragma once

#include "core/base/types.h"

void random_init(void);			/* once, at boot, before the rest */

/* Any context. */
void random_bytes(void *to, size_t len);
uint64_t random_u64(void);

/* Something happened now that `what` is about.  Any context, cheap. */
void random_stir(uint64_t what);
/* Take in bytes that a program wrote.  Any context. */
void random_add(const void *from, size_t len);
