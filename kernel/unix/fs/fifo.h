/* FIFOs: pipes that are opened by name. */
#pragma once

#include "unix/fs/file.h"

extern const struct file_ops fifo_ops;

void fifo_init(void);		/* once, at boot */
