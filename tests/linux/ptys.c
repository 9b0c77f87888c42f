/* Pseudo-terminals: lines and raw bytes, echo, output processing, flow,
 * packets. */
#define _GNU_SOURCE
#include "terminal.h"

static void
test_lines(void)
{
	int slave, master = open_pair(&slave);

	type(master, "half");
	CHECK(!(readable(slave) & POLLIN));
	type(master, "\r");
	CHECK(readable(slave) & POLLIN);
	expect(slave, "half\n");
	expect(master, "half\r\n");
	type(master, "wrongg\177\177\177\177\177\177right\n");
	expect(slave, "right\n");
	expect(master, "wrongg\b \b\b \b\b \b\b \b\b \b\b \bright\r\n");
	type(master, "one two\027three\n");
	expect(slave, "one three\n");
	expect(master, "one two\b \b\b \b\b \bthree\r\n");
	type(master, "gone\025here\n");
	expect(slave, "here\n");
	expect(master, "gone\b \b\b \b\b \b\b \bhere\r\n");
	type(master, "\026\003\n");
	expect(slave, "\003\n");
	expect(master, "^\b^C\r\n");
	type(master, "end\004");
	expect(slave, "end");
	expect(master, "end");
	type(master, "\004");
	expect(slave, "");
	type(master, "a\tb\177\177c\n");
	expect(slave, "ac\n");
	expect(master, "a\tb" "\b \b" "\b\b\b\b" "c\r\n");
	type(master, "two\nlines\n");
	expect(slave, "two\n");
	expect(slave, "lines\n");
	expect(master, "two\r\nlines\r\n");
	set(slave, ECHO, 0);
	type(master, "secret\n");
	expect(slave, "secret\n");
	CHECK(!(readable(master) & POLLIN));
	CHECK(write(slave, "out\n", 4) == 4);
	expect(master, "out\r\n");
	CHECK(close(slave) == 0);
	CHECK(readable(master) & POLLHUP);
	CHECK_FAILS(read(master, &slave, 1), EIO);
	/* What is typed at nobody is not shown. */
	type(master, "gone\n");
	CHECK_FAILS(read(master, &slave, 1), EIO);
	CHECK(close(master) == 0);
	ok("lines");
}

/* A tab is taken back where the terminal does not count columns, and where
 * nobody reads what it shows. */
/* What was not read when the master went cannot be read. */
static void
test_hangup(void)
{
	int slave, master = open_pair(&slave);
	char byte;

	CHECK(write(master, "line\n", 5) == 5);
	CHECK(close(master) == 0);
	CHECK(read(slave, &byte, 1) == 0);
	CHECK_FAILS(write(slave, "x", 1), EIO);
	CHECK(close(slave) == 0);
	ok("hanging up");
}

static void
test_tabs(void)
{
	int slave, master = open_pair(&slave);
	struct termios modes;

	CHECK(tcgetattr(slave, &modes) == 0);
	modes.c_oflag &= ~OPOST;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "abc\t\177d\n");
	expect(slave, "abcd\n");
	expect(master, "abc\t\b\b\b\b\bd\n");
	modes.c_oflag |= OPOST;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	type(master, "x\t");
	while (write(slave, "full", 4) > 0)
		continue;
	type(master, "\177y\n");
	expect(slave, "xy\n");
	close(slave);
	close(master);
	ok("tabs");
}

static void
test_utf8(void)
{
	int slave, master = open_pair(&slave);
	struct termios modes;

	CHECK(tcgetattr(slave, &modes) == 0);
	modes.c_iflag |= IUTF8;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "x\303\244\177y\n");
	expect(slave, "xy\n");
	expect(master, "x\303\244\b \by\r\n");
	close(slave);
	close(master);
	ok("utf8");
}

static void
test_raw(void)
{
	int slave, master = open_pair(&slave), n;
	struct termios modes;
	char got[16];

	CHECK(tcgetattr(slave, &modes) == 0);
	cfmakeraw(&modes);
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	CHECK(tcsetattr(slave, TCSAFLUSH, &modes) == 0);
	type(master, "\003a\r\n\177");
	expect(slave, "\003a\r\n\177");
	CHECK(write(slave, "n\n", 2) == 2);
	expect(master, "n\n");
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 2;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	CHECK(read(slave, got, 1) == 0);
	modes.c_cc[VTIME] = 0;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	CHECK(read(slave, got, 1) == 0);
	modes.c_cc[VMIN] = 3;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "ab");
	CHECK(!(readable(slave) & POLLIN));
	CHECK(ioctl(slave, FIONREAD, &n) == 0 && n == 2);
	type(master, "c");
	CHECK(readable(slave) & POLLIN);
	expect(slave, "abc");
	modes.c_cc[VTIME] = 2;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "z");
	expect(slave, "z");
	type(master, "q");
	CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	expect(slave, "q");
	CHECK_FAILS(read(slave, got, 1), EAGAIN);
	/* What was typed raw is readable once lines are back. */
	type(master, "left");
	modes.c_lflag |= ICANON;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	expect(slave, "left");
	close(slave);
	close(master);
	ok("raw");
}

static void
test_sizes(void)
{
	int slave, master = open_pair(&slave);
	struct winsize size = { .ws_row = 25, .ws_col = 80 }, got;
	char fill[3000];
	int n;

	CHECK(ioctl(slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 0);
	CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
	CHECK(ioctl(slave, TIOCGWINSZ, &got) == 0);
	CHECK(got.ws_row == 25 && got.ws_col == 80);
	CHECK_FAILS(ioctl(slave, TIOCGWINSZ, (void *)8), EFAULT);
	CHECK_FAILS(ioctl(slave, TIOCSTI, "x"), EIO);
	CHECK_FAILS(ioctl(slave, 0x54ff, 0), ENOTTY);
	CHECK_FAILS(tcgetpgrp(slave), ENOTTY);
	/* More than fits: what nobody reads waits, and nothing is lost. */
	set(slave, ECHO | ICANON, 0);
	memset(fill, 'f', sizeof(fill));
	CHECK(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	CHECK(write(master, fill, sizeof(fill)) == sizeof(fill));
	n = write(master, fill, sizeof(fill));
	CHECK(n > 0 && n < (int)sizeof(fill));
	CHECK_FAILS(write(master, fill, sizeof(fill)), EAGAIN);
	for (n += sizeof(fill); n > 0;) {
		int moved = read(slave, fill, sizeof(fill));

		CHECK(moved > 0);
		n -= moved;
	}
	CHECK(n == 0);
	CHECK(tcflush(slave, TCIOFLUSH) == 0 && tcdrain(slave) == 0);
	CHECK(tcsendbreak(slave, 0) == 0);
	close(slave);
	close(master);
	ok("sizes");
}

static void
test_flow(void)
{
	int slave, master = open_pair(&slave);

	type(master, "\023");
	CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	CHECK_FAILS(write(slave, "x", 1), EAGAIN);
	type(master, "\021");
	CHECK(write(slave, "x", 1) == 1);
	expect(master, "x");
	CHECK(tcflow(slave, TCOOFF) == 0);
	CHECK_FAILS(write(slave, "x", 1), EAGAIN);
	CHECK(tcflow(slave, TCOON) == 0);
	CHECK(write(slave, "y", 1) == 1);
	expect(master, "y");
	close(slave);
	close(master);
	ok("flow");
}

static void
test_packets(void)
{
	int slave, master = open_pair(&slave), on = 1;
	struct pollfd entry = { .fd = master, .events = POLLIN | POLLPRI };
	char got[16];

	CHECK(ioctl(master, TIOCPKT, &on) == 0);
	CHECK(write(slave, "hi", 2) == 2);
	CHECK(read(master, got, sizeof(got)) == 3);
	CHECK(got[0] == TIOCPKT_DATA && got[1] == 'h' && got[2] == 'i');
	CHECK(tcflush(slave, TCIFLUSH) == 0);
	CHECK(poll(&entry, 1, 0) == 1 && entry.revents & POLLPRI);
	CHECK(read(master, got, sizeof(got)) == 1);
	CHECK(got[0] == TIOCPKT_FLUSHREAD);
	type(master, "\023");
	CHECK(read(master, got, sizeof(got)) == 1 && got[0] == TIOCPKT_STOP);
	type(master, "\021");
	CHECK(read(master, got, sizeof(got)) == 1 && got[0] == TIOCPKT_START);
	close(slave);
	close(master);
	ok("packets");
}

static void
test_many(void)
{
	int masters[64], slaves[64];

	for (int i = 0; i < 64; i++)
		masters[i] = open_pair(&slaves[i]);
	for (int i = 0; i < 64; i++) {
		type(masters[i], "x\n");
		expect(slaves[i], "x\n");
	}
	for (int i = 0; i < 64; i++) {
		close(masters[i]);
		CHECK(readable(slaves[i]) & POLLHUP);
		close(slaves[i]);
	}
	ok("many");
}

int
main(void)
{
	make_devices();
	test_lines();
	test_hangup();
	test_tabs();
	test_utf8();
	test_raw();
	test_sizes();
	test_flow();
	test_packets();
	test_many();
	return done();
}
