/*
 * The end of the line, and the check that leads to it.
 *
 * ASSERT stays on in every build.  It states what the kernel knows to be true;
 * nothing a program, a disk or a device can do may make one fail.
 */
#pragma once

/*
 * Link-time hook, defined by cpu/panic.c (and by the host tests): print the
 * message, registers and a backtrace, and stop the machine with a failure.
 */
_Noreturn void panic(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#define ASSERT(condition) \
	do { \
		if (__builtin_expect(!(condition), 0)) \
			panic("%s:%d: %s: ASSERT(%s)", __FILE__, __LINE__, \
			    __func__, #condition); \
	} while (0)
