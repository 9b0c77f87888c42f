/*
 * Process groups and sessions: who gets the terminal's signals.
 *
 * A group or session is only a number in its members, that of the process
 * that began it; table.c gives that number to nobody else meanwhile.
 */
#pragma once

#include "core/base/types.h"

struct proc;

/* All take pid 0 for the caller. */

/* returns: the new session's number; -EPERM if the caller leads a group */
int session_begin(void);
/* returns: the session; -ESRCH */
int session_of(int32_t pid);
/* returns: the group; -ESRCH */
int group_of(int32_t pid);
/* Move `pid` to `group` (0: its own).  returns: 0; -ESRCH, -EPERM, -EACCES (a
 * child that has run exec), -EINVAL */
int group_join(int32_t pid, int32_t group);

/* Whether some process of session `session` (0: any) is in `group`.
 * needs: proc_lock */
bool group_exists(int32_t group, int32_t session);
/*
 * Whether nobody in its session could continue the group if it stopped: no
 * member has a parent in another group of the same session.  `leaving` (or
 * NULL) counts as gone.
 * needs: proc_lock
 */
bool group_is_orphaned(int32_t group, const struct proc *leaving);
