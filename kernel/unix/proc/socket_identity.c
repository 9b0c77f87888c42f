/* Who stands behind a socket: the process that uses it. */
#include "unix/proc/proc.h"

#include "unix/fs/socket/socket.h"

void
socket_identity_now(struct socket_identity *who)
{
	const struct credentials *credentials = proc_credentials();

	*who = (struct socket_identity){
		proc_this()->pid, credentials->euid, credentials->egid,
	};
}
