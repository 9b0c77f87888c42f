/*
 * The console: the serial port as a terminal, and its output shared with the
 * log.
 *
 * When the terminal's ring is full the port is left alone, so the sender waits
 * and nothing is lost.
 *
 * Lock order: the terminal's, output_lock, the port's own.  A hart in a panic
 * takes none.
 */
#include "unix/dev/console.h"

#include "core/base/format.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/cpu/hart.h"
#include "core/cpu/sbi.h"
#include "unix/dev/irq.h"
#include "unix/dev/log.h"
#include "unix/dev/tty_inner.h"
#include "unix/dev/uart.h"

#define FRAME_ESCAPE	0x1c

/* Linux's name for a serial port is ttyS0. */
#define CONSOLE_MAJOR	4
#define CONSOLE_MINOR	64

/* [c] constant after console_init */
static struct {
	bool ready;		/* [c] the port works */
	bool framed;		/* [c] */
	struct tty tty;
	uint8_t typed[TTY_INPUT_BYTES];
} console;

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

/* ---- the log ---- */

void
log_write(const char *text, size_t len)
{
	bool locked;

	log_keep(text, len, !console.ready || hart_this()->in_panic);
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

/* ---- the terminal's device ---- */

static bool
console_output(struct tty *tty, const uint8_t *bytes, size_t len)
{
	bool locked = output_enter(), roomy;
	size_t start = 0;

	(void)tty;
	/* Escaped, it may be twice as long. */
	roomy = uart_room_or_await(2 * len);
	if (roomy && !console.framed) {
		uart_put(bytes, len);
	} else if (roomy) {
		for (size_t i = 0; i < len; i++) {
			if (bytes[i] != FRAME_ESCAPE)
				continue;
			/* Once with what came before it, once more below. */
			uart_put(bytes + start, i + 1 - start);
			start = i;
		}
		uart_put(bytes + start, len - start);
	}
	output_leave(locked);
	return roomy;
}

static bool
console_writable(struct tty *tty)
{
	(void)tty;
	return uart_room_or_await(2 * TTY_PIECE_BYTES);
}

static size_t
console_pending(struct tty *tty)
{
	(void)tty;
	return uart_pending_or_await();
}

static void
console_input_room(struct tty *tty)
{
	(void)tty;
	uart_receive_enable(true);
}

static const struct tty_driver console_driver = {
	.output = console_output,
	.writable = console_writable,
	.pending = console_pending,
	.input_room = console_input_room,
};

void
uart_on_room(void)
{
	tty_output_ready(&console.tty);
}

/* One byte from the port; -1: none, or no room: then it stays there. */
static int
receive(struct tty *tty)
{
	int byte = -1;

	spin_lock(&tty->lock);
	if (tty_typed_used(tty) == TTY_INPUT_BYTES)
		uart_receive_enable(false);
	else
		byte = uart_receive();
	spin_unlock(&tty->lock);
	return byte;
}

static void
console_interrupt(void *context)
{
	struct tty *tty = context;
	int received;

	uart_interrupt();
	/* The controller sends one hart here at a time, so room stays. */
	while ((received = receive(tty)) >= 0) {
		uint8_t byte = (uint8_t)received;

		tty_receive(tty, &byte, 1);
	}
}

struct tty *
console_tty(void)
{
	return console.ready ? &console.tty : NULL;
}

void
console_set_plain(bool plain)
{
	tty_set_default_modes(&console.tty, plain, console.framed);
}

void
console_init(void)
{
	struct tty *tty = &console.tty;
	char mode[16];

	tty_init(tty, &console_driver, NULL, console.typed);
	tty->major = CONSOLE_MAJOR;
	tty->minor = CONSOLE_MINOR;
	if (!uart_init(&machine()->uart)) {
		print("console: the machine has no serial port\n");
		return;
	}
	console.framed = machine_argument("console", mode, sizeof(mode)) &&
	    strcmp(mode, "framed") == 0;
	console_set_plain(true);
	if (console.framed)
		frame_put('U');
	console.ready = true;
	irq_register(machine()->uart.irq, console_interrupt, tty);
	uart_receive_enable(true);
}
