/* What the files of the terminal share among themselves; for dev/tty*.c. */
#pragma once

#include "unix/dev/tty.h"

#define TAB_STOP	8	/* columns from one to the next */

/* All need tty->lock. */

/* Whether modes of the kind `flag` are set. */
static inline bool
tty_local(const struct tty *tty, uint32_t flag)
{
	return (tty->termios.lflag & flag) != 0;
}

static inline bool
tty_input(const struct tty *tty, uint32_t flag)
{
	return (tty->termios.iflag & flag) != 0;
}

/* Whether `byte` is the key number `key`; 0 is no key. */
static inline bool
tty_is_key(const struct tty *tty, int key, uint8_t byte)
{
	return byte != 0 && tty->termios.keys[key] == byte;
}

static inline uint32_t
tty_typed_used(const struct tty *tty)
{
	return tty->head - tty->read;
}

static inline uint8_t
tty_typed_at(const struct tty *tty, uint32_t position)
{
	return tty->typed[position % TTY_INPUT_BYTES];
}

static inline bool
tty_ends_at(const struct tty *tty, uint32_t position)
{
	uint32_t place = position % TTY_INPUT_BYTES;

	return tty->ends[place / 32] >> place % 32 & 1;
}

/* Show bytes as output does; a device that is behind loses them. */
void tty_echo(struct tty *tty, const void *bytes, size_t len);
/* Output goes on, or waits. */
void tty_start(struct tty *tty);
void tty_stop(struct tty *tty);
void tty_drop_input(struct tty *tty);
void tty_drop_output(struct tty *tty);
/* Lines or not, from now on: what was typed so far is readable. */
void tty_canonical_changed(struct tty *tty);
/* Whether the line may be typed on again: after a read, a change of modes. */
void tty_input_resume(struct tty *tty);
/* Tell sleepers and watchers that there may be something to read. */
void tty_wake_readers(struct tty *tty);

/*
 * Wait until all output was sent.
 * needs: not the lock.  returns: 0, -ERESTARTSYS, -EIO
 */
int tty_drain(struct tty *tty);
