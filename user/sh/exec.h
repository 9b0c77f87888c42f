/* In a child: redirections and becoming another program. */
#pragma once

#include "sh.h"

/* returns: 0, or -1 with a message printed */
int redirect(const struct redirect *redirects);
_Noreturn void exec_command(int argc, char **argv);
