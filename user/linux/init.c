/*
 * init of a Linux root: process 1, a static Linux program without a library.
 *
 *	init		mounts what Linux programs expect, runs a login shell
 *			on the console, and powers off when it ends;
 *	init COMMAND	the same with `sh -c COMMAND`, and powers off with
 *			its exit status, 128 and the signal if one killed it.
 *			Output goes through a pipe, as it does wherever one
 *			command is run for its output; input is the console.
 *
 *	command --1, 2--> pipe --> init --> console, as it is
 *
 * Orphans come to it, and it takes them in.  The environment is what stands
 * in ENVIRONMENT, a file that ./run writes, after a few words of its own; a
 * root without any shell runs COMMAND's words as they are.
 *
 * What it does not do: start services, or check file systems.
 */
#include "linux.h"

#define ENVIRONMENT	"/etc/cowslip.environment"
#define ENVIRONMENT_BYTES	4096
#define WORDS_MAX	64
#define STATUS_NO_SHELL	127
#define STATUS_SIGNAL	128		/* and the signal's number, as shells */
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *type, *path, *data;
	unsigned flags;
} mounts[] = {
	{ "proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC },
	{ "devtmpfs", "/dev", "mode=755", MS_NOSUID },
	{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666", MS_NOSUID |
	    MS_NOEXEC },
	{ "tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV },
	{ "tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV },
};

static const struct {
	const char *target, *path;
} links[] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* Shells by preference: to log in to, and to run a command with. */
static const char *const login_shells[] = { "/bin/bash", "/bin/sh" };
static const char *const command_shells[] = { "/bin/sh", "/bin/bash" };

static char environment_text[ENVIRONMENT_BYTES];
static char *environment[WORDS_MAX] = {
	"HOME=/root", "USER=root", "LOGNAME=root", "SHELL=/bin/sh",
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};

static size_t
length(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return len;
}

static void
say(const char *text)
{
	linux_write(2, text, length(text));
}

/* returns: the number `name=` has in the environment, 0 if none */
static uint16_t
environment_number(const char *name)
{
	uint16_t number = 0;

	for (char **word = environment; *word != NULL; word++) {
		const char *at = *word, *with = name;

		while (*with != '\0' && *at == *with)
			at++, with++;
		if (*with != '\0')
			continue;
		while (*at >= '0' && *at <= '9')
			number = (uint16_t)(number * 10 + (*at++ - '0'));
	}
	return number;
}

/* Cut `text` at every `separator`.  gives: words from words[used] on, NULL */
static void
split(char *text, char separator, char **words, size_t used)
{
	while (*text != '\0' && used + 1 < WORDS_MAX) {
		while (*text == separator)
			*text++ = '\0';
		if (*text != '\0')
			words[used++] = text;
		while (*text != '\0' && *text != separator)
			text++;
	}
	*text = '\0';
	words[used] = NULL;
}

/* returns: bytes read into `to`, which ends in a NUL; 0 if there are none */
static size_t
read_file(const char *path, char *to, size_t bytes)
{
	long fd = linux_open(path, O_RDONLY), len;

	if (fd < 0)
		return 0;
	len = linux_read((int)fd, to, bytes - 1);
	linux_close((int)fd);
	if (len < 0)
		len = 0;
	to[len] = '\0';
	return (size_t)len;
}

static void
read_settings(void)
{
	char name[65];
	size_t len = read_file("/etc/hostname", name, sizeof(name)), used = 0;

	while (len > 0 && name[len - 1] <= ' ')
		len--;
	linux_sethostname(len > 0 ? name : "cowslip", len > 0 ? len : 7);
	read_file(ENVIRONMENT, environment_text, sizeof(environment_text));
	while (environment[used] != NULL)
		used++;
	split(environment_text, '\n', environment, used);
}

static void
mount_all(void)
{
	for (size_t i = 0; i < COUNT(mounts); i++) {
		/* There already in most roots. */
		linux_mkdir(mounts[i].path, 0755);
		/* One that is not there is missed by who needs it. */
		linux_mount(mounts[i].type, mounts[i].path, mounts[i].flags,
		    mounts[i].data);
	}
	for (size_t i = 0; i < COUNT(links); i++)
		linux_symlink(links[i].target, links[i].path);
	linux_mkdir("/run/lock", 01777);
}

static void
open_console(int flags)
{
	long fd = linux_open("/dev/console", flags);

	if (fd < 0)
		return;
	for (int to = 0; to <= 2; to++) {
		if (fd != to)
			linux_dup3((int)fd, to);
	}
	if (fd > 2)
		linux_close((int)fd);
}

/* What a command writes leaves as it is, and no echo is among it. */
static void
make_exact(void)
{
	struct linux_termios modes;

	if (linux_ioctl(0, TCGETS, &modes) < 0)
		return;
	modes.output &= ~TERMIOS_OPOST;
	modes.local &= ~TERMIOS_ECHO;
	linux_ioctl(0, TCSETS, &modes);
}

static void
set_window(void)
{
	const struct linux_winsize size = {
		.rows = environment_number("LINES="),
		.columns = environment_number("COLUMNS="),
	};

	if (size.rows > 0 && size.columns > 0)
		linux_ioctl(0, TIOCSWINSZ, &size);
}

static void
exec_login(void)
{
	static char name[64] = "-";

	for (size_t i = 0; i < COUNT(login_shells); i++) {
		char *const argv[] = { name, NULL };
		const char *base = login_shells[i] + length("/bin/");

		for (size_t at = 0; at <= length(base); at++)
			name[at + 1] = base[at];
		linux_execve(login_shells[i], argv, environment);
	}
	linux_execve("/bin/busybox", (char *const[]) { "busybox", "sh", "-l",
	    NULL }, environment);
}

static void
exec_command(char *command)
{
	char *words[WORDS_MAX];

	for (size_t i = 0; i < COUNT(command_shells); i++)
		linux_execve(command_shells[i], (char *const[]) { "sh", "-c",
		    command, NULL }, environment);
	linux_execve("/bin/busybox", (char *const[]) { "busybox", "sh", "-c",
	    command, NULL }, environment);
	split(command, ' ', words, 0);
	if (words[0] != NULL)
		linux_execve(words[0], words, environment);
}

/* The shell's process, in a session of its own on the console; a command's
 * output goes to `output`. */
static _Noreturn void
run_shell(char *command, int output)
{
	static const uint64_t none;

	linux_sigprocmask(SIG_SETMASK, &none);
	linux_setsid();
	open_console(O_RDWR);
	linux_ioctl(0, TIOCSCTTY, NULL);
	if (linux_chdir("/root") < 0)
		linux_chdir("/");
	if (command != NULL) {
		linux_dup3(output, 1);
		linux_dup3(output, 2);
		exec_command(command);
	} else {
		set_window();
		exec_login();
	}
	say("init: there is no shell to run\n");
	linux_exit(STATUS_NO_SHELL);
}

/*
 * Take in children that are gone, `pid` or orphans.
 * options: WNOHANG not to wait for any, else it waits for `pid`
 * returns: whether `pid` is gone; *status is its exit status, as a shell says
 */
static int
reap(long pid, int options, int *status)
{
	long gone;
	int word = 0;

	do {
		gone = linux_wait4(-1, &word, options);
		if (gone <= 0)
			return 0;
	} while (gone != pid);
	*status = WAIT_SIGNAL(word) != 0 ? STATUS_SIGNAL + WAIT_SIGNAL(word) :
	    WAIT_CODE(word);
	return 1;
}

static void
write_all(const char *text, long len)
{
	long wrote;

	while (len > 0) {
		wrote = linux_write(1, text, (size_t)len);
		if (wrote <= 0)
			return;
		text += wrote;
		len -= wrote;
	}
}

/* Only to end a wait. */
static void
on_child(int signal)
{
	(void)signal;
}

/* Let go of SIGCHLD only while waiting: none that comes before is missed. */
static void
hold_children(void)
{
	static const struct linux_sigaction action = { .handler = on_child };
	static const uint64_t held = 1ull << (SIGCHLD - 1);

	linux_sigprocmask(SIG_SETMASK, &held);
	linux_sigaction(SIGCHLD, &action);
}

/*
 * Pass on what comes out of `from` until `pid` is gone, and what it had
 * written by then; what daemons it left behind have to say is lost.
 * returns: its exit status
 */
static int
relay(int from, long pid)
{
	static const uint64_t none;
	static char piece[4096];
	int status = STATUS_NO_SHELL, gone = 0;
	long len;

	while (!gone) {
		struct linux_pollfd file = { .fd = from, .events = POLLIN };

		if (linux_ppoll(&file, 1, &none) > 0) {
			len = linux_read(from, piece, sizeof(piece));
			write_all(piece, len);
			if (len <= 0)		/* it has closed them all */
				return reap(pid, 0, &status), status;
		}
		gone = reap(pid, WNOHANG, &status);
	}
	linux_fcntl(from, F_SETFL, O_NONBLOCK);
	while ((len = linux_read(from, piece, sizeof(piece))) > 0)
		write_all(piece, len);
	return status;
}

/* returns: the exit status of the shell, or of `command` if there is one */
static int
run(char *command)
{
	int ends[2] = { -1, -1 }, status = STATUS_NO_SHELL;
	long pid;

	if (command != NULL) {
		make_exact();
		hold_children();
		if (linux_pipe2(ends, O_CLOEXEC) < 0)
			return STATUS_NO_SHELL;
	}
	pid = linux_fork();
	if (pid == 0)
		run_shell(command, ends[1]);
	if (pid < 0) {
		say("init: cannot fork\n");
		return STATUS_NO_SHELL;
	}
	if (command != NULL) {
		linux_close(ends[1]);
		return relay(ends[0], pid);
	}
	reap(pid, 0, &status);
	/* Whoever leaves a login shell has not failed. */
	return status == STATUS_NO_SHELL ? status : 0;
}

static _Noreturn void
init_main(long argc, char **argv)
{
	int status;

	mount_all();
	open_console(O_RDWR | O_NOCTTY);
	read_settings();
	status = run(argc > 1 ? argv[1] : NULL);
	linux_sync();
	linux_reboot(REBOOT_POWER_OFF, status);
	linux_exit(status);
}

/* The stack as exec leaves it: argc, then argv. */
__attribute__((used)) static _Noreturn void
init_start(long *stack)
{
	init_main(stack[0], (char **)(stack + 1));
}

__asm__(
	".globl _start\n"
	"_start:\n"
	"	mv	a0, sp\n"
	"	andi	sp, sp, -16\n"
	"	call	init_start\n");
