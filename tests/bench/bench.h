/*
 * The measured program of ./bench: one static Linux binary, the same on every
 * kernel it is run on.
 *
 *	main.c --row by row, each in a process of its own--> measure()
 *	       --least of its repeats--> "row KEY VALUE" on standard output
 *
 *	calls.c, memory.c, fork.c	small things
 *	scale.c, faults.c		large processes, many, several harts
 *	programs.c, server.c, redis.c	what is measured is a program's work
 *
 * A row is measured by the counter of the program that asks: instructions, or
 * time where the kernel keeps instructions to itself or -t is given.  Under
 * QEMU's -icount both say instructions, the second in hundreds.
 *
 * What it does not do: judge.  Goals stand in tools/cowslip/bench_rows.py.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB	1024ul
#define MIB	(1024 * KIB)
#define GIB	(1024 * MIB)
#define PAGE	4096ul

struct row {
	const char *key;
	double (*measure)(const struct row *row);
	int repeats;		/* the least of which counts */
	size_t bytes;		/* for rows that differ in size only */
	int count;		/* or in how many there are */
	bool libc;		/* forks as libc does (fork_or_fail) */
};

extern const struct row *row_now;	/* which is measured */

/* Ends in a row without a key. */
extern const struct row call_rows[], memory_rows[], fork_rows[];
extern const struct row resident_rows[], large_rows[], alive_rows[];
extern const struct row faults_rows[], program_rows[], server_rows[];
extern const struct row redis_rows[];

/* returns: what the counter says now, in ticks of its own */
uint64_t counter_read(void);

/*
 * returns: instructions (or nanoseconds) since `start`, which counter_read()
 * gave, without those of the two readings themselves
 */
double counter_since(uint64_t start);

/* End this row with a sentence and, if it is not 0, the error's name. */
void row_fail(const char *why, int error) __attribute__((noreturn));

/* returns: fresh private memory, in pages of 4 KiB; never NULL */
char *memory_map(size_t bytes);
void memory_unmap(char *memory, size_t bytes);

/* Write to each page, or read it. */
void memory_write(char *memory, size_t bytes);
void memory_read(const char *memory, size_t bytes);

/* returns: bytes that /proc/meminfo has for `name`, its colon included */
uint64_t meminfo_bytes(const char *name);

/* Children that share all there is and sleep until they are ended. */
struct idle {
	int go;			/* closed, it ends them */
	int count;
};

/* gives: *idle, whose children sleep by now */
void idle_begin(struct idle *idle, int count);
void idle_end(struct idle *idle);

/* returns: instructions (or nanoseconds) a fork takes whose child just ends */
double fork_cost(void);

/* Start a program, its output on the null device.  returns: its process */
int program_start(const char *const argv[]);

/* A fork that does not fail: clone(2) itself, or fork(3), whose library writes
 * to four pages in the child, where the row says so. */
int fork_or_fail(void);
void wait_or_fail(int pid);	/* -1: for any child; it has not failed */
