/*
 * What a process does about its traps: the hooks trap_on_return and
 * trap_on_crash of core/cpu/trap.h are defined in traps.c.
 */
#pragma once

#include "core/cpu/trap.h"
