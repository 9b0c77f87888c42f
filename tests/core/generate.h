/* Random operations. */
#pragma once

#include "world.h"

/* The next one of the sequence that *rng stands for. */
struct op generate_op(uint64_t *rng);
