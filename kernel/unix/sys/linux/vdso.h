/*
 * The vDSO: a small shared library every Linux program finds in its memory.
 * It tells the time without a call, and is where signal handlers return to.
 *
 *	address            its code and symbols, one page, read and execute
 *	address + a page   struct vdso_data, one page, read
 */
#pragma once

#include "core/base/types.h"

struct space;

#define VDSO_PAGES	2

void vdso_init(void);		/* once, at boot */

/* Map it at `address`, VDSO_PAGES that are free.  returns: 0 or -ENOMEM */
int vdso_map(struct space *space, vaddr_t address);

/* Where in a vDSO at `address` handlers return to. */
vaddr_t vdso_sigreturn(vaddr_t address);
