/*
 * What boot found out about the machine, from the device tree (Devicetree
 * specification 0.4) and SBI.  Constant once kernel_main runs.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

struct device_range {
	paddr_t paddr;
	uint64_t nbytes;
	void *registers;	/* mapped, R W */
	uint32_t irq;		/* PLIC source; 0 if none */
};

#define BOOT_VIRTIO_MAX	32	/* virtio-mmio slots; QEMU's virt has 8 */
#define BOOT_SEED_BYTES_MAX 64	/* QEMU gives 32 */

struct machine {
	paddr_t ram_start, ram_end;	/* the memory bank the kernel is in */
	paddr_t free_start, free_end;	/* of it, what boot left unused */
	uint64_t memory_kib;		/* free before boot took any */
	/* The initial RAM disk, above free_end in the direct map; 0, 0: none. */
	paddr_t ramdisk_start, ramdisk_end;
	uint64_t timebase_hz;		/* ticks a second of the time CSR */
	bool has_sstc;			/* every hart has stimecmp */
	char arguments[1024];		/* /chosen bootargs */
	/* What the loader drew for us: /chosen rng-seed, kaslr-seed. */
	uint8_t seed[BOOT_SEED_BYTES_MAX];
	uint32_t seed_bytes;
	struct device_range uart;
	uint32_t uart_clock_hz;
	struct device_range plic;
	uint32_t plic_nsources;
	/* The S-mode context, by hart index; -1: none. */
	int32_t plic_context[HARTS_MAX];
	struct device_range rtc;	/* google,goldfish-rtc */
	struct device_range finisher;	/* sifive,test0: ends an emulator */
	uint32_t nvirtio;
	struct device_range virtio[BOOT_VIRTIO_MAX];
};

/* The one machine. */
const struct machine *machine(void);

/* How many places a table has on this machine: one for every `each_kib` of its
 * memory, at least `min` and at most `max` (base/params.h). */
uint32_t machine_capacity(uint32_t each_kib, uint32_t min, uint32_t max);

/*
 * The value of `name=value` among the kernel's arguments, before any "--".
 * returns: whether it is there; "" for a bare `name`
 * gives:   value, cut to `size`
 */
bool machine_argument(const char *name, char *value, size_t size);

/* Everything after "-- " in the arguments: init's command; "" if none. */
const char *machine_command(void);

/* Start the other harts; each runs entry() on its own stack and idle thread. */
void harts_start(void (*entry)(void));

/*
 * Link-time hook, defined by main.c: the first C function on the boot hart,
 * with paging on, interrupts off and a stack.
 */
_Noreturn void kernel_main(void);
