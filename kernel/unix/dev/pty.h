/*
 * Pseudo-terminals: a terminal (the slave) whose device is a program (the
 * master).
 *
 *	pty_write (master) --> tty_receive --> tty_read (slave)
 *	pty_read  (master) <-- ring <--------- tty_write (slave), echo
 *
 * A pair lives until its master and its last slave are closed.  Once the
 * master is, slaves are hung up for good and cannot be opened; while there is
 * no slave, after there was one, the master's reader gets -EIO.
 */
#pragma once

#include "core/base/types.h"

struct pty;
struct tty;
struct uio;
struct watch_list;

/* Whose the slave is as a file: for devpts. */
struct pty_owner {
	uint32_t uid, gid;
	uint32_t mode;			/* permission bits */
};

/* A new pair, its slave locked.  returns: 0 or -ENOMEM */
int pty_open(const struct pty_owner *owner, struct pty **out);
/* The master is closed. */
void pty_close(struct pty *pty);
uint32_t pty_index(const struct pty *pty);

/* As tty_read and tty_write; -EIO where no slave is open any more. */
int64_t pty_read(struct pty *pty, struct uio *uio, bool nonblock);
int64_t pty_write(struct pty *pty, struct uio *uio, bool nonblock);
/* What the master may do now: TTY_ bits of tty.h, and PTY_EVENT. */
uint32_t pty_ready(struct pty *pty);
#define PTY_EVENT	0x02u		/* of packet mode */
struct watch_list *pty_watchers(struct pty *pty);
int64_t pty_ioctl(struct pty *pty, uint32_t request, vaddr_t argument);

/* The slave number `index`, for one who opens it.  Ends with pty_close_slave.
 * returns: 0; -ENXIO: there is none; -EIO: it is locked */
int pty_open_slave(uint32_t index, struct tty **out);
void pty_close_slave(struct tty *tty);

/* The first pair with number `index` or above whose master is open: its
 * number in *found.  returns: whether there is one */
bool pty_next(uint32_t index, uint32_t *found);
/* Of a pair whose master is open.  returns: false if there is none */
bool pty_get_owner(uint32_t index, struct pty_owner *owner);
bool pty_set_owner(uint32_t index, const struct pty_owner *owner);
