/* The machine: its names, its memory, its end, its randomness. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/cpu/timer.h"
#include "core/task/load.h"
#include "core/task/thread.h"
#include "core/vm/stats.h"
#include "core/vm/user.h"
#include "unix/dev/random.h"
#include "unix/fs/vfs.h"
#include "unix/proc/nodename.h"
#include "unix/proc/poweroff.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_user.h"

#define GRND_NONBLOCK	1u
#define GRND_RANDOM	2u
#define GRND_INSECURE	4u
#define RANDOM_PIECE	256

#define LOADS_SHIFT	16	/* of sysinfo's fixed point */

#define REBOOT_MAGIC	0xfee1deadu
#define REBOOT_CAD_ON	0x89abcdefu
#define REBOOT_CAD_OFF	0u
#define REBOOT_HALT	0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_RESTART	0x01234567u

struct linux_utsname {
	char system[65], node[65], release[65], version[65], machine[65],
	    domain[65];
};

struct linux_sysinfo {
	int64_t uptime;
	uint64_t loads[3];
	uint64_t ram_total, ram_free, ram_shared, ram_buffers;
	uint64_t swap_total, swap_free;
	uint16_t nprocs, pad;
	uint64_t high_total, high_free;
	uint32_t unit_bytes;
	uint32_t pad2;
};

int64_t
linux_uname(const struct linux_args *args)
{
	struct linux_utsname name = {
		.system = "Linux",
		.release = SYSTEM_RELEASE,
		.version = SYSTEM_VERSION,
		.machine = "riscv64",
	};

	nodename_get(name.node);
	domainname_get(name.domain);
	return user_write(args->a[0], &name, sizeof(name), NULL);
}

/* returns: 0; -EPERM, -EINVAL, -EFAULT */
static int
name_read(char name[NODENAME_BYTES], const struct linux_args *args)
{
	if (!credentials_privileged(proc_credentials()))
		return -EPERM;
	if ((int32_t)args->a[1] < 0 || (int32_t)args->a[1] >= NODENAME_BYTES)
		return -EINVAL;
	memset(name, 0, NODENAME_BYTES);
	return user_read(name, args->a[0], (uint32_t)args->a[1], NULL);
}

int64_t
linux_sethostname(const struct linux_args *args)
{
	char name[NODENAME_BYTES];
	int err = name_read(name, args);

	if (err == 0)
		nodename_set(name);
	return err;
}

int64_t
linux_setdomainname(const struct linux_args *args)
{
	char name[NODENAME_BYTES];
	int err = name_read(name, args);

	if (err == 0)
		domainname_set(name);
	return err;
}

int64_t
linux_sysinfo(const struct linux_args *args)
{
	struct linux_sysinfo info = { 0 };
	struct memory_stats stats;
	uint32_t averages[3];

	memory_counts(&stats);
	info.uptime = (int64_t)(timer_to_micros(timer_now()) / 1000000);
	load_averages(averages);
	for (int i = 0; i < 3; i++)
		info.loads[i] = (uint64_t)averages[i] << (LOADS_SHIFT -
		    LOAD_SHIFT);
	info.ram_total = stats.total;
	info.ram_free = stats.free;
	info.ram_shared = stats.shared;
	info.nprocs = (uint16_t)MIN(proc_thread_total(), UINT16_MAX);
	info.unit_bytes = PAGE_BYTES;
	return user_write(args->a[0], &info, sizeof(info), NULL);
}

int64_t
linux_getrandom(const struct linux_args *args)
{
	uint64_t len = MIN(args->a[1], (uint64_t)INT32_MAX), done = 0;
	uint32_t flags = (uint32_t)args->a[2];
	uint8_t bytes[RANDOM_PIECE];
	size_t copied = 0;
	int err = 0;

	if (!FLAGS_KNOWN(flags, GRND_NONBLOCK | GRND_RANDOM |
	    GRND_INSECURE) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) ==
	    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	while (done < len && err == 0) {
		size_t piece = MIN(len - done, sizeof(bytes));

		random_bytes(bytes, piece);
		err = user_write(args->a[0] + done, bytes, piece, &copied);
		done += copied;
		/* A long request ends early, as on Linux, for a signal. */
		if (err == 0 && atomic_load_relaxed(&thread_this()->interrupted))
			break;
	}
	return done > 0 ? (int64_t)done : err;
}

int64_t
linux_reboot(const struct linux_args *args)
{
	uint32_t magic2 = (uint32_t)args->a[1];

	if (!credentials_privileged(proc_credentials()))
		return -EPERM;
	if ((uint32_t)args->a[0] != REBOOT_MAGIC ||
	    (magic2 != 672274793 && magic2 != 85072278 &&
	    magic2 != 369367448 && magic2 != 537993216))
		return -EINVAL;
	switch ((uint32_t)args->a[2]) {
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		/* There are no such keys. */
		return 0;
	case REBOOT_HALT:
	case REBOOT_POWER_OFF:
		/* The argument is cowslip's: the status of ./run. */
		proc_poweroff((int32_t)args->a[3]);
	default:
		return -EINVAL;
	}
}

int64_t
linux_personality(const struct linux_args *args)
{
	uint32_t wanted = (uint32_t)args->a[0];
	struct proc *proc = proc_this();
	uint32_t old = atomic_load_relaxed(&proc->personality);

	if (wanted == UINT32_MAX)	/* to ask */
		return old;
	if (!FLAGS_KNOWN(wanted, ADDR_NO_RANDOMIZE))
		return -EINVAL;
	atomic_store_relaxed(&proc->personality, wanted);
	return old;
}
