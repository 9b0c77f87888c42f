/*
 * From head.S to kernel_main, on the boot hart; and starting the others.
 *
 *	head.S   early tables, upper half, spare stack
 *	         read the device tree (it may be overwritten afterwards)
 *	         move the RAM disk, if there is one, out of the way
 *	         the kernel's page tables, stacks, devices
 *	         its own stack -> kernel_main
 *
 * Pages taken here come off the start of the free memory, and stay taken.
 */
#include "core/cpu/boot.h"

#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/cpu/kernelmap.h"
#include "core/cpu/layout.h"
#include "core/cpu/machine.h"
#include "core/cpu/sbi.h"
#include "core/cpu/tlb.h"
#include "core/cpu/trap_entry.h"

extern char image_start[], image_end[];

/* head.S */
void hart_entry(void);
_Noreturn void stack_enter(vaddr_t top, void (*function)(void));
/* For head.S. */
_Noreturn void boot_start(uint64_t hartid, paddr_t devtree, paddr_t image);
_Noreturn void hart_main(void);

static struct machine the_machine;	/* [c] */
static void (*hart_function)(void);	/* [c] what other harts run */

const struct machine *
machine(void)
{
	return &the_machine;
}

uint32_t
machine_capacity(uint32_t each_kib, uint32_t min, uint32_t max)
{
	return (uint32_t)MIN(MAX(the_machine.memory_kib / each_kib, min), max);
}

/* The arguments' words end where init's command starts. */
static const char *
arguments_end(void)
{
	const char *at = the_machine.arguments;

	for (; *at != '\0'; at++)
		if (strncmp(at, "--", 2) == 0 &&
		    (at == the_machine.arguments || at[-1] == ' ') &&
		    (at[2] == ' ' || at[2] == '\0'))
			break;
	return at;
}

bool
machine_argument(const char *name, char *value, size_t size)
{
	const char *at = the_machine.arguments, *end = arguments_end();
	size_t name_len = strlen(name);

	while (at < end) {
		size_t len = 0;

		while (at + len < end && at[len] != ' ')
			len++;
		if (len >= name_len && memcmp(at, name, name_len) == 0 &&
		    (len == name_len || at[name_len] == '=')) {
			size_t skip = MIN(name_len + 1, len);

			string_copy(value, at + skip, MIN(size, len - skip + 1));
			return true;
		}
		at += MAX(len, (size_t)1);
	}
	return false;
}

const char *
machine_command(void)
{
	const char *end = arguments_end();

	return strncmp(end, "-- ", 3) == 0 ? end + 3 : "";
}

static _Noreturn void
boot_fail(const char *part, const char *why)
{
	print("cowslip cannot boot: %s: %s\n", part, why);
	sbi_poweroff(true);
}

static void
map_device(struct boot_pages *pages, const char *name,
    struct device_range *device)
{
	if (device->nbytes == 0)
		return;
	device->registers = kernelmap_device(pages, device->paddr,
	    device->nbytes);
	if (device->registers == NULL)
		boot_fail(name, "its registers lie too high");
}

/*
 * Put the RAM disk at the end of the free memory, and end that before it.
 * Loaders put it in the middle, where it would cut the memory in two.
 */
static void
move_ramdisk(void)
{
	struct machine *m = &the_machine;
	uint64_t nbytes = m->ramdisk_end - m->ramdisk_start;
	paddr_t start;

	if (nbytes == 0)
		return;
	if (ROUND_UP(nbytes, PAGE_BYTES) > m->free_end - m->free_start) {
		print("boot: the RAM disk is ignored: %lu KiB do not fit into "
		    "what memory is free\n", nbytes / 1024);
		m->ramdisk_start = m->ramdisk_end = 0;
		return;
	}
	start = m->free_end - ROUND_UP(nbytes, PAGE_BYTES);
	memmove(direct_pointer(start), direct_pointer(m->ramdisk_start),
	    nbytes);
	m->ramdisk_start = m->free_end = start;
	m->ramdisk_end = start + nbytes;
}

static void
map_all(paddr_t image)
{
	struct machine *m = &the_machine;
	struct boot_pages pages = { m->free_start, m->free_end };
	void *finisher;

	/* The RAM disk, if there is one, follows the free memory. */
	kernelmap_init(&pages, image, m->free_start,
	    MAX(m->free_end, ROUND_UP(m->ramdisk_end, PAGE_BYTES)));
	map_device(&pages, "uart", &m->uart);
	map_device(&pages, "plic", &m->plic);
	map_device(&pages, "rtc", &m->rtc);
	for (uint32_t i = 0; i < m->nvirtio; i++)
		map_device(&pages, "virtio", &m->virtio[i]);
	/* Until these tables are loaded it is at its early address. */
	finisher = kernelmap_device(&pages, m->finisher.paddr,
	    m->finisher.nbytes);
	m->free_start = pages.next;
	kernelmap_load();
	if (m->finisher.nbytes != 0)
		m->finisher.registers = finisher;
}

/* On the boot hart's own stack. */
static void
boot_finish(void)
{
	hart_prepare();
	tlb_probe();
	kernel_main();
}

void
boot_start(uint64_t hartid, paddr_t devtree, paddr_t image)
{
	const char *wrong;

	csr_write(stvec, (vaddr_t)trap_early);
	if (devtree >= DIRECT_END - DIRECT_BASE - DEVTREE_BYTES_MAX)
		boot_fail("device tree", "it lies too high");
	wrong = machine_read(&the_machine, direct_pointer(devtree), hartid,
	    image, image + (uint64_t)(image_end - image_start));
	if (wrong != NULL)
		boot_fail("device tree", wrong);
	move_ramdisk();
	the_machine.memory_kib =
	    (the_machine.free_end - the_machine.free_start) / 1024;
	if (the_machine.finisher.nbytes != 0)
		the_machine.finisher.registers =
		    direct_pointer(the_machine.finisher.paddr);
	map_all(image);
	stack_enter(hart_this()->stack_top, boot_finish);
}

void
hart_main(void)
{
	hart_prepare();
	hart_function();
	for (;;)
		cpu_wait();
}

void
harts_start(void (*entry)(void))
{
	paddr_t start = kernelmap_image_paddr((void *)hart_entry);

	hart_function = entry;
	for (uint32_t i = 0; i < harts_count(); i++) {
		struct hart *hart = hart_at(i);
		int err;

		if (hart == hart_this())
			continue;
		err = sbi_hart_start(hart->hartid, start, 0);
		if (err != 0)
			print("hart %lu does not start: SBI error %d\n",
			    hart->hartid, err);
	}
}
