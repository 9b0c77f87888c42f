/*
 * What a Linux program finds on its stack when it starts.
 *
 *	sp -> argc, argv[0] ... NULL, envp[0] ... NULL, auxv ... AT_NULL,
 *	      random bytes, strings of argv, strings of envp, path, 0
 */
#pragma once

struct exec_start;

/* door->start_stack.  returns: 0; -E2BIG, -EFAULT, -ENOMEM */
int linux_start_stack(struct exec_start *start);
