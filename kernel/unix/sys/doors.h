/*
 * The doors there are, and the way in: trap_on_syscall (core/cpu/trap.h) and
 * door_for (unix/proc/door.h) are defined in doors.c.
 */
#pragma once

#include "unix/proc/door.h"

void doors_init(void);		/* once, at boot */
