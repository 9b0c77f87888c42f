/*
 * The serial port: an ns16550 with an output ring.
 *
 * Bytes given to uart_put wait in the ring until the port takes them; what
 * the port does not take at once goes out by its interrupts.  Only one
 * thread or handler may add at a time (the console's lock sees to that), so
 * room that was seen does not shrink.
 */
#pragma once

#include "core/base/types.h"

struct device_range;

/* needs: called once, before anything below.
 * returns: whether there is a port; without one nothing below may be called */
bool uart_init(const struct device_range *range);

/* How many bytes the ring still takes. */
size_t uart_room(void);
/* Add bytes; polls the port while the ring is full.  Any context. */
void uart_put(const void *bytes, size_t len);
/* Send all there is by polling.  Any context, a panic too. */
void uart_flush(void);

/*
 * Whether the ring has room for `len` bytes now; if not, uart_on_room will be
 * called.  needs: len <= half the ring (UART_RING_BYTES)
 */
bool uart_room_or_await(size_t len);
/* Bytes in the ring; if there are, uart_on_room will be called when there are
 * none, and perhaps before. */
size_t uart_pending_or_await(void);
/* Link-time hook, defined by the console.  Interrupt context, no lock held. */
void uart_on_room(void);

/* One received byte, or -1 if there is none. */
int uart_receive(void);
/* Whether receiving interrupts; while it does not, bytes wait in the port,
 * and the sender with them. */
void uart_receive_enable(bool on);

/* The port asked for attention: move what can be moved out. */
void uart_interrupt(void);
