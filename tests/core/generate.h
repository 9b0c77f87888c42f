/* Random operations. */
#pragma once

#include "world.h"

/* What an unmapping gives back, promised again, as memory to be written. */
struct op promise_again(const struct op *unmap);

/* Begin a sequence: it does not hang on what was generated before. */
void generate_begin(void);
/* The next one of the sequence that *rng stands for. */
struct op generate_op(uint64_t *rng);
/* The same, mostly of small ranges of one space that is seldom forked: what is
 * changed in place. */
struct op generate_small_op(uint64_t *rng);
