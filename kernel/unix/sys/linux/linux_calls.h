/* The calls of the Linux door by subject, in the form of linux.h. */
#pragma once

#include "unix/sys/linux/linux.h"
