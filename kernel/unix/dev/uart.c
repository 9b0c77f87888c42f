/*
 * The serial port: an ns16550 with an output ring.
 *
 *	uart_put -> ring -> transmit FIFO (16 bytes) -> line
 *
 * The ring is emptied into the FIFO whenever bytes are added and whenever the
 * port says its FIFO is empty (THRE); that interrupt is on only while the
 * ring holds something, or somebody waits for room in it: only the interrupt
 * tells, whoever may have emptied the ring.
 *
 * Lock order: ring_lock is a leaf.  A hart in a panic takes no lock: whoever
 * held one will not go on.
 *
 * Does not set the line's speed (the firmware did), nor use hardware flow
 * control.
 */
#include "unix/dev/uart.h"

#include "core/base/params.h"
#include "core/cpu/boot.h"
#include "core/cpu/hart.h"
#include "core/lock/spinlock.h"

enum uart_register {
	UART_DATA = 0,		/* write: transmit; read: receive */
	UART_IER = 1,		/* interrupt enable */
	UART_FCR = 2,		/* FIFO control, on writing */
	UART_IIR = 2,		/* interrupt identification, on reading */
	UART_LCR = 3,		/* line control */
	UART_MCR = 4,		/* modem control */
	UART_LSR = 5,		/* line status */
};

#define IER_RECEIVED	0x01
#define IER_EMPTY	0x02
#define FCR_ENABLE	0x01
#define FCR_CLEAR	0x06
#define IIR_FIFO	0xc0
#define LCR_8N1		0x03
#define MCR_OUTPUTS	0x0b	/* DTR, RTS, and OUT2, which gates interrupts */
#define LSR_RECEIVED	0x01
#define LSR_EMPTY	0x20
#define LSR_IDLE	0x40

#define FIFO_BYTES	16

/* [c] constant, [l] ring_lock */
static struct {
	volatile uint8_t *registers;	/* [c] */
	uint32_t fifo_bytes;		/* [c] */
	uint8_t enabled;		/* [l] what IER holds */
	bool awaited;			/* [l] somebody waits for room */
	uint32_t head, tail;		/* [l] bytes ever added, ever sent */
	uint8_t ring[UART_RING_BYTES];	/* [l] */
} uart;

static struct spinlock ring_lock = SPINLOCK("uart ring", RANK_LOG);

static bool
ring_enter(void)
{
	if (hart_this()->in_panic)
		return false;
	spin_lock(&ring_lock);
	return true;
}

static void
ring_leave(bool locked)
{
	if (locked)
		spin_unlock(&ring_lock);
}

static uint32_t
ring_used(void)
{
	return uart.head - uart.tail;
}

static void
interrupts_set(uint8_t enabled)
{
	if (uart.enabled != enabled) {
		uart.enabled = enabled;
		uart.registers[UART_IER] = enabled;
	}
}

/* Move bytes from the ring to the port for as long as it takes them. */
static void
ring_drain(void)
{
	while (ring_used() > 0 && uart.registers[UART_LSR] & LSR_EMPTY) {
		uint32_t n = MIN(ring_used(), uart.fifo_bytes);

		while (n-- > 0)
			uart.registers[UART_DATA] =
			    uart.ring[uart.tail++ % UART_RING_BYTES];
	}
	if (ring_used() > 0 || uart.awaited)
		interrupts_set(uart.enabled | IER_EMPTY);
	else
		interrupts_set(uart.enabled & ~IER_EMPTY);
}

bool
uart_init(const struct device_range *range)
{
	uart.registers = range->registers;
	if (uart.registers == NULL)
		return false;
	uart.registers[UART_IER] = 0;
	uart.registers[UART_LCR] = LCR_8N1;
	uart.registers[UART_MCR] = MCR_OUTPUTS;
	uart.registers[UART_FCR] = FCR_ENABLE | FCR_CLEAR;
	uart.fifo_bytes = 1;
	if ((uart.registers[UART_IIR] & IIR_FIFO) == IIR_FIFO)
		uart.fifo_bytes = FIFO_BYTES;
	return true;
}

size_t
uart_room(void)
{
	bool locked = ring_enter();
	size_t room = UART_RING_BYTES - ring_used();

	ring_leave(locked);
	return room;
}

void
uart_put(const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	bool locked = ring_enter();

	while (len > 0) {
		/* A full ring is waited for by polling: we may be anywhere. */
		while (ring_used() == UART_RING_BYTES)
			ring_drain();
		while (len > 0 && ring_used() < UART_RING_BYTES) {
			uart.ring[uart.head++ % UART_RING_BYTES] = *from++;
			len--;
		}
	}
	ring_drain();
	ring_leave(locked);
}

void
uart_flush(void)
{
	bool locked = ring_enter();

	while (ring_used() > 0)
		ring_drain();
	while (!(uart.registers[UART_LSR] & LSR_IDLE))
		continue;
	ring_leave(locked);
}

bool
uart_room_or_await(size_t len)
{
	bool locked = ring_enter();
	bool roomy = UART_RING_BYTES - ring_used() >= len;

	/* Without room the ring holds something: the interrupt is on. */
	if (!roomy)
		uart.awaited = true;
	ring_leave(locked);
	return roomy;
}

size_t
uart_pending_or_await(void)
{
	bool locked = ring_enter();
	size_t pending = ring_used();

	if (pending > 0)
		uart.awaited = true;
	ring_leave(locked);
	return pending;
}

int
uart_receive(void)
{
	if (!(uart.registers[UART_LSR] & LSR_RECEIVED))
		return -1;
	return uart.registers[UART_DATA];
}

void
uart_receive_enable(bool on)
{
	bool locked = ring_enter();

	if (on)
		interrupts_set(uart.enabled | IER_RECEIVED);
	else
		interrupts_set(uart.enabled & ~IER_RECEIVED);
	ring_leave(locked);
}

void
uart_interrupt(void)
{
	bool locked = ring_enter(), tell;

	/* Reading it acknowledges the transmit interrupt. */
	(void)uart.registers[UART_IIR];
	ring_drain();
	tell = uart.awaited && ring_used() <= UART_RING_BYTES / 2;
	if (tell) {
		uart.awaited = false;
		ring_drain();
	}
	ring_leave(locked);
	if (tell)
		uart_on_room();
}
