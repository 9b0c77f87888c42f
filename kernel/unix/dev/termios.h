/*
 * Terminal modes: what a program sets with tcsetattr, with Linux's values
 * (asm-generic/termbits.h), which programs are compiled with.
 */
#pragma once

#include "core/base/types.h"

#define TERMIOS_KEYS	19

/* As tcgetattr knows it, with the speeds of Linux's termios2 behind. */
struct termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t keys[TERMIOS_KEYS];
	uint32_t input_speed, output_speed;
};

/* TCGETS gives all up to the speeds. */
#define TERMIOS_SHORT_BYTES	offsetof(struct termios, input_speed)

struct window_size {
	uint16_t rows, columns, xpixels, ypixels;
};

/* keys[] */
enum {
	VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP,
	VSUSP, VEOL, VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2,
};

/* iflag */
#define IGNBRK	0000001u
#define BRKINT	0000002u
#define IGNPAR	0000004u
#define PARMRK	0000010u
#define INPCK	0000020u
#define ISTRIP	0000040u
#define INLCR	0000100u
#define IGNCR	0000200u
#define ICRNL	0000400u
#define IUCLC	0001000u
#define IXON	0002000u
#define IXANY	0004000u
#define IXOFF	0010000u
#define IMAXBEL	0020000u
#define IUTF8	0040000u

/* oflag */
#define OPOST	0000001u
#define OLCUC	0000002u
#define ONLCR	0000004u
#define OCRNL	0000010u
#define ONOCR	0000020u
#define ONLRET	0000040u
#define TABDLY	0014000u
#define XTABS	0014000u

/* cflag */
#define CBAUD	0010017u
#define B38400	0000017u
#define CSIZE	0000060u
#define CS8	0000060u
#define CREAD	0000200u
#define HUPCL	0002000u
#define CLOCAL	0004000u

/* lflag */
#define ISIG	0000001u
#define ICANON	0000002u
#define XCASE	0000004u
#define ECHO	0000010u
#define ECHOE	0000020u
#define ECHOK	0000040u
#define ECHONL	0000100u
#define NOFLSH	0000200u
#define TOSTOP	0000400u
#define ECHOCTL	0001000u
#define ECHOPRT	0002000u
#define ECHOKE	0004000u
#define FLUSHO	0010000u
#define PENDIN	0040000u
#define IEXTEN	0100000u
#define EXTPROC	0200000u

/* ioctl requests */
#define TCGETS		0x5401u
#define TCSETS		0x5402u
#define TCSETSW		0x5403u
#define TCSETSF		0x5404u
#define TCSBRK		0x5409u
#define TCXONC		0x540au
#define TCFLSH		0x540bu
#define TIOCEXCL	0x540cu
#define TIOCNXCL	0x540du
#define TIOCSCTTY	0x540eu
#define TIOCGPGRP	0x540fu
#define TIOCSPGRP	0x5410u
#define TIOCOUTQ	0x5411u
#define TIOCSTI		0x5412u
#define TIOCGWINSZ	0x5413u
#define TIOCSWINSZ	0x5414u
#define TIOCINQ		0x541bu		/* FIONREAD */
#define TIOCPKT		0x5420u
#define TIOCNOTTY	0x5422u
#define TIOCSETD	0x5423u
#define TIOCGETD	0x5424u
#define TCSBRKP		0x5425u
#define TIOCGSID	0x5429u
#define TCGETS2		0x802c542au
#define TCSETS2		0x402c542bu
#define TCSETSW2	0x402c542cu
#define TCSETSF2	0x402c542du
#define TIOCGPTN	0x80045430u
#define TIOCSPTLCK	0x40045431u
#define TIOCSIG		0x40045436u
#define TIOCGPKT	0x80045438u
#define TIOCGPTLCK	0x80045439u
#define TIOCGEXCL	0x80045440u
#define TIOCGPTPEER	0x5441u

/* Arguments of TCFLSH and TCXONC. */
enum { TCIFLUSH, TCOFLUSH, TCIOFLUSH };
enum { TCOOFF, TCOON, TCIOFF, TCION };

/* What a pty's master reads first in packet mode. */
#define TIOCPKT_FLUSHREAD	0x01u
#define TIOCPKT_FLUSHWRITE	0x02u
#define TIOCPKT_STOP		0x04u
#define TIOCPKT_START		0x08u
#define TIOCPKT_NOSTOP		0x10u
#define TIOCPKT_DOSTOP		0x20u
