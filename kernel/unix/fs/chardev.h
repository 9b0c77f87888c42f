/* Character devices: the console, until there are more. */
#pragma once

#include "unix/fs/file.h"

extern const struct file_ops console_ops;
