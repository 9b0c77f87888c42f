/*
 * usertests: what its tests share.
 *
 * A test is a function without arguments that runs in a child of its own, in
 * an empty directory, and exits or returns; a failing CHECK says where and
 * exits 1.  It has to remove every file it makes.
 */
#pragma once

#include "suite.h"

struct test {
	const char *name;
	void (*run)(void);
	bool slow;		/* left out by -q */
};

/* The table: table.c.  Ends with a name of NULL. */
extern const struct test tests[];

/* Where programs stand on the disk. */
#define SELF	"/usertests"
#define ECHO	"/echo"

/* Room for any test; its contents are nobody's. */
#define SCRATCH_BYTES	(4 * 4096)
extern char scratch[SCRATCH_BYTES];

/* Addresses no program has. */
extern const uintptr_t hostile_addresses[];
extern const int nhostile_addresses;

/* Run `body(argument)` in a child.  returns: its status, and whether it was
 * killed; a body that returns exits 0 */
int child_status(void (*body)(uintptr_t), uintptr_t argument, bool *killed);
bool child_is_killed(void (*body)(uintptr_t), uintptr_t argument);
bool child_ends_well(void (*body)(uintptr_t), uintptr_t argument);

/* The child must be killed, and wait must say -1. */
#define EXPECT_KILLED(body, argument)					\
	CHECK(child_is_killed(body, (uintptr_t)(argument)))
/* The child must exit by itself with `status`. */
#define EXPECT_EXIT(body, argument, status)				\
	CHECK(child_status(body, (uintptr_t)(argument), NULL) == (status))
/* Either will do: it exits 0, or it is killed. */
#define EXPECT_EXIT_OR_KILLED(body, argument)				\
	CHECK(child_ends_well(body, (uintptr_t)(argument)))

/* As fork, but it must succeed. */
int fork_checked(void);

/* Load or store one byte, for EXPECT_KILLED. */
void byte_load(uintptr_t address);
void byte_store(uintptr_t address);

/* The break, moved up to the end of its page first. */
char *break_align(void);
/* `npages` fresh pages, page-aligned, the last things below the break. */
char *pages_grow(uint64_t npages);
void pages_shrink(uint64_t npages);

uint64_t memory_free(void);
uint64_t own_faults(void);

/* Use up memory until not one page is to be had, and live.
 * returns: how many pages it took, the last things below the break */
uint64_t memory_fill(void);

/* "prefix" and a number, in decimal.  returns: `to` */
char *name_make(char *to, const char *prefix, int number);
/* A file of `len` bytes, byte i being pattern_byte(i). */
void file_make(const char *path, int len);
char pattern_byte(int i);
bool file_exists(const char *path);
/* returns: the file's size; -1 if it is not there */
long file_size(const char *path);

/* A barrier for children: those in barrier_wait go when it is opened. */
struct barrier {
	int fds[2];
};
void barrier_make(struct barrier *barrier);
void barrier_wait(struct barrier *barrier);	/* in children */
void barrier_open(struct barrier *barrier);	/* in the parent, once */
