/* What is about harts: instruction fetches, barriers, what they can do. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/cpu/hart.h"
#include "core/cpu/tlb.h"
#include "core/vm/user.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_user.h"

#define FLUSH_LOCAL		1u

#define MEMBARRIER_QUERY	0
#define MEMBARRIER_GLOBAL	0x1u
#define MEMBARRIER_GLOBAL_EXPEDITED 0x2u
#define MEMBARRIER_REGISTER_GLOBAL 0x4u
#define MEMBARRIER_PRIVATE	0x8u
#define MEMBARRIER_REGISTER_PRIVATE 0x10u
#define MEMBARRIER_SYNC_CORE	0x20u
#define MEMBARRIER_REGISTER_SYNC_CORE 0x40u
#define MEMBARRIER_ALL		0x7fu

#define HWPROBE_BASE		3	/* the base ISA: */
#define HWPROBE_BASE_IMA	1u
#define HWPROBE_EXTENSIONS	4
#define HWPROBE_FD		1u
#define HWPROBE_C		2u
#define HWPROBE_MISALIGNED	5	/* how fast: 0 is not known */

struct hwprobe_pair {
	int64_t key;
	uint64_t value;
};

int64_t
linux_getcpu(const struct linux_args *args)
{
	uint32_t hart = hart_this()->index, node = 0;
	int err = 0;

	if (args->a[0] != 0)
		err = user_write(args->a[0], &hart, sizeof(hart), NULL);
	if (err == 0 && args->a[1] != 0)
		err = user_write(args->a[1], &node, sizeof(node), NULL);
	return err;
}

int64_t
linux_riscv_flush_icache(const struct linux_args *args)
{
	/* This thread may be on any hart next, so the local flush is the same. */
	if (!FLAGS_KNOWN(args->a[2], FLUSH_LOCAL))
		return -EINVAL;
	tlb_flush_code();
	tlb_flush_code_on(UINT32_MAX);
	return 0;
}

/* Every hart has come by: whatever was written before is seen by all. */
static void
barrier(void)
{
	atomic_fence();
	tlb_flush_code();
	tlb_flush_code_on(UINT32_MAX);
	atomic_fence();
}

int64_t
linux_membarrier(const struct linux_args *args)
{
	struct memory *memory = proc_this()->memory;
	uint32_t command = (uint32_t)args->a[0];

	if ((uint32_t)args->a[1] != 0)
		return -EINVAL;
	switch (command) {
	case MEMBARRIER_QUERY:
		return MEMBARRIER_ALL;
	case MEMBARRIER_REGISTER_GLOBAL:
	case MEMBARRIER_REGISTER_PRIVATE:
	case MEMBARRIER_REGISTER_SYNC_CORE:
		atomic_or(&memory->barriers, command);
		return 0;
	case MEMBARRIER_PRIVATE:
	case MEMBARRIER_SYNC_CORE:
		/* The bit that registers is the next one. */
		if (!(atomic_load(&memory->barriers) & command << 1))
			return -EPERM;
		break;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED:
		break;
	default:
		return -EINVAL;
	}
	barrier();
	return 0;
}

static void
pair_fill(struct hwprobe_pair *pair)
{
	switch (pair->key) {
	case HWPROBE_BASE:
		pair->value = HWPROBE_BASE_IMA;
		break;
	case HWPROBE_EXTENSIONS:
		pair->value = HWPROBE_FD | HWPROBE_C;
		break;
	case HWPROBE_MISALIGNED:
		pair->value = 0;
		break;
	default:
		pair->key = -1;
		pair->value = 0;
	}
}

int64_t
linux_riscv_hwprobe(const struct linux_args *args)
{
	struct hwprobe_pair pair;
	int err = 0;

	/* The harts it is asked of do not matter: they are all alike. */
	if (args->a[4] != 0)
		return -EINVAL;
	for (uint64_t i = 0; i < args->a[1] && err == 0; i++) {
		vaddr_t at = args->a[0] + i * sizeof(pair);

		err = user_read(&pair, at, sizeof(pair), NULL);
		pair_fill(&pair);
		if (err == 0)
			err = user_write(at, &pair, sizeof(pair), NULL);
	}
	return err;
}
