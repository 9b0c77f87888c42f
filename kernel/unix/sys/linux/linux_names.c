/* Tables of names.  Numbers are those of Linux's generic and riscv headers. */
#include "unix/sys/linux/linux_names.h"

#include "core/base/errno.h"

#define NAME(number)	[number] = #number

static const char *const errno_names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO),
	NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD),
	NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK),
	NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
	NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
	NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK),
	NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS), NAME(ENOTEMPTY),
	NAME(ELOOP), NAME(ENODATA), NAME(ETIME), NAME(EPROTO),
	NAME(EOVERFLOW), NAME(EBADFD), NAME(ENOTSOCK), NAME(EDESTADDRREQ),
	NAME(EMSGSIZE), NAME(EPROTOTYPE), NAME(ENOPROTOOPT),
	NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP),
	NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL),
	NAME(ENETUNREACH), NAME(ECONNABORTED), NAME(ECONNRESET),
	NAME(ENOBUFS), NAME(EISCONN), NAME(ENOTCONN), NAME(ESHUTDOWN),
	NAME(ETOOMANYREFS), NAME(ETIMEDOUT), NAME(ECONNREFUSED),
	NAME(EALREADY), NAME(EINPROGRESS), NAME(EUCLEAN), NAME(ECANCELED),
	NAME(EOWNERDEAD),
	[ERESTARTSYS] = "ERESTARTSYS (to be made again)",
	[ERESTARTNOINTR] = "ERESTARTNOINTR (to be made again)",
	[ERESTARTNOHAND] = "ERESTARTNOHAND (to be made again)",
	[ERESTART_RESTARTBLOCK] = "ERESTART_RESTARTBLOCK (to go on)",
};

static const char *const signal_names[] = {
	[1] = "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT",
	"SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
	"SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT",
	"SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU",
	"SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
	"SIGSYS",
};

static const char *const fcntl_names[] = {
	[0] = "F_DUPFD", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL",
	"F_GETLK", "F_SETLK", "F_SETLKW", "F_SETOWN", "F_GETOWN", "F_SETSIG",
	"F_GETSIG",
	[36] = "F_OFD_GETLK", "F_OFD_SETLK", "F_OFD_SETLKW",
	[1030] = "F_DUPFD_CLOEXEC", "F_SETPIPE_SZ", "F_GETPIPE_SZ",
	"F_ADD_SEALS", "F_GET_SEALS",
};

#define BIT(bit, name)	{ bit, bit, name }
#define END		{ 0, 0, NULL }

static const struct linux_flag_name open_names[] = {
	{ 3, 0, "O_RDONLY" }, { 3, 1, "O_WRONLY" }, { 3, 2, "O_RDWR" },
	BIT(0x40, "O_CREAT"), BIT(0x80, "O_EXCL"), BIT(0x100, "O_NOCTTY"),
	BIT(0x200, "O_TRUNC"), BIT(0x400, "O_APPEND"),
	BIT(0x800, "O_NONBLOCK"), BIT(0x101000, "O_SYNC"),
	BIT(0x1000, "O_DSYNC"), BIT(0x2000, "O_ASYNC"),
	BIT(0x4000, "O_DIRECT"), BIT(0x8000, "O_LARGEFILE"),
	BIT(0x410000, "O_TMPFILE"), BIT(0x10000, "O_DIRECTORY"),
	BIT(0x20000, "O_NOFOLLOW"), BIT(0x40000, "O_NOATIME"),
	BIT(0x80000, "O_CLOEXEC"), BIT(0x200000, "O_PATH"), END,
};

static const struct linux_flag_name prot_names[] = {
	{ 0xffffffffffffffff, 0, "PROT_NONE" }, BIT(1, "PROT_READ"),
	BIT(2, "PROT_WRITE"), BIT(4, "PROT_EXEC"), END,
};

static const struct linux_flag_name map_names[] = {
	{ 15, 1, "MAP_SHARED" }, { 15, 2, "MAP_PRIVATE" },
	{ 15, 3, "MAP_SHARED_VALIDATE" }, BIT(0x10, "MAP_FIXED"),
	BIT(0x20, "MAP_ANONYMOUS"), BIT(0x100, "MAP_GROWSDOWN"),
	BIT(0x800, "MAP_DENYWRITE"), BIT(0x1000, "MAP_EXECUTABLE"),
	BIT(0x2000, "MAP_LOCKED"), BIT(0x4000, "MAP_NORESERVE"),
	BIT(0x8000, "MAP_POPULATE"), BIT(0x10000, "MAP_NONBLOCK"),
	BIT(0x20000, "MAP_STACK"), BIT(0x40000, "MAP_HUGETLB"),
	BIT(0x100000, "MAP_FIXED_NOREPLACE"), END,
};

static const struct linux_flag_name at_names[] = {
	BIT(0x100, "AT_SYMLINK_NOFOLLOW"), BIT(0x200, "AT_REMOVEDIR"),
	BIT(0x400, "AT_SYMLINK_FOLLOW"), BIT(0x800, "AT_NO_AUTOMOUNT"),
	BIT(0x1000, "AT_EMPTY_PATH"), END,
};

static const struct linux_flag_name clone_names[] = {
	BIT(0x100, "CLONE_VM"), BIT(0x200, "CLONE_FS"),
	BIT(0x400, "CLONE_FILES"), BIT(0x800, "CLONE_SIGHAND"),
	BIT(0x1000, "CLONE_PIDFD"), BIT(0x2000, "CLONE_PTRACE"),
	BIT(0x4000, "CLONE_VFORK"), BIT(0x8000, "CLONE_PARENT"),
	BIT(0x10000, "CLONE_THREAD"), BIT(0x20000, "CLONE_NEWNS"),
	BIT(0x40000, "CLONE_SYSVSEM"), BIT(0x80000, "CLONE_SETTLS"),
	BIT(0x100000, "CLONE_PARENT_SETTID"),
	BIT(0x200000, "CLONE_CHILD_CLEARTID"), BIT(0x400000, "CLONE_DETACHED"),
	BIT(0x1000000, "CLONE_CHILD_SETTID"), { 0xff, 17, "SIGCHLD" }, END,
};

static const struct linux_flag_name whence_names[] = {
	{ 7, 0, "SEEK_SET" }, { 7, 1, "SEEK_CUR" }, { 7, 2, "SEEK_END" },
	{ 7, 3, "SEEK_DATA" }, { 7, 4, "SEEK_HOLE" }, END,
};

const char *
linux_errno_name(uint64_t number)
{
	return number < ARRAY_LEN(errno_names) ? errno_names[number] : NULL;
}

const char *
linux_signal_name(uint64_t number)
{
	return number < ARRAY_LEN(signal_names) ? signal_names[number] : NULL;
}

const char *
linux_fcntl_name(uint64_t command)
{
	return command < ARRAY_LEN(fcntl_names) ? fcntl_names[command] : NULL;
}

const struct linux_flag_name *
linux_flag_names(char kind)
{
	switch (kind) {
	case 'O':
		return open_names;
	case 'P':
		return prot_names;
	case 'M':
		return map_names;
	case 'A':
		return at_names;
	case 'C':
		return clone_names;
	case 'W':
		return whence_names;
	default:
		return NULL;
	}
}
