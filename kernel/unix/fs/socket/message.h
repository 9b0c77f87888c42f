/*
 * Messages: bytes on their way between sockets, and what goes with them.
 *
 *	message --> chunk --> chunk --> chunk
 *	            |..#####| |#######| |###..|
 *	               ^ start
 */
#pragma once

#include "core/base/list.h"
#include "unix/fs/socket/socket.h"

struct message {
	struct list link;		/* in a queue */
	struct list chunks;
	uint64_t len;			/* bytes not taken yet */
	uint32_t start;			/* where they start in the first chunk */
	uint64_t charge;		/* memory it takes, counted in its queue */
	struct file **files;		/* with references */
	uint32_t nfiles;
	struct socket_identity who;
	struct socket_name *from;	/* NULL: from a socket without a name */
};

/*
 * Up to `len` bytes from `from`, as a message.
 * returns: 0; -ENOMEM or -EFAULT with what was got given back
 */
int message_make(struct uio *from, uint64_t len, struct message **out);
/* Give it the files: references are taken over.  returns: 0 or -ENOMEM */
int message_add_files(struct message *message, struct file **files,
    uint32_t nfiles);
/* returns: 0 or -ENOMEM */
int message_add_name(struct message *message, const struct socket_name *name);

/*
 * Copy bytes out, from `skip` bytes after its start on.
 * returns: how many; less than `len` after a fault
 */
uint64_t message_copy(const struct message *message, struct uio *to,
    uint64_t skip, uint64_t len);
/* Drop the first bytes. */
void message_take(struct message *message, uint64_t len);

/*
 * Free it, with its files.  Files may be sockets with messages with files: so
 * this is done one after the other, perhaps later by who does it already.
 */
void message_free(struct message *message);
