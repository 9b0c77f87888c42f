/*
 * The line discipline: what becomes of each byte that comes from the device.
 *
 *	byte -> mapped (ICRNL ...) -> a key of the signals or the flow? done
 *	     -> raw: committed
 *	     -> canonical: an editing key? the line is changed
 *	                   else put; a newline or end commits the line
 *
 * What must not be done under tty->lock (signals take proc's locks) is noted
 * in struct asked and done afterwards.
 */
#include "unix/dev/tty_inner.h"

#include "core/base/string.h"

#define CONTROL(letter)	((letter) - '@')
#define DELETE		0x7f

/* What bytes asked for that is done without the lock. */
struct asked {
	int signo;		/* 0: none */
	bool list;
};

static bool
is_control(uint8_t byte)
{
	return byte < ' ' || byte == DELETE;
}

static bool
is_word(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	    (byte >= 'a' && byte <= 'z') || byte == '_' || byte >= 0x80;
}

/* A byte inside a character of UTF-8, after its first. */
static bool
is_continuation(const struct tty *tty, uint8_t byte)
{
	return tty_input(tty, IUTF8) && (byte & 0xc0) == 0x80;
}

/* ---- the ring ---- */

void
tty_wake_readers(struct tty *tty)
{
	wake_all(&tty->readable);
	watch_notify(&tty->watchers, TTY_READABLE);
}

static void
commit(struct tty *tty)
{
	tty->committed = tty->head;
}

static void
mark_end(struct tty *tty, uint32_t position, bool end)
{
	uint32_t place = position % TTY_INPUT_BYTES;

	if (end)
		tty->ends[place / 32] |= (uint32_t)1 << place % 32;
	else
		tty->ends[place / 32] &= ~((uint32_t)1 << place % 32);
}

/* needs: room */
static void
put(struct tty *tty, uint8_t byte, bool end)
{
	mark_end(tty, tty->head, end);
	tty->typed[tty->head++ % TTY_INPUT_BYTES] = byte;
	/* A line as long as the ring comes out in parts; a shorter one waits
	 * for its end until those before it are read. */
	if (end || !tty_local(tty, ICANON) ||
	    tty->head - tty->committed == TTY_INPUT_BYTES)
		commit(tty);
}

void
tty_canonical_changed(struct tty *tty)
{
	memset(tty->ends, 0, sizeof(tty->ends));
	if (tty_local(tty, ICANON) && tty->head != tty->read)
		mark_end(tty, tty->head - 1, true);
	commit(tty);
	tty->literal = tty->erasing = false;
	tty_wake_readers(tty);
}

void
tty_drop_input(struct tty *tty)
{
	tty->read = tty->committed = tty->head;
	tty->literal = tty->erasing = false;
	if (tty->driver->event != NULL)
		tty->driver->event(tty, TIOCPKT_FLUSHREAD);
	tty_input_resume(tty);
}

/* Whoever types must stop before the ring is full, if told how (IXOFF). */
static void
hold_input(struct tty *tty)
{
	const uint8_t stop = tty->termios.keys[VSTOP];

	if (tty_input(tty, IXOFF) && !tty->input_held && stop != 0 &&
	    tty_typed_used(tty) > TTY_INPUT_BYTES / 4 * 3)
		tty->input_held = tty->driver->output(tty, &stop, 1);
}

void
tty_input_resume(struct tty *tty)
{
	const uint8_t start = tty->termios.keys[VSTART];

	if (tty->input_held && (!tty_input(tty, IXOFF) || start == 0 ||
	    (tty_typed_used(tty) < TTY_INPUT_BYTES / 4 &&
	    tty->driver->output(tty, &start, 1))))
		tty->input_held = false;
	if (tty->driver->input_room != NULL)
		tty->driver->input_room(tty);
}

/* ---- echo ---- */

/* How `byte` looks when typed.  returns: bytes in `text`, 2 at most */
static size_t
shown(const struct tty *tty, uint8_t byte, uint8_t *text)
{
	if (!is_control(byte) || byte == '\t' || !tty_local(tty, ECHOCTL)) {
		text[0] = byte;
		return 1;
	}
	text[0] = '^';
	text[1] = byte ^ 0x40;
	return 2;
}

static void
echo_key(struct tty *tty, uint8_t byte)
{
	uint8_t text[2];

	tty_echo(tty, text, shown(tty, byte, text));
}

static void
echo_newline(struct tty *tty)
{
	tty_echo(tty, "\n", 1);
}

/* Close the / that ECHOPRT opened. */
static void
finish_erasing(struct tty *tty)
{
	if (tty->erasing) {
		tty_echo(tty, "/", 1);
		tty->erasing = false;
	}
}

/* ---- editing ---- */

/* The column where the byte at `end` begins: known from the line's start. */
static uint32_t
column_before(const struct tty *tty, uint32_t end)
{
	uint32_t column = tty->line_column;
	uint8_t text[2];

	for (uint32_t i = tty->committed; i != end; i++) {
		uint8_t byte = tty_typed_at(tty, i);

		if (byte == '\t')
			column = (column | 7) + 1;
		else if (is_continuation(tty, byte))
			continue;
		else if (!is_control(byte) || tty_local(tty, ECHOCTL))
			column += shown(tty, byte, text);
	}
	return column;
}

/* Take `byte`, which stood at head, off the screen. */
static void
unshow(struct tty *tty, uint8_t byte, bool one_key)
{
	uint8_t text[2];

	if (tty_local(tty, ECHOPRT)) {
		if (!tty->erasing)
			tty_echo(tty, "\\", 1);
		tty->erasing = true;
		echo_key(tty, byte);
	} else if (one_key && !tty_local(tty, ECHOE)) {
		echo_key(tty, tty->termios.keys[VERASE]);
	} else if (byte == '\t') {
		uint32_t back = column_before(tty, tty->head);

		/* Not by tty->column, which stays where it is when an echo
		 * finds no room, or without OPOST. */
		for (uint32_t n = TAB_STOP - back % TAB_STOP; n > 0; n--)
			tty_echo(tty, "\b", 1);
	} else if (!is_control(byte) || tty_local(tty, ECHOCTL)) {
		for (size_t n = shown(tty, byte, text); n > 0; n--)
			tty_echo(tty, "\b \b", 3);
	}
}

/* Erase the last character, however many bytes it has.  returns: its first */
static uint8_t
erase_last(struct tty *tty, bool one_key)
{
	uint8_t byte;

	do
		byte = tty_typed_at(tty, --tty->head);
	while (is_continuation(tty, byte) && tty->head != tty->committed);
	if (tty_local(tty, ECHO))
		unshow(tty, byte, one_key);
	return byte;
}

static bool
line_empty(const struct tty *tty)
{
	return tty->head == tty->committed;
}

/* Back over what stands between words, then over a word; as xv6's users know
 * it, only a blank ends one. */
static void
erase_word(struct tty *tty)
{
	bool in_word = false;

	while (!line_empty(tty)) {
		uint8_t last = tty_typed_at(tty, tty->head - 1);
		bool word = tty->plain ? last != ' ' :
		    is_word(last) || is_continuation(tty, last);

		if (in_word && !word)
			break;
		in_word = word;
		erase_last(tty, false);
	}
}

static void
erase_line(struct tty *tty)
{
	if (tty_local(tty, ECHO) && !(tty_local(tty, ECHOK) &&
	    tty_local(tty, ECHOKE) && tty_local(tty, ECHOE))) {
		tty->head = tty->committed;
		finish_erasing(tty);
		echo_key(tty, tty->termios.keys[VKILL]);
		if (tty_local(tty, ECHOK))
			echo_newline(tty);
		return;
	}
	while (!line_empty(tty))
		erase_last(tty, false);
}

static void
reprint(struct tty *tty)
{
	finish_erasing(tty);
	echo_key(tty, tty->termios.keys[VREPRINT]);
	echo_newline(tty);
	tty->line_column = tty->column;
	for (uint32_t i = tty->committed; i != tty->head; i++)
		echo_key(tty, tty_typed_at(tty, i));
}

/* returns: whether the byte was a key that edits the line */
static bool
edit(struct tty *tty, uint8_t byte)
{
	bool extended = tty_local(tty, IEXTEN);

	if (tty_is_key(tty, VERASE, byte) || (tty->plain && byte == '\b')) {
		if (!line_empty(tty))
			erase_last(tty, true);
	} else if (tty_is_key(tty, VKILL, byte)) {
		erase_line(tty);
	} else if (extended && tty_is_key(tty, VWERASE, byte)) {
		erase_word(tty);
	} else if (extended && tty_is_key(tty, VLNEXT, byte)) {
		tty->literal = true;
		if (tty_local(tty, ECHO) && tty_local(tty, ECHOCTL)) {
			finish_erasing(tty);
			tty_echo(tty, "^\b", 2);
		}
	} else if (extended && tty_is_key(tty, VREPRINT, byte) &&
	    tty_local(tty, ECHO)) {
		reprint(tty);
	} else {
		return false;
	}
	return true;
}

/* Put an ordinary byte. */
static void
add(struct tty *tty, uint8_t byte)
{
	if (tty_local(tty, ECHO)) {
		finish_erasing(tty);
		if (line_empty(tty))
			tty->line_column = tty->column;
		if (byte == '\n')
			echo_newline(tty);
		else
			echo_key(tty, byte);
	}
	if (tty_input(tty, PARMRK) && byte == 0xff &&
	    tty_typed_used(tty) + 1 < TTY_INPUT_BYTES)
		put(tty, byte, false);
	put(tty, byte, false);
}

static void
receive_line(struct tty *tty, uint8_t byte)
{
	if (edit(tty, byte))
		return;
	if (byte == '\n') {
		finish_erasing(tty);
		if (tty_local(tty, ECHO | ECHONL))
			echo_newline(tty);
		put(tty, byte, true);
	} else if (tty_is_key(tty, VEOF, byte)) {
		put(tty, 0, true);
	} else if (tty_is_key(tty, VEOL, byte) ||
	    (tty_local(tty, IEXTEN) && tty_is_key(tty, VEOL2, byte))) {
		if (tty_local(tty, ECHO))
			echo_key(tty, byte);
		put(tty, byte, true);
	} else {
		add(tty, byte);
	}
}

/* ---- keys that are not for the line ---- */

static int
signal_of(const struct tty *tty, uint8_t byte)
{
	if (!tty_local(tty, ISIG))
		return 0;
	return tty_is_key(tty, VINTR, byte) ? TTY_SIGINT :
	    tty_is_key(tty, VQUIT, byte) ? TTY_SIGQUIT :
	    tty_is_key(tty, VSUSP, byte) ? TTY_SIGTSTP : 0;
}

static void
receive_signal(struct tty *tty, uint8_t byte)
{
	if (tty->plain) {
		tty->head = tty->committed;
		if (tty_local(tty, ECHO))
			tty_echo(tty, "^C\n", 3);
		return;
	}
	if (!tty_local(tty, NOFLSH)) {
		tty_drop_input(tty);
		tty_drop_output(tty);
	}
	if (tty_input(tty, IXON))
		tty_start(tty);
	if (tty_local(tty, ECHO))
		echo_key(tty, byte);
}

/* returns: whether the byte was for the flow of output */
static bool
receive_flow(struct tty *tty, uint8_t byte)
{
	if (!tty_input(tty, IXON))
		return false;
	if (tty_is_key(tty, VSTOP, byte)) {
		/* One key may do both. */
		if (tty->stopped && tty_is_key(tty, VSTART, byte))
			tty_start(tty);
		else
			tty_stop(tty);
		return true;
	}
	if (tty_is_key(tty, VSTART, byte)) {
		tty_start(tty);
		return true;
	}
	if (tty->stopped && tty_input(tty, IXANY))
		tty_start(tty);
	return false;
}

/* returns: false if the byte is dropped */
static bool
map(const struct tty *tty, uint8_t *byte)
{
	if (*byte == '\r') {
		if (tty_input(tty, IGNCR))
			return false;
		if (tty_input(tty, ICRNL))
			*byte = '\n';
	} else if (*byte == '\n' && tty_input(tty, INLCR)) {
		*byte = '\r';
	}
	return true;
}

/* needs: room */
static void
receive_byte(struct tty *tty, uint8_t byte, struct asked *asked)
{
	if (tty_input(tty, ISTRIP))
		byte &= 0x7f;
	if (tty_input(tty, IUCLC) && tty_local(tty, IEXTEN) &&
	    byte >= 'A' && byte <= 'Z')
		byte += 'a' - 'A';
	if (tty->literal) {
		tty->literal = false;
		add(tty, byte);
		return;
	}
	if (tty->plain && (byte == 0 || byte == CONTROL('P'))) {
		asked->list = byte != 0;
		return;
	}
	if (receive_flow(tty, byte))
		return;
	asked->signo = signal_of(tty, byte);
	if (asked->signo != 0)
		receive_signal(tty, byte);
	else if (!map(tty, &byte))
		return;
	else if (tty_local(tty, ICANON))
		receive_line(tty, byte);
	else
		add(tty, byte);
}

size_t
tty_receive(struct tty *tty, const uint8_t *bytes, size_t len)
{
	size_t taken = 0;
	bool room = true;

	while (taken < len && room) {
		struct asked asked = { 0, false };
		uint32_t committed;

		spin_lock(&tty->lock);
		committed = tty->committed;
		while (taken < len && asked.signo == 0 && !asked.list) {
			room = tty_typed_used(tty) < TTY_INPUT_BYTES;
			if (!room)
				break;
			receive_byte(tty, bytes[taken++], &asked);
		}
		hold_input(tty);
		if (committed != tty->committed)
			tty_wake_readers(tty);
		spin_unlock(&tty->lock);
		/* These take locks that come before ours. */
		if (asked.signo != 0)
			tty_on_signal(tty, asked.signo);
		if (asked.list)
			tty_on_list();
	}
	return taken;
}
