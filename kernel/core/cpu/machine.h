/* Reading struct machine (boot.h) from the device tree; only boot does. */
#pragma once

#include "core/cpu/boot.h"

/*
 * needs:   the blob and all it describes can be read; [image, image_end) is
 *          where the kernel was loaded
 * returns: NULL, or a sentence saying why this machine cannot be booted
 * gives:   *machine, but for the `registers` of devices; the harts registered.
 *          The RAM disk is where the loader put it, which may be in the
 *          middle of the free memory.
 */
const char *machine_read(struct machine *machine, const void *blob,
    uint64_t boot_hartid, paddr_t image, paddr_t image_end);
