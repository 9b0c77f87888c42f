#include "unix/fs/credentials.h"

#include "core/base/errno.h"
#include "unix/fs/vfs.h"

const struct credentials credentials_root;

bool
credentials_in_group(const struct credentials *who, uint32_t gid)
{
	if (who->fsgid == gid)
		return true;
	for (uint32_t i = 0; i < who->ngroups; i++) {
		if (who->groups[i] == gid)
			return true;
	}
	return false;
}

int
credentials_may(const struct credentials *who, uint32_t uid, uint32_t gid,
    uint32_t mode, uint32_t want)
{
	uint32_t granted = mode;

	if (credentials_is_root(who)) {
		granted = MAY_READ | MAY_WRITE;
		if ((mode & MODE_TYPE) == MODE_DIRECTORY || (mode & 0111) != 0)
			granted |= MAY_EXECUTE;
	} else if (who->fsuid == uid) {
		granted = mode >> 6;
	} else if (credentials_in_group(who, gid)) {
		granted = mode >> 3;
	}
	return (want & ~granted) == 0 ? 0 : -EACCES;
}

void
credentials_real(const struct credentials *who, struct credentials *out)
{
	*out = *who;
	out->fsuid = who->uid;
	out->fsgid = who->gid;
}
