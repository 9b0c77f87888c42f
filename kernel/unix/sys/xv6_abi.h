/*
 * The xv6 door as programs see it: numbers, structs and flags of MIT's
 * xv6-riscv (2020 to 2022), and after them cowslip's own calls.
 *
 * A call's number goes in a7, its arguments in a0-a5, its result comes in a0:
 * -1 for every error.  Also used by user/lib.
 */
#pragma once

#include <stdint.h>

#define XV6_FORK	1
#define XV6_EXIT	2
#define XV6_WAIT	3
#define XV6_PIPE	4
#define XV6_READ	5
#define XV6_KILL	6
#define XV6_EXEC	7
#define XV6_FSTAT	8
#define XV6_CHDIR	9
#define XV6_DUP		10
#define XV6_GETPID	11
#define XV6_SBRK	12
#define XV6_SLEEP	13
#define XV6_UPTIME	14
#define XV6_OPEN	15
#define XV6_WRITE	16
#define XV6_MKNOD	17
#define XV6_UNLINK	18
#define XV6_LINK	19
#define XV6_MKDIR	20
#define XV6_CLOSE	21

/* cowslip's own; 22-63 are left to course exercises. */
#define COWSLIP_MEMINFO	64	/* int (struct meminfo *) */
#define COWSLIP_AUDIT	65	/* int (void): how many errors it found */
#define COWSLIP_POWEROFF 66	/* does not return (int status) */
#define COWSLIP_PROCINFO 67	/* int (int slot, struct procinfo *): 0; -1
				 * past the last slot; pid 0: slot is free */
#define COWSLIP_RENAME	68	/* int (const char *old, const char *new) */
#define COWSLIP_TRUNCATE 69	/* int (const char *path, uint64_t size) */
#define COWSLIP_SYMLINK	70	/* int (const char *target, const char *path) */
#define COWSLIP_FOREGROUND 71	/* int (int pid): ^C kills it and its
				 * descendants; 0: whoever reads */
#define COWSLIP_WAIT	72	/* int (int *status, int *killed): as wait;
				 * killed: 1 if it did not exit by itself */
#define COWSLIP_SYNC	73	/* int (void) */

/* open */
#define XV6_O_RDONLY	0x000
#define XV6_O_WRONLY	0x001
#define XV6_O_RDWR	0x002
#define XV6_O_CREATE	0x200
#define XV6_O_TRUNC	0x400

/* limits */
#define XV6_MAXARG	32	/* exec arguments */
#define XV6_NOFILE	16	/* descriptors of a process */
#define XV6_NFILE	100	/* open files of all processes */
#define XV6_PIPESIZE	512	/* bytes in a pipe */
#define XV6_DIRSIZ	14	/* bytes of a name in a directory record */
#define XV6_MAXPATH	128	/* bytes of a path, NUL included */
#define XV6_PAGE	4096

/* struct xv6_stat, type */
#define XV6_T_DIR	1
#define XV6_T_FILE	2
#define XV6_T_DEVICE	3

struct xv6_stat {
	int32_t dev;
	uint32_t ino;
	int16_t type;
	int16_t nlink;
	uint64_t size;
};

struct xv6_dirent {
	uint16_t inum;
	char name[XV6_DIRSIZ];
};

/* Memory, in bytes unless said otherwise. */
struct meminfo {
	uint64_t total;
	uint64_t free;		/* what was put off is freed first: exact */
	uint64_t cached;	/* file pages that could be dropped */
	uint64_t tables;	/* page-table pages of all processes */
	uint64_t faults;	/* page faults served since boot, a count */
	uint64_t copies;	/* pages copied by them, a count */
	uint64_t promised;	/* of the calling process, touched or not */
	uint64_t resident;	/* ... that is there, shared or not */
	uint64_t own_faults;	/* page faults of the calling process */
};

struct procinfo {
	int32_t pid;
	int32_t parent;
	char state;		/* 'R'unning, 'S'leeping, 'Z'ombie */
	char name[16];
	uint64_t promised;	/* bytes */
	uint64_t resident;	/* bytes */
	uint64_t faults;
};
