/*
 * The console: line editing on the serial port's input, and its output shared
 * by programs and the log.
 *
 *	           read            committed           head
 *	             |                 |                 |
 *	typed:  .....lines a reader may|the line being   |.....
 *	             |take             |edited           |
 *
 * All three only grow; they are taken modulo the ring's size.  A ^D stays in
 * the ring as the mark that ends a read.  When the ring is full the port is
 * left alone, so the sender waits and nothing is lost; then ^C too waits
 * until somebody reads.
 *
 * Lock order: reader_mutex (held over the copy to the program, never while
 * waiting for input), typed_lock, output_lock, the port's own.  A hart in a
 * panic takes none.
 */
#include "unix/dev/console.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/cpu/hart.h"
#include "core/cpu/sbi.h"
#include "core/task/mutex.h"
#include "core/task/wait.h"
#include "core/vm/user.h"
#include "unix/dev/irq.h"
#include "unix/dev/uart.h"

#define CONTROL(letter)	((letter) - '@')
#define DELETE		0x7f
#define FRAME_ESCAPE	0x1c

/* What goes through the stack at a time; escaped, it may be twice as long. */
#define PIECE_BYTES	256

/* [c] constant after console_init, [t] typed_lock */
static struct {
	bool ready;		/* [c] the port works */
	bool framed;		/* [c] */
	uint32_t head;		/* [t] bytes ever typed */
	uint32_t committed;	/* [t] of them, in finished lines */
	uint32_t read;		/* [t] of those, taken by readers */
	uint8_t typed[CONSOLE_INPUT_BYTES];	/* [t] */
} console;

static struct spinlock typed_lock = SPINLOCK("console input", RANK_WAIT);
static struct waitq typed_waitq = WAITQ(typed_waitq);
static struct mutex reader_mutex;

/* Held over whatever must reach the port in one piece. */
static struct spinlock output_lock = SPINLOCK("console output", RANK_UART);

static bool
output_enter(void)
{
	if (hart_this()->in_panic)
		return false;
	spin_lock(&output_lock);
	return true;
}

static void
output_leave(bool locked)
{
	if (locked)
		spin_unlock(&output_lock);
}

/* Whatever came before the first of these bytes was the firmware's. */
static void
frame_put(char what)
{
	const char mark[2] = { FRAME_ESCAPE, what };

	uart_put(mark, sizeof(mark));
}

static void
port_interrupt(void *context)
{
	(void)context;
	console_interrupt();
}

void
console_init(void)
{
	char mode[16];

	mutex_init(&reader_mutex, "console reader", RANK_CONSOLE);
	if (!uart_init(&machine()->uart)) {
		print("console: the machine has no serial port\n");
		return;
	}
	console.framed = machine_argument("console", mode, sizeof(mode)) &&
	    strcmp(mode, "framed") == 0;
	if (console.framed)
		frame_put('U');
	console.ready = true;
	irq_register(machine()->uart.irq, port_interrupt, NULL);
	uart_receive_enable(true);
}

/* Output */

void
log_write(const char *text, size_t len)
{
	bool locked;

	if (!console.ready) {
		for (size_t i = 0; i < len; i++)
			sbi_putc(text[i]);
		return;
	}
	locked = output_enter();
	if (console.framed)
		frame_put('K');
	uart_put(text, len);
	if (console.framed)
		frame_put('U');
	output_leave(locked);
}

/*
 * Add a piece of a program's output, all of it or, where the ring has no room
 * for its worst case, nothing.
 * returns: whether it was added
 */
static bool
output_try(const uint8_t *piece, size_t len)
{
	bool locked = output_enter(), roomy = uart_room() >= 2 * len;
	size_t start = 0;

	if (roomy && !console.framed) {
		uart_put(piece, len);
	} else if (roomy) {
		for (size_t i = 0; i < len; i++) {
			if (piece[i] != FRAME_ESCAPE)
				continue;
			/* Once with what came before it, once more below. */
			uart_put(piece + start, i + 1 - start);
			start = i;
		}
		uart_put(piece + start, len - start);
	}
	output_leave(locked);
	return roomy;
}

int64_t
console_write(vaddr_t from, size_t len)
{
	uint8_t piece[PIECE_BYTES];
	size_t written = 0, npiece;
	int err = 0;

	if (!console.ready)
		return -EIO;
	while (err == 0 && written < len) {
		err = user_read(piece, from + written,
		    MIN(len - written, sizeof(piece)), &npiece);
		if (npiece == 0)
			break;
		while (!output_try(piece, npiece)) {
			int interrupted = uart_wait_room(2 * npiece);

			if (interrupted != 0)
				return written > 0 ? (int64_t)written :
				    interrupted;
		}
		written += npiece;
	}
	return written > 0 ? (int64_t)written : err;
}

void
console_report_status(int status)
{
	char text[16];
	bool locked;
	size_t len;

	if (!console.ready || !console.framed)
		return;
	len = format_text(text, sizeof(text), "%cX%d\n", FRAME_ESCAPE, status);
	locked = output_enter();
	uart_put(text, len);
	output_leave(locked);
}

void
console_flush(void)
{
	if (console.ready)
		uart_flush();
}

/* Input */

static uint32_t
typed_used(void)
{
	return console.head - console.read;
}

static uint8_t
typed_at(uint32_t position)
{
	return console.typed[position % CONSOLE_INPUT_BYTES];
}

/* Show what was typed; a port that is behind loses the echo, not us time. */
static void
echo(const char *text, size_t len)
{
	bool locked;

	if (console.framed)
		return;
	locked = output_enter();
	if (uart_room() >= len)
		uart_put(text, len);
	output_leave(locked);
}

static void
erase_last(void)
{
	console.head--;
	echo("\b \b", 3);
}

static void
erase_line(void)
{
	while (console.head != console.committed)
		erase_last();
}

static void
erase_word(void)
{
	while (console.head != console.committed &&
	    typed_at(console.head - 1) == ' ')
		erase_last();
	while (console.head != console.committed &&
	    typed_at(console.head - 1) != ' ')
		erase_last();
}

static void
commit_line(void)
{
	console.committed = console.head;
	wake_all(&typed_waitq);
}

static void
add_typed(uint8_t byte)
{
	const char shown = (char)byte;

	console.typed[console.head++ % CONSOLE_INPUT_BYTES] = byte;
	if (byte != CONTROL('D'))
		echo(&shown, 1);
	/* A line as long as the ring comes out in parts; a shorter one waits
	 * for its end until those before it are read. */
	if (byte == '\n' || byte == CONTROL('D') ||
	    console.head - console.committed == CONSOLE_INPUT_BYTES)
		commit_line();
}

/*
 * Edit the line by one byte.
 * needs: typed_lock held, room in the ring
 */
static void
edit_line(uint8_t byte)
{
	switch (byte) {
	case '\b':
	case DELETE:
		if (console.head != console.committed)
			erase_last();
		break;
	case CONTROL('U'):
		erase_line();
		break;
	case CONTROL('W'):
		erase_word();
		break;
	case CONTROL('C'):
		console.head = console.committed;
		echo("^C\n", 3);
		break;
	case CONTROL('P'):
	case 0:
		break;
	case '\r':
		add_typed('\n');
		break;
	default:
		add_typed(byte);
	}
}

void
console_interrupt(void)
{
	int byte;

	uart_interrupt();
	for (;;) {
		spin_lock(&typed_lock);
		/* Full: leave the rest in the port until there is room. */
		if (typed_used() == CONSOLE_INPUT_BYTES) {
			uart_receive_enable(false);
			byte = -1;
		} else {
			byte = uart_receive();
			if (byte >= 0)
				edit_line((uint8_t)byte);
		}
		spin_unlock(&typed_lock);
		if (byte < 0)
			break;
		/* These take locks that come before ours. */
		if (byte == CONTROL('C'))
			console_on_interrupt();
		else if (byte == CONTROL('P'))
			console_on_list();
	}
}

/* Sleep until a line, or the end of one, is there to be read. */
static int
wait_typed(void)
{
	int err = 0;

	spin_lock(&typed_lock);
	while (err == 0 && console.read == console.committed)
		err = wait_killable(&typed_waitq, &typed_lock, UINT64_MAX);
	spin_unlock(&typed_lock);
	return err;
}

/*
 * Copy out bytes of the line at hand without taking them.
 * gives: *npiece bytes; *ended: nothing follows that belongs to this read
 */
static void
peek_line(uint8_t *piece, size_t max, size_t *npiece, bool *ended)
{
	uint32_t position;

	spin_lock(&typed_lock);
	*npiece = 0;
	*ended = false;
	for (position = console.read; *npiece < max && !*ended &&
	    position != console.committed; position++) {
		uint8_t byte = typed_at(position);

		if (byte != CONTROL('D'))
			piece[(*npiece)++] = byte;
		*ended = byte == '\n' || byte == CONTROL('D');
	}
	*ended = *ended || position == console.committed;
	spin_unlock(&typed_lock);
}

/*
 * Take `len` bytes, and the ^D that ends the line after them, if one does.
 * returns: whether one did
 */
static bool
take_line(size_t len, bool to_end)
{
	bool ended = false;

	spin_lock(&typed_lock);
	console.read += len;
	if (to_end && console.read != console.committed &&
	    typed_at(console.read) == CONTROL('D') &&
	    (len == 0 || typed_at(console.read - 1) != '\n')) {
		console.read++;
		ended = true;
	}
	uart_receive_enable(true);
	spin_unlock(&typed_lock);
	return ended;
}

/* needs: reader_mutex held, something committed */
static int64_t
read_line(vaddr_t to, size_t len)
{
	uint8_t piece[PIECE_BYTES];
	size_t done = 0, npiece, copied;
	bool ended = false;
	int err = 0;

	while (err == 0 && !ended && done < len) {
		peek_line(piece, MIN(len - done, sizeof(piece)), &npiece, &ended);
		err = user_write(to + done, piece, npiece, &copied);
		done += copied;
		if (take_line(copied, err == 0))
			ended = true;
	}
	return done > 0 ? (int64_t)done : err;
}

int64_t
console_read(vaddr_t to, size_t len)
{
	int64_t result;
	bool ready;
	int err;

	if (!console.ready)
		return -EIO;
	if (len == 0)
		return 0;
	for (;;) {
		err = wait_typed();
		if (err != 0)
			return err;
		mutex_lock(&reader_mutex);
		spin_lock(&typed_lock);
		ready = console.read != console.committed;
		spin_unlock(&typed_lock);
		/* Another reader may have taken the line before us. */
		if (ready)
			break;
		mutex_unlock(&reader_mutex);
	}
	result = read_line(to, len);
	mutex_unlock(&reader_mutex);
	return result;
}
