/* Sockets as Linux's programs see them: numbers and structs. */
#pragma once

#include "core/base/types.h"

#define LINUX_AF_UNIX		1

#define LINUX_SOCK_TYPE_MASK	0xfu
#define LINUX_SOCK_RAW		3	/* of AF_UNIX: a datagram socket */
#define LINUX_SOCK_NONBLOCK	04000u
#define LINUX_SOCK_CLOEXEC	02000000u

#define LINUX_MSG_OOB		0x1u
#define LINUX_MSG_PEEK		0x2u
#define LINUX_MSG_DONTROUTE	0x4u
#define LINUX_MSG_CTRUNC	0x8u
#define LINUX_MSG_TRUNC		0x20u
#define LINUX_MSG_DONTWAIT	0x40u
#define LINUX_MSG_EOR		0x80u
#define LINUX_MSG_WAITALL	0x100u
#define LINUX_MSG_ERRQUEUE	0x2000u
#define LINUX_MSG_NOSIGNAL	0x4000u
#define LINUX_MSG_MORE		0x8000u
#define LINUX_MSG_WAITFORONE	0x10000u
#define LINUX_MSG_CMSG_CLOEXEC	0x40000000u

#define LINUX_SOL_SOCKET	1
#define LINUX_SO_REUSEADDR	2
#define LINUX_SO_TYPE		3
#define LINUX_SO_ERROR		4
#define LINUX_SO_DONTROUTE	5
#define LINUX_SO_BROADCAST	6
#define LINUX_SO_SNDBUF		7
#define LINUX_SO_RCVBUF		8
#define LINUX_SO_KEEPALIVE	9
#define LINUX_SO_PRIORITY	12
#define LINUX_SO_LINGER		13
#define LINUX_SO_PASSCRED	16
#define LINUX_SO_PEERCRED	17
#define LINUX_SO_RCVLOWAT	18
#define LINUX_SO_SNDLOWAT	19
#define LINUX_SO_RCVTIMEO	20
#define LINUX_SO_SNDTIMEO	21
#define LINUX_SO_ACCEPTCONN	30
#define LINUX_SO_PROTOCOL	38
#define LINUX_SO_DOMAIN		39

#define LINUX_SCM_RIGHTS	1
#define LINUX_SCM_CREDENTIALS	2

#define LINUX_SHUT_RD		0
#define LINUX_SHUT_WR		1
#define LINUX_SHUT_RDWR		2

#define LINUX_SUN_PATH		108

struct linux_sockaddr_un {
	uint16_t family;
	char path[LINUX_SUN_PATH];
};

struct linux_msghdr {
	uint64_t name;
	uint32_t namelen;
	uint32_t pad1;
	uint64_t iov;
	uint64_t iovlen;
	uint64_t control;
	uint64_t controllen;
	uint32_t flags;
	uint32_t pad2;
};

struct linux_mmsghdr {
	struct linux_msghdr header;
	uint32_t len;
	uint32_t pad;
};

struct linux_cmsghdr {
	uint64_t len;			/* with this header */
	int32_t level;
	int32_t type;
};

struct linux_ucred {
	int32_t pid;
	uint32_t uid, gid;
};
