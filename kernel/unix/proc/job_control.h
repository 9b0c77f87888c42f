/*
 * Job control: whose terminal it is, and whom its signals are for.  Defines
 * the hooks of unix/dev/tty.h.
 */
#pragma once

#include "unix/dev/tty.h"
