/*
 * The library of cowslip's own programs: the kernel's calls and a little of
 * ISO C's library, all of it readable in one sitting.
 *
 * main returns its exit status.  Calls return -1 for every error.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unix/sys/xv6_abi.h"

/* calls of the xv6 door */
int fork(void);
_Noreturn void exit(int status);
int wait(int *status);
int pipe(int fds[2]);
int read(int fd, void *buffer, int len);
int kill(int pid);
int exec(const char *path, char *const argv[]);
int fstat(int fd, struct xv6_stat *stat);
int chdir(const char *path);
int dup(int fd);
int getpid(void);
char *sbrk(int delta);			/* (char *)-1 on error */
int sleep(int ticks);			/* tenths of a second */
int uptime(void);			/* ticks since boot */
int open(const char *path, int flags);
int write(int fd, const void *buffer, int len);
int mknod(const char *path, int major, int minor);
int unlink(const char *path);
int link(const char *old, const char *new);
int mkdir(const char *path);
int close(int fd);

/* cowslip's own calls */
int meminfo(struct meminfo *info);
int audit(void);
_Noreturn void poweroff(int status);
int procinfo(int slot, struct procinfo *info);
int rename(const char *old, const char *new);
int truncate(const char *path, uint64_t size);
int symlink(const char *target, const char *path);
int foreground(int pid);
int wait_killed(int *status, int *killed);
int sync(void);
/* Any call, any arguments: for suites. */
long syscall(long number, ...);

/* CSRs programs may read */
uint64_t read_time(void);
uint64_t read_cycle(void);
uint64_t read_instret(void);

/* strings and memory: as in ISO C */
void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strcpy(char *to, const char *from);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
long strtol(const char *s, char **end, int base);
int atoi(const char *s);

void *malloc(size_t len);		/* NULL when there is none */
void free(void *pointer);

/* output: %d %u %x %p %s %c %% with l and ll, width, 0 and - */
void fprintf(int fd, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void snprintf(char *to, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Write all of it.  returns: 0 or -1 */
int write_all(int fd, const void *buffer, int len);
/* A line without its newline, cut to size - 1.  returns: length, -1 at the end */
int read_line(int fd, char *line, int size);
/* stat by path */
int stat(const char *path, struct xv6_stat *stat);
/* "program: message: path" on fd 2, then exit(1) */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "usage: program text" on fd 2, then exit(2) */
_Noreturn void usage(const char *text);
/* Whether any printf or fprintf so far could not write all of its text. */
bool print_failed(void);
/* argv[0] without its folder */
extern const char *program_name;

/*
 * Options before the arguments ("-l", "-rf", "--" ends them); an unknown one
 * ends in usage(text).
 * returns: a bit for each of `letters` that was given, bit 0 for the first
 * gives: *first, the index of the first argument
 */
unsigned parse_options(int argc, char **argv, const char *letters,
    const char *text, int *first);
/* A whole number and nothing else.  returns: 0 or -1 */
int parse_number(const char *text, long *value);
/* The next name in a directory that is open as `fd`, "." and ".." included.
 * returns: 1, 0 at the end */
int read_name(int fd, char name[XV6_DIRSIZ + 1]);
/* "folder/name".  returns: 0, or -1 if `size` is too small */
int join_path(char *to, size_t size, const char *folder, const char *name);
/* The last component of a path. */
const char *path_name(const char *path);
/* Where a file goes that is moved to `to`: to/name if `to` is a folder, else
 * `to`; in `buffer`.  returns: 0, or -1 if it is too long */
int path_into(char *buffer, size_t size, const char *from, const char *to);
/* The main of a program called as "FROM TO, or FILE... FOLDER": one(from, to)
 * for each.  returns: the exit status */
int do_into(int argc, char **argv, const char *verb,
    int (*one)(const char *from, const char *to));

/* Reading lines of any length from `fd`; start from { .fd = fd }. */
struct reader {
	int fd;
	char *buffer;			/* [start, end) is not yet used */
	int size, start, end;
	bool failed;			/* an error ended it, not the end */
};
/* Give: *line, NUL for newline, valid until the next call.
 * returns: its length, -1 at the end */
int reader_line(struct reader *reader, char **line);
void reader_free(struct reader *reader);
