/* What the builtins need of run.c. */
#pragma once

#include "sh.h"

/* Leave the innermost loop, or only this round of it. */
void run_leave_loop(bool whole);
