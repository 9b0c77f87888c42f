/*
 * For the programs of tests/linux: each is a program of glibc's, right on any
 * Linux, that says "ok WHAT" for each thing it has tried, and ends with
 * status 0; the first thing that is wrong is named, and ends it with 1.
 *
 *	CHECK(condition)	or else say where, with errno, and exit
 *	ok("text")		say that a part is done
 *	main: return done();
 */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			check_failed(__FILE__, __LINE__, #condition); \
	} while (0)

/* A call that must fail, and with which error. */
#define CHECK_FAILS(call, error) \
	do { \
		errno = 0; \
		if ((long)(call) != -1 || errno != (error)) \
			check_failed(__FILE__, __LINE__, \
			    #call " fails with " #error); \
	} while (0)

static inline void
check_failed(const char *file, int line, const char *what)
{
	char text[512];
	const char *name = strrchr(file, '/');
	int error = errno, len;

	len = snprintf(text, sizeof(text), "FAILED %s:%d: %s (errno %d %s)\n",
	    name == NULL ? file : name + 1, line, what, error,
	    strerror(error));
	fflush(stdout);
	if (write(1, text, (size_t)len) != len)
		_exit(2);
	_exit(1);
}

static inline void
ok(const char *what)
{
	printf("ok %s\n", what);
	fflush(stdout);
}

static inline int
done(void)
{
	ok("all");
	return 0;
}
