/*
 * What an xv6 program finds on its stack: its strings, from the top down, and
 * below them the pointers to them.
 */
#pragma once

struct exec_start;

/* door->start_stack.  returns: 0; -E2BIG, -EFAULT */
int xv6_start_stack(struct exec_start *start);
