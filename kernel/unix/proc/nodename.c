/* Two strings under a lock of their own. */
#include "unix/proc/nodename.h"

#include "core/base/string.h"
#include "core/lock/spinlock.h"

static struct spinlock lock = SPINLOCK("nodename", RANK_NODENAME);
static char nodename[NODENAME_BYTES] = "cowslip";	/* lock */
static char domainname[NODENAME_BYTES] = "(none)";	/* lock */

static void
name_copy(char *to, const char *from)
{
	spin_lock(&lock);
	string_copy(to, from, NODENAME_BYTES);
	spin_unlock(&lock);
}

void
nodename_get(char name[NODENAME_BYTES])
{
	name_copy(name, nodename);
}

void
domainname_get(char name[NODENAME_BYTES])
{
	name_copy(name, domainname);
}

void
nodename_set(const char *name)
{
	name_copy(nodename, name);
}

void
domainname_set(const char *name)
{
	name_copy(domainname, name);
}
