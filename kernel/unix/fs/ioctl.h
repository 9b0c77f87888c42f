/* Requests that many kinds of files know; Linux's numbers. */
#pragma once

#define IOCTL_BYTES_READABLE	0x541b	/* FIONREAD: gives an int */
#define IOCTL_NONBLOCK		0x5421	/* FIONBIO: takes an int */
#define IOCTL_CLOEXEC		0x5451	/* FIOCLEX */
#define IOCTL_NO_CLOEXEC	0x5450	/* FIONCLEX */
#define IOCTL_ASYNC		0x5452	/* FIOASYNC */
