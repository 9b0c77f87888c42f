/*
 * The top: main.c defines kernel_main (core/cpu/boot.h), where the kernel's
 * own C code starts.  Nothing calls into main.
 */
#pragma once

#include "core/cpu/boot.h"
