/*
 * Credentials: on whose behalf something is done, and what that one may do to
 * what belongs to somebody.  Each thread has its own, by value; only it changes
 * them, so they stand still during a call.
 *
 * The root user (effective id 0) may do everything; there are no finer
 * capabilities.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/string.h"
#include "core/base/types.h"

/* As on Linux: real, effective, saved, and the one for files. */
struct __attribute__((aligned(8))) credentials {
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	bool powerless;		/* the rights of root were given up */
	bool keeps_rights;	/* when no id is root's any more (keepcaps): */
	bool may_rise;		/* no id is root's, but its rights may be */
	bool empowered;		/* ... or are taken, whatever the ids */
	uint32_t ngroups;
	uint32_t groups[GROUPS_MAX];
};

/* All ids 0, no further groups: the kernel itself, and the xv6 door. */
extern const struct credentials credentials_root;

/* What credentials_may is asked for: the bits of a mode's last digit. */
#define MAY_EXECUTE	1	/* of a directory: search */
#define MAY_WRITE	2
#define MAY_READ	4

/*
 * Whether `who` may do all of `want` to what belongs to `uid` and `gid`.
 * needs:   mode with its type (MODE_TYPE of vfs.h): root may search every
 *          directory, but runs only what somebody may run
 * returns: 0 or -EACCES
 */
int credentials_may(const struct credentials *who, uint32_t uid, uint32_t gid,
    uint32_t mode, uint32_t want);

/* Whether `gid` is the file-system group or one of the others. */
bool credentials_in_group(const struct credentials *who, uint32_t gid);

static inline void
credentials_copy(struct credentials *to, const struct credentials *from)
{
	aligned_copy(to, from, offsetof(struct credentials, groups));
	/* Most are in no further groups. */
	for (uint32_t i = 0; i < from->ngroups; i++)
		to->groups[i] = from->groups[i];
}

/* Root, as far as files are concerned (fsuid 0). */
static inline bool
credentials_is_root(const struct credentials *who)
{
	return (who->fsuid == 0 && !who->powerless) || who->empowered;
}

/* Root, as far as everything else is concerned. */
static inline bool
credentials_privileged(const struct credentials *who)
{
	return (who->euid == 0 && !who->powerless) || who->empowered;
}

/* Whether some id is root's. */
static inline bool
credentials_has_root_id(const struct credentials *who)
{
	return who->uid == 0 || who->euid == 0 || who->suid == 0;
}

/* Whether root's rights are there to be taken, if not taken. */
static inline bool
credentials_permitted(const struct credentials *who)
{
	return !who->powerless &&
	    (credentials_has_root_id(who) || who->may_rise);
}

/* Root, or the owner. */
static inline bool
credentials_owns(const struct credentials *who, uint32_t uid)
{
	return who->fsuid == uid || credentials_is_root(who);
}

/* Give: *out, acting with the real ids: what access(2) asks about. */
void credentials_real(const struct credentials *who, struct credentials *out);
