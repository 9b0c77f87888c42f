/* The names the machine goes by: uname, sethostname, /proc/sys/kernel. */
#pragma once

/* What uname says: programs compare the release with what they need. */
#define SYSTEM_RELEASE	"6.6.0-cowslip"
#define SYSTEM_VERSION	"#1 SMP cowslip"

#define NODENAME_BYTES	65	/* with the NUL: as in Linux's utsname */

/* Copy it out, NUL-terminated. */
void nodename_get(char name[NODENAME_BYTES]);
void domainname_get(char name[NODENAME_BYTES]);
/* Set it, cut to fit.  Who may is for the caller to check. */
void nodename_set(const char *name);
void domainname_set(const char *name);
