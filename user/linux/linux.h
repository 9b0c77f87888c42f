/*
 * Linux's system calls, for a program without a C library: the numbers and
 * structures of its riscv64 ABI that init needs, and one function each.
 * Results are Linux's: negative error numbers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define AT_FDCWD	(-100)
#define O_RDONLY	0
#define O_RDWR		2
#define O_NOCTTY	0x100

#define O_NONBLOCK	0x800
#define O_CLOEXEC	0x80000
#define F_SETFL		4

#define SIGCHLD		17
#define SIG_SETMASK	2
#define SIGSET_BYTES	8
#define WNOHANG		1
#define WAIT_SIGNAL(status)	((status) & 0x7f)
#define WAIT_CODE(status)	((status) >> 8 & 0xff)

#define TIOCSCTTY	0x540e
#define TIOCSWINSZ	0x5414
#define TCGETS		0x5401
#define TCSETS		0x5402
#define TERMIOS_OPOST	1u
#define TERMIOS_ECHO	8u

#define MS_NOSUID	2
#define MS_NODEV	4
#define MS_NOEXEC	8

#define REBOOT_MAGIC1	0xfee1dead
#define REBOOT_MAGIC2	672274793
#define REBOOT_POWER_OFF	0x4321fedc

struct linux_termios {
	uint32_t input, output, control, local;
	uint8_t line, characters[19];
};

struct linux_sigaction {
	void (*handler)(int);
	uint64_t flags, mask;
};

struct linux_pollfd {
	int32_t fd;
	int16_t events, revents;
};
#define POLLIN		1

struct linux_winsize {
	uint16_t rows, columns, xpixels, ypixels;
};

static inline long
linux_call(long number, long a, long b, long c, long d, long e)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a7 __asm__("a7") = number;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3),
	    "r"(a4), "r"(a7) : "memory");
	return a0;
}

static inline long
linux_dup3(int from, int to)
{
	return linux_call(24, from, to, 0, 0, 0);
}

static inline long
linux_fcntl(int fd, int command, long argument)
{
	return linux_call(25, fd, command, argument, 0, 0);
}

static inline long
linux_ioctl(int fd, unsigned request, const void *argument)
{
	return linux_call(29, fd, request, (long)argument, 0, 0);
}

static inline long
linux_mkdir(const char *path, unsigned mode)
{
	return linux_call(34, AT_FDCWD, (long)path, mode, 0, 0);
}

static inline long
linux_symlink(const char *target, const char *path)
{
	return linux_call(36, (long)target, AT_FDCWD, (long)path, 0, 0);
}

static inline long
linux_mount(const char *type, const char *path, unsigned flags,
    const char *data)
{
	return linux_call(40, (long)type, (long)path, (long)type, flags,
	    (long)data);
}

static inline long
linux_chdir(const char *path)
{
	return linux_call(49, (long)path, 0, 0, 0, 0);
}

static inline long
linux_open(const char *path, int flags)
{
	return linux_call(56, AT_FDCWD, (long)path, flags, 0, 0);
}

static inline long
linux_close(int fd)
{
	return linux_call(57, fd, 0, 0, 0, 0);
}

static inline long
linux_pipe2(int ends[2], int flags)
{
	return linux_call(59, (long)ends, flags, 0, 0, 0);
}

static inline long
linux_read(int fd, void *to, size_t len)
{
	return linux_call(63, fd, (long)to, (long)len, 0, 0);
}

static inline long
linux_write(int fd, const void *from, size_t len)
{
	return linux_call(64, fd, (long)from, (long)len, 0, 0);
}

/* Wait for ever, with `mask` as the mask of signals. */
static inline long
linux_ppoll(struct linux_pollfd *files, size_t nfiles, const uint64_t *mask)
{
	return linux_call(73, (long)files, (long)nfiles, 0, (long)mask,
	    SIGSET_BYTES);
}

static inline void
linux_sync(void)
{
	linux_call(81, 0, 0, 0, 0, 0);
}

static inline _Noreturn void
linux_exit(int status)
{
	for (;;)
		linux_call(94, status, 0, 0, 0, 0);
}

static inline long
linux_sigaction(int signal, const struct linux_sigaction *action)
{
	return linux_call(134, signal, (long)action, 0, SIGSET_BYTES, 0);
}

static inline long
linux_sigprocmask(int how, const uint64_t *set)
{
	return linux_call(135, how, (long)set, 0, SIGSET_BYTES, 0);
}

static inline long
linux_reboot(unsigned command, long status)
{
	return linux_call(142, REBOOT_MAGIC1, REBOOT_MAGIC2, command, status,
	    0);
}

static inline long
linux_setsid(void)
{
	return linux_call(157, 0, 0, 0, 0, 0);
}

static inline long
linux_sethostname(const char *name, size_t len)
{
	return linux_call(161, (long)name, (long)len, 0, 0, 0);
}

static inline long
linux_fork(void)
{
	return linux_call(220, SIGCHLD, 0, 0, 0, 0);
}

static inline long
linux_execve(const char *path, char *const *argv, char *const *envp)
{
	return linux_call(221, (long)path, (long)argv, (long)envp, 0, 0);
}

static inline long
linux_wait4(long pid, int *status, int options)
{
	return linux_call(260, pid, (long)status, options, 0, 0);
}
