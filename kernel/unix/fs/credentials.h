/*
 * Credentials: on whose behalf something is done.  Each thread has its own,
 * by value; only it changes them, so they stand still during a call.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

/* As on Linux: real, effective, saved, and the one for files. */
struct credentials {
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint32_t ngroups;
	uint32_t groups[GROUPS_MAX];
};
