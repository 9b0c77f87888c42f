/*
 * Terminals: what stands between a device that carries bytes (the serial
 * port, a pty's master) and the programs that read lines from it.
 *
 *	device -- tty_receive --> edited line --> committed --> tty_read
 *	   ^                          | echo
 *	   '---- driver->output <-----'<--------- processed <-- tty_write
 *
 *	           read            committed           head
 *	             |                 |                 |
 *	typed:  .....what a reader may |the line being   |.....
 *	             |take             |edited           |
 *
 * read, committed and head only grow; they are taken modulo the ring's size.
 * `ends` has a bit for each byte that ends a read: a newline, or the mark (a
 * zero) that an end-of-file key leaves.  In raw mode everything is committed
 * and nothing ends.  A full ring takes no more: the device keeps its bytes, so
 * nothing is lost; then ^C too waits until somebody reads.
 *
 * Modes and keys mean what they mean on Linux (termios.h).  A terminal no
 * session owns may be `plain`: keys as the xv6 door's programs know them (^P
 * lists processes, ^C is the shell's foreground, ^H erases as DEL does).
 *
 * Locks: tty->lock [t], a spinlock interrupts take (RANK_WAIT), held over the
 * driver's calls; tty->reader, held over a reader's copies to its program but
 * not while it waits.  Job control (whose terminal this is, whom its signals
 * are for) is proc's: the hooks at the end.
 */
#pragma once

#include "core/base/types.h"
#include "core/lock/spinlock.h"
#include "core/task/mutex.h"
#include "core/task/wait.h"
#include "core/task/watch.h"
#include "unix/dev/termios.h"

struct tty;
struct uio;

#define TTY_INPUT_BYTES	4096	/* a page; MAX_CANON and more */

/* Signals a terminal sends, with the numbers they have everywhere. */
enum tty_signal {
	TTY_SIGHUP = 1,
	TTY_SIGINT = 2,
	TTY_SIGQUIT = 3,
	TTY_SIGCONT = 18,
	TTY_SIGTSTP = 20,
	TTY_SIGTTIN = 21,
	TTY_SIGTTOU = 22,
	TTY_SIGWINCH = 28,
};

/* The device.  All but `release` are called with tty->lock. */
struct tty_driver {
	/*
	 * Send bytes, at most TTY_PIECE_BYTES, all or none.
	 * returns: false if there is no room; tty_output_ready will be called
	 */
	bool (*output)(struct tty *tty, const uint8_t *bytes, size_t len);
	/* Whether it would take TTY_PIECE_BYTES now; the same if not. */
	bool (*writable)(struct tty *tty);
	/* Bytes not sent yet; if there are, tty_output_ready will be called
	 * when there are none. */
	size_t (*pending)(struct tty *tty);
	/* Drop those; NULL: they cannot be. */
	void (*drop_output)(struct tty *tty);
	/* There is room for input again.  NULL: nobody has to know */
	void (*input_room)(struct tty *tty);
	/* TIOCPKT_ events, for who watches from outside; NULL: nobody */
	void (*event)(struct tty *tty, uint8_t events);
	/* The last reference went.  NULL: it stays for ever. */
	void (*release)(struct tty *tty);
};

#define TTY_PIECE_BYTES	256

/* [c] constant, [a] atomic, [t] lock */
struct tty {
	const struct tty_driver *driver;	/* [c] */
	void *device;			/* [c] the driver's own */
	uint32_t major, minor;		/* [c] its number as a device */
	uint32_t refs;			/* [a] */
	struct spinlock lock;
	struct mutex reader;
	struct termios termios;		/* [t] */
	struct window_size size;	/* [t] */
	int32_t session;		/* [t] whose terminal it is; 0: nobody's */
	int32_t foreground;		/* [t] the group in front; 0: none */
	uint8_t *typed;			/* [t] ring of TTY_INPUT_BYTES; [c] where */
	uint32_t head, committed, read;	/* [t] */
	uint32_t ends[TTY_INPUT_BYTES / 32];	/* [t] */
	uint32_t column;		/* [t] where output stands */
	uint32_t line_column;		/* [t] where the line being edited began */
	bool plain;			/* [t] xv6's keys */
	bool plain_unowned;		/* [c] ... whenever it is nobody's */
	bool silent;			/* [c] its default modes are */
	bool literal;			/* [t] the next byte is no key (VLNEXT) */
	bool erasing;			/* [t] inside \.../ of ECHOPRT */
	bool stopped;			/* [t] ^S: output waits */
	bool input_held;		/* [t] we sent STOP (IXOFF) */
	bool exclusive;			/* [t] TIOCEXCL: only root may open it */
	bool hung_up;			/* [t] for good */
	struct waitq readable, writable;
	struct watch_list watchers;	/* of whoever reads and writes it */
};

/* Make one, with Linux's modes.  `typed`: a page; refs = 1. */
void tty_init(struct tty *tty, const struct tty_driver *driver, void *device,
    uint8_t *typed);
void tty_get(struct tty *tty);
void tty_put(struct tty *tty);

/* Linux's modes for a new terminal, or those of the xv6 door for as long as it
 * is nobody's; silent: without echo and output processing. */
void tty_set_default_modes(struct tty *tty, bool plain, bool silent);
/* It becomes a session's, or (0) nobody's, with `group` in front.
 * needs: tty->lock */
void tty_set_session(struct tty *tty, int32_t session, int32_t group);

/* ---- for programs ---- */

/*
 * Read what was typed: at most one line, or in raw mode as VMIN and VTIME say.
 * returns: bytes; 0 at the end of file or after a hang-up; -EAGAIN (nonblock),
 *          -ERESTARTSYS, -EIO (from the background), -EFAULT with nothing lost
 */
int64_t tty_read(struct tty *tty, struct uio *uio, bool nonblock);
/* returns: bytes; -EAGAIN, -ERESTARTSYS, -EIO (hung up), -EFAULT */
int64_t tty_write(struct tty *tty, struct uio *uio, bool nonblock);
/* returns: 0 or more; -ENOTTY (no such request), -EFAULT, -EINVAL, -EPERM, -EIO,
 * -ERESTARTSYS.  `master`: asked for through a pty's other side */
int64_t tty_ioctl(struct tty *tty, uint32_t request, vaddr_t argument,
    bool master);

/* With the values poll has for them. */
#define TTY_READABLE	0x01u
#define TTY_WRITABLE	0x04u
#define TTY_BROKEN	0x08u
#define TTY_HUNG_UP	0x10u

/* What may be done now, of these.  Who will wait adds itself to tty->watchers
 * first. */
uint32_t tty_ready(struct tty *tty);

/* ---- for drivers ---- */

/* Bytes came.  Any context, no spinlock held.
 * returns: how many were taken; the rest is for when input_room is called */
size_t tty_receive(struct tty *tty, const uint8_t *bytes, size_t len);
/* There is room for output, or all has been sent. */
void tty_output_ready(struct tty *tty);
/* The line is gone: readers get the end of file, its session SIGHUP. */
void tty_hangup(struct tty *tty);

/* ---- link-time hooks, defined by proc (unix/proc/job_control.c) ---- */

/* A key asked for `signo`: to the group in front.  Any context, no spinlock
 * held.  For a plain terminal: console_on_interrupt's processes. */
void tty_on_signal(struct tty *tty, enum tty_signal signo);
/* A plain terminal's ^P. */
void tty_on_list(void);
/* SIGHUP and SIGCONT to its session's leader and its group in front; it is
 * nobody's terminal then. */
void tty_on_hangup(struct tty *tty);
/*
 * The caller wants to read (TTY_SIGTTIN), or to write or change the terminal
 * (TTY_SIGTTOU): may it, from where it is?
 * returns: 0; -EIO; -ERESTARTSYS: its group was sent the signal
 */
int tty_on_background(struct tty *tty, enum tty_signal signo);
/* TIOCSCTTY: make it the terminal of the caller's session; steal: from another
 * (root may).  returns: 0 or -EPERM */
int tty_on_claim(struct tty *tty, bool steal);
/* TIOCNOTTY.  returns: 0; -ENOTTY: it is not the caller's */
int tty_on_disown(struct tty *tty);
/* TIOCSPGRP.  returns: 0, -ENOTTY, -EPERM, -ESRCH */
int tty_on_foreground(struct tty *tty, int32_t group);
/* Whether it is the caller's controlling terminal. */
bool tty_is_own(struct tty *tty);
/* The caller's controlling terminal, with a reference; NULL: it has none. */
struct tty *tty_own(void);
