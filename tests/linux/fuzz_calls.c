/*
 * Random system calls with random arguments, interesting ones among them, for
 * SECONDS (60, or the first argument) on as many processes as WORKERS, from a
 * seed that is printed (20, or the second argument).
 *
 *	parent -> workers, started again whenever they die
 *	          worker -> a child for each round: a few hundred calls, in a
 *	                    session, a folder and an address space of its own
 *
 * The calls that would end the machine, or hit who did nothing (reboot, kill
 * of others), are left out; all others are in, with every number up to
 * CALLS_MAX.  What must hold: the parent lives and counts on.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define WORKERS		8
#define CALLS_MAX	470
#define CALLS_A_ROUND	300
#define ROUND_SECONDS	2
#define ARENA_BYTES	(64 * 4096)
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* Nothing here takes the parent or the machine along. */
static const int left_out[] = {
	SYS_reboot, SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_exit_group,
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon,
	SYS_swapoff, SYS_kexec_load, SYS_init_module, SYS_delete_module,
	SYS_vhangup, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
	SYS_clock_adjtime, SYS_ptrace, SYS_process_vm_writev, SYS_sethostname,
	SYS_setdomainname, SYS_setns, SYS_unshare, SYS_bpf,
	SYS_finit_module, SYS_perf_event_open, SYS_acct, SYS_quotactl,
	SYS_syslog, SYS_setpriority, SYS_sched_setscheduler,
	SYS_sched_setparam, SYS_sched_setattr, SYS_prlimit64, SYS_clone,
	SYS_ioprio_set,
	SYS_clone3, SYS_kexec_file_load,
};

static struct {
	uint64_t state;
	char *arena;
	size_t nnames;		/* that may be used */
} fuzz;

static uint64_t
any(void)
{
	fuzz.state = fuzz.state * 6364136223846793005ull +
	    1442695040888963407ull;
	return fuzz.state >> 16 ^ fuzz.state << 31;
}

/* Root's rounds use the first only, and stay in their folder. */
#define NAMES_OF_ROOT	8
#define ANYBODY		1000

static const char *const names[] = {
	".", "a", "b", "dir", "dir/c", "loop", "", "dir/../a",
	"..", "/", "/dev/null",
	"/dev/zero", "/proc/self/maps", "/proc/self/mem", "/tmp",
	"/proc/self/fd/0", "/dev/full", "/proc/self/exe", "/dev/ptmx",
	"missing/x", "/proc/self/status",
};

/* Something to point at: inside, at the end of, or outside of memory. */
static uint64_t
pointer(void)
{
	char *at = fuzz.arena + any() % ARENA_BYTES;

	switch (any() % 12) {
	case 0:
		return 0;
	case 1:
		return any();
	case 2:			/* ends where nothing is mapped */
		return (uint64_t)fuzz.arena + ARENA_BYTES - any() % 32;
	case 3:
		return (uint64_t)-1 << any() % 64;
	case 4:
		return 0x3ffffff000 + any() % 8192;
	case 5:			/* our own text */
		return (uint64_t)(uintptr_t)pointer;
	case 6:
	case 7:
		strcpy(at = fuzz.arena + any() % (ARENA_BYTES - 64),
		    names[any() % fuzz.nnames]);
		return (uint64_t)at;
	default:
		for (uint64_t i = any() % 8; i > 0; i--)
			fuzz.arena[any() % ARENA_BYTES] = (char)any();
		return (uint64_t)at & ~7ull;
	}
}

static uint64_t
argument(void)
{
	static const uint64_t values[] = { 0, 1, 2, 3, 4, 7, 8, 16, 0x7f, 0xff,
		511, 512, 4095, 4096, 4097, 8192, 65535, 65536, 1 << 20,
		0x7fffffff, 0x80000000, 0xffffffff, (uint64_t)-1,
		(uint64_t)-2, (uint64_t)-100, (uint64_t)-4096,
		0x7fffffffffffffff, 0x8000000000000000, 0x4000000000 };

	switch (any() % 8) {
	case 0:
	case 1:
		return values[any() % COUNT(values)];
	case 2:			/* a descriptor, often one that is open */
		return any() % 40;
	case 3:			/* flags */
		return 1ull << any() % 32 | 1ull << any() % 32;
	case 4:
		return any() & 0xffff;
	case 5:
		return any() >> any() % 64;
	default:
		return pointer();
	}
}

static int
is_left_out(int number)
{
	for (size_t i = 0; i < COUNT(left_out); i++) {
		if (left_out[i] == number)
			return 1;
	}
	return 0;
}

/* fcntl and ioctl may set an owner for signals, prctl a death's; neither may
 * point at others.  A sleep is not to be longer than a round. */
static int
harmless(int number, uint64_t *arguments)
{
	if (is_left_out(number))
		return 0;
	/* These end a round. */
	if ((number == SYS_exit || number == SYS_rt_sigreturn) &&
	    any() % 20 != 0)
		return 0;
	if (number == SYS_fcntl && (arguments[1] == F_SETOWN ||
	    arguments[1] == F_SETOWN_EX || arguments[1] == F_SETSIG))
		return 0;
	/* Standard output is how the parent is heard. */
	if (arguments[0] <= 2 && number != SYS_read)
		arguments[0] += 3;
	return 1;
}

static void
open_some(void)
{
	int ends[2], fd;

	if (pipe2(ends, O_NONBLOCK) != 0)
		return;
	fd = open("a", O_RDWR | O_CREAT, 0666);
	if (fd >= 0 && ftruncate(fd, 100000) == 0)
		mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	mkdir("dir", 0777);
	if (symlink("loop", "loop") == 0)
		open("dir", O_RDONLY | O_DIRECTORY);
	open("/dev/zero", O_RDWR);
	memfd_create("fuzz", 0);
	syscall(SYS_eventfd2, 3, O_NONBLOCK);
	syscall(SYS_epoll_create1, 0);
	syscall(SYS_socketpair, 1, 1, 0, ends);
	syscall(SYS_timerfd_create, 1, O_NONBLOCK);
	syscall(SYS_inotify_init1, O_NONBLOCK);
}

static void
round_run(uint64_t seed)
{
	fuzz.state = seed;
	fuzz.nnames = NAMES_OF_ROOT;
	setsid();
	if (any() % 2 == 0 && setgid(ANYBODY) == 0 && setuid(ANYBODY) == 0)
		fuzz.nnames = COUNT(names);
	alarm(ROUND_SECONDS);
	open_some();
	fuzz.arena = mmap(NULL, ARENA_BYTES + 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fuzz.arena == MAP_FAILED)
		_exit(0);
	munmap(fuzz.arena + ARENA_BYTES, 4096);
	for (int i = 0; i < CALLS_A_ROUND; i++) {
		uint64_t a[6];
		int number = (int)(any() % CALLS_MAX);

		for (int n = 0; n < 6; n++)
			a[n] = argument();
		/* Forks now and then, but not without end. */
		if (any() % 100 == 0 && fork() == 0)
			alarm(1);
		if (harmless(number, a))
			syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	_exit(0);
}

/* One after the other, until the time is over. */
static void
worker_run(int index, uint64_t seed, time_t until, volatile uint64_t *rounds)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/tmp/fuzz.%d", index);
	mkdir(folder, 0777);
	if (chdir(folder) != 0 || chmod(".", 0777) != 0)
		_exit(3);
	fuzz.state = seed + (uint64_t)index * 7919;
	for (int i = 0; i < 100; i++)
		any();
	while (time(NULL) < until) {
		uint64_t next = any();
		pid_t pid = fork();

		if (pid == 0)
			round_run(next);
		if (pid < 0) {
			usleep(10000);
			continue;
		}
		/* A round that stopped itself is not to stop us. */
		for (int waited = 0; waitpid(pid, NULL, WNOHANG) == 0;
		    waited++) {
			usleep(waited < 100 ? 500 : 10000);
			if (waited == 400)
				kill(pid, SIGKILL);
		}
		kill(-pid, SIGKILL);
		rounds[index]++;
	}
	_exit(0);
}

int
main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 60;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 20, total = 0;
	time_t until = time(NULL) + seconds;
	volatile uint64_t *rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t workers[WORKERS];
	int status, gone;

	CHECK(rounds != MAP_FAILED);
	printf("seed %llu, %d seconds\n", (unsigned long long)seed, seconds);
	fflush(stdout);
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		CHECK(workers[i] >= 0);
		if (workers[i] == 0)
			worker_run(i, seed, until, rounds);
	}
	for (int i = 0; i < WORKERS; i++) {
		do
			gone = waitpid(workers[i], &status, 0);
		while (gone < 0 && errno == EINTR);
		CHECK(gone == workers[i] && status == 0);
		total += rounds[i];
	}
	CHECK(system("rm -rf /tmp/fuzz.*") == 0);
	printf("%llu rounds of %d calls\n", (unsigned long long)total,
	    CALLS_A_ROUND);
	CHECK(total >= WORKERS);
	return done();
}
