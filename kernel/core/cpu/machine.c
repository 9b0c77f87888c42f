/*
 * What the device tree says about this machine.
 *
 * The names are those of the Devicetree specification and of the Linux
 * bindings (riscv/cpus, riscv,plic0, ns16550a, virtio,mmio, and so on).
 * Nothing is kept that points into the tree: its memory is free once this is
 * done.
 */
#include "core/cpu/machine.h"

#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/devtree.h"
#include "core/cpu/hart.h"
#include "core/cpu/layout.h"
#include "core/cpu/sv39.h"

#define PLIC_EXTERNAL_S	9	/* a hart's S-mode external interrupt */

/* What is only needed while reading. */
struct reading {
	struct devtree tree;
	struct machine *machine;
	uint32_t intc_phandle[HARTS_MAX];	/* by hart index */
	uint32_t nreserved;
	struct { uint64_t start, end; } reserved[RESERVED_MAX];
};

static bool
find_bank(struct reading *reading, paddr_t image)
{
	struct machine *machine = reading->machine;
	struct devtree_walk walk;
	uint64_t start, len;

	devtree_start(&walk, &reading->tree);
	while (devtree_next(&walk)) {
		const char *type = devtree_string(&reading->tree, walk.node,
		    "device_type");

		if (type == NULL || strcmp(type, "memory") != 0)
			continue;
		for (uint32_t i = 0; devtree_reg(&walk, i, &start, &len); i++) {
			if (image < start || image - start >= len)
				continue;
			machine->ram_start = ROUND_UP(start, PAGE_BYTES);
			machine->ram_end = ROUND_DOWN(start + len, PAGE_BYTES);
			return true;
		}
	}
	return false;
}

static bool
reserve(struct reading *reading, uint64_t start, uint64_t len)
{
	if (len == 0)
		return true;
	if (reading->nreserved == RESERVED_MAX || start + len < start)
		return false;
	reading->reserved[reading->nreserved].start = start;
	reading->reserved[reading->nreserved++].end = start + len;
	return true;
}

/* returns: false if there are more reservations than the kernel can keep */
static bool
find_reserved(struct reading *reading)
{
	struct devtree_walk walk;
	uint64_t start, len;
	bool inside = false;

	for (uint32_t i = 0; devtree_reservation(&reading->tree, i, &start,
	    &len); i++)
		if (!reserve(reading, start, len))
			return false;
	devtree_start(&walk, &reading->tree);
	while (devtree_next(&walk)) {
		if (walk.depth == 1)
			inside = strcmp(walk.name, "reserved-memory") == 0;
		if (!inside || walk.depth != 2)
			continue;
		for (uint32_t i = 0; devtree_reg(&walk, i, &start, &len); i++)
			if (!reserve(reading, start, len))
				return false;
	}
	return true;
}

/* An address in /chosen, of one cell or two.  returns: whether it is there */
static bool
chosen_address(const struct devtree *tree, uint32_t chosen, const char *name,
    uint64_t *address)
{
	struct devtree_property property;

	if (!devtree_find(tree, chosen, name, &property) ||
	    (property.len != 4 && property.len != 8))
		return false;
	*address = devtree_cell(&property, 0);
	if (property.len == 8)
		*address = *address << 32 | devtree_cell(&property, 1);
	return true;
}

/* Add a seed of /chosen to what the machine's random numbers start from. */
static void
read_seed(struct machine *machine, const struct devtree *tree,
    uint32_t chosen, const char *name)
{
	struct devtree_property seed;
	uint32_t room = sizeof(machine->seed) - machine->seed_bytes;

	if (!devtree_find(tree, chosen, name, &seed))
		return;
	memcpy(machine->seed + machine->seed_bytes, seed.bytes,
	    MIN(seed.len, room));
	machine->seed_bytes += MIN(seed.len, room);
}

/*
 * Whether [start, end) meets a reservation.  One that is made for it, as some
 * loaders do, is dropped: boot moves what is there.
 */
static bool
meets_reserved(struct reading *reading, uint64_t start, uint64_t end)
{
	for (uint32_t i = 0; i < reading->nreserved; i++) {
		uint64_t from = reading->reserved[i].start;
		uint64_t to = reading->reserved[i].end;

		if (from == start && to == end)
			reading->reserved[i--] =
			    reading->reserved[--reading->nreserved];
		else if (start < to && from < end)
			return true;
	}
	return false;
}

/* returns: NULL if a RAM disk may lie there, else a sentence */
static const char *
ramdisk_check(struct reading *reading, uint64_t start, uint64_t end,
    paddr_t image, paddr_t image_end)
{
	const struct machine *machine = reading->machine;

	if (start >= end)
		return "it does not end after its start";
	if (start < machine->ram_start || end > machine->ram_end ||
	    end > DIRECT_END - DIRECT_BASE)
		return "it is not in the kernel's memory";
	if (start < image_end && image < end)
		return "it is where the kernel is";
	if (meets_reserved(reading, start, end))
		return "it is in memory that is reserved";
	return NULL;
}

/* The RAM disk, where the loader put it; a wrong one is as good as none. */
static void
find_ramdisk(struct reading *reading, uint32_t chosen, paddr_t image,
    paddr_t image_end)
{
	uint64_t start = 0, end = 0;
	bool has_start, has_end;
	const char *wrong;

	if (chosen == 0)
		return;
	has_start = chosen_address(&reading->tree, chosen,
	    "linux,initrd-start", &start);
	has_end = chosen_address(&reading->tree, chosen, "linux,initrd-end",
	    &end);
	if (!has_start && !has_end)
		return;
	wrong = has_start != has_end ? "the tree says only half of where it is" :
	    ramdisk_check(reading, start, end, image, image_end);
	if (wrong != NULL) {
		print("boot: the RAM disk at 0x%lx to 0x%lx is ignored: %s\n",
		    start, end, wrong);
		return;
	}
	reading->machine->ramdisk_start = start;
	reading->machine->ramdisk_end = end;
}

/* How much is free from `start` on: up to the next reservation. */
static uint64_t
stretch_from(const struct reading *reading, uint64_t start)
{
	uint64_t end = reading->machine->ram_end;

	if (start >= end)
		return 0;
	for (uint32_t i = 0; i < reading->nreserved; i++) {
		if (reading->reserved[i].end <= start)
			continue;
		if (reading->reserved[i].start <= start)
			return 0;
		end = MIN(end, reading->reserved[i].start);
	}
	return end - start;
}

/*
 * The largest stretch of the bank above the image that nobody claims.  Below
 * the image is the firmware, whether it says so or not.
 */
static void
find_free(struct reading *reading, paddr_t image_end)
{
	struct machine *machine = reading->machine;
	uint64_t best = image_end, most = stretch_from(reading, image_end);

	for (uint32_t i = 0; i < reading->nreserved; i++) {
		uint64_t start = reading->reserved[i].end;

		if (start > image_end && stretch_from(reading, start) > most) {
			best = start;
			most = stretch_from(reading, start);
		}
	}
	machine->free_start = ROUND_UP(best, PAGE_BYTES);
	machine->free_end = ROUND_DOWN(MIN(best + most,
	    DIRECT_END - DIRECT_BASE), PAGE_BYTES);
	if (machine->free_end < machine->free_start)
		machine->free_end = machine->free_start;
}

/* Whether an ISA string ("rv64imac_zicsr_sstc") names `extension`. */
static bool
isa_has(const char *isa, const char *extension)
{
	size_t len = strlen(extension);

	while (isa != NULL && (isa = strchr(isa, '_')) != NULL) {
		isa++;
		if (strncmp(isa, extension, len) == 0 &&
		    (isa[len] == '_' || isa[len] == '\0'))
			return true;
	}
	return false;
}

static bool
cpu_has_sstc(const struct devtree *tree, uint32_t node)
{
	return isa_has(devtree_string(tree, node, "riscv,isa"), "sstc") ||
	    devtree_list_has(tree, node, "riscv,isa-extensions", "sstc");
}

/* A hart id is not an address: it is not translated by any bus. */
static bool
cpu_hartid(const struct devtree_walk *walk, uint64_t *hartid)
{
	struct devtree_property reg;

	if (!devtree_find(walk->tree, walk->node, "reg", &reg) || reg.len < 4)
		return false;
	*hartid = devtree_cell(&reg, 0);
	if (walk->buses[walk->depth - 1].address_cells == 2)
		*hartid = *hartid << 32 | devtree_cell(&reg, 1);
	return true;
}

static bool
is_cpu(const struct devtree_walk *walk)
{
	const char *type = devtree_string(walk->tree, walk->node,
	    "device_type");

	return walk->depth == 2 && type != NULL && strcmp(type, "cpu") == 0 &&
	    devtree_okay(walk->tree, walk->node);
}

/*
 * One pass over /cpus: those that are the boot hart, or those that are not.
 * returns: how many were met
 */
static uint32_t
read_cpus(struct reading *reading, uint64_t boot_hartid, bool boot)
{
	const struct devtree *tree = &reading->tree;
	struct machine *machine = reading->machine;
	uint32_t met = 0, index = HARTS_MAX;
	struct devtree_walk walk;
	uint64_t hartid;

	devtree_start(&walk, tree);
	while (devtree_next(&walk)) {
		if (walk.depth <= 2)
			index = HARTS_MAX;
		if (walk.depth == 1 && strcmp(walk.name, "cpus") == 0)
			machine->timebase_hz = devtree_u32(tree, walk.node,
			    "timebase-frequency",
			    (uint32_t)machine->timebase_hz);
		if (index < HARTS_MAX && walk.depth == 3 && devtree_list_has(tree,
		    walk.node, "compatible", "riscv,cpu-intc"))
			reading->intc_phandle[index] = devtree_u32(tree,
			    walk.node, "phandle", 0);
		if (!is_cpu(&walk) || !cpu_hartid(&walk, &hartid) ||
		    (hartid == boot_hartid) != boot)
			continue;
		met++;
		index = boot ? 0 : harts_count();
		if (index >= HARTS_MAX)
			continue;
		machine->timebase_hz = devtree_u32(tree, walk.node,
		    "timebase-frequency", (uint32_t)machine->timebase_hz);
		if (!cpu_has_sstc(tree, walk.node))
			machine->has_sstc = false;
		hart_register(index, hartid);
	}
	return met;
}

static const char *
find_harts(struct reading *reading, uint64_t boot_hartid)
{
	uint32_t others;

	reading->machine->has_sstc = true;
	if (read_cpus(reading, boot_hartid, true) == 0)
		return "it does not name the hart that boots";
	others = read_cpus(reading, boot_hartid, false);
	if (others >= HARTS_MAX)
		print("%u harts are not used: the kernel knows %u\n",
		    others + 1 - HARTS_MAX, HARTS_MAX);
	if (reading->machine->timebase_hz == 0)
		return "it has no timebase-frequency";
	return NULL;
}

/* returns: whether the node is a device in use whose registers are known */
static bool
read_device(const struct devtree_walk *walk, struct device_range *device)
{
	struct devtree_property irq;

	if (!devtree_okay(walk->tree, walk->node) ||
	    !devtree_reg(walk, 0, &device->paddr, &device->nbytes) ||
	    device->nbytes == 0 || device->paddr + device->nbytes < device->paddr)
		return false;
	device->irq = 0;
	if (devtree_find(walk->tree, walk->node, "interrupts", &irq))
		device->irq = devtree_cell(&irq, 0);
	else if (devtree_find(walk->tree, walk->node, "interrupts-extended",
	    &irq))
		device->irq = devtree_cell(&irq, 1);
	return true;
}

/* The PLIC's contexts are the pairs (hart's controller, its interrupt). */
static void
read_plic(struct reading *reading, const struct devtree_walk *walk)
{
	struct machine *machine = reading->machine;
	struct devtree_property pairs;

	if (!read_device(walk, &machine->plic) ||
	    !devtree_find(walk->tree, walk->node, "interrupts-extended",
	    &pairs))
		return;
	machine->plic_nsources = devtree_u32(walk->tree, walk->node,
	    "riscv,ndev", 0);
	for (uint32_t i = 0; i < pairs.len / 8; i++) {
		uint32_t phandle = devtree_cell(&pairs, 2 * i);

		if (devtree_cell(&pairs, 2 * i + 1) != PLIC_EXTERNAL_S)
			continue;
		for (uint32_t hart = 0; hart < harts_count(); hart++)
			if (reading->intc_phandle[hart] == phandle)
				machine->plic_context[hart] = (int32_t)i;
	}
}

/* The node stdout-path names, itself or through an alias; 0 if none. */
static uint32_t
find_stdout(const struct devtree *tree, uint32_t chosen)
{
	const char *path = devtree_string(tree, chosen, "stdout-path"), *colon;
	char alias[32];
	size_t len;

	if (path == NULL)
		return 0;
	colon = strchr(path, ':');
	len = colon != NULL ? (size_t)(colon - path) : strlen(path);
	if (path[0] != '/') {
		uint32_t aliases = devtree_path(tree, "/aliases", 8);

		if (aliases == 0)
			return 0;
		string_copy(alias, path, MIN(len + 1, sizeof(alias)));
		path = devtree_string(tree, aliases, alias);
		if (path == NULL)
			return 0;
		len = strlen(path);
	}
	return devtree_path(tree, path, len);
}

static void
find_devices(struct reading *reading, uint32_t stdout_node)
{
	const struct devtree *tree = &reading->tree;
	struct machine *machine = reading->machine;
	struct devtree_walk walk;

	devtree_start(&walk, tree);
	while (devtree_next(&walk)) {
		uint32_t node = walk.node;

		if (devtree_list_has(tree, node, "compatible", "ns16550a")) {
			if (machine->uart.nbytes != 0 && node != stdout_node)
				continue;
			if (read_device(&walk, &machine->uart))
				machine->uart_clock_hz = devtree_u32(tree,
				    node, "clock-frequency", 0);
		} else if (devtree_list_has(tree, node, "compatible",
		    "riscv,plic0") || devtree_list_has(tree, node,
		    "compatible", "sifive,plic-1.0.0")) {
			read_plic(reading, &walk);
		} else if (devtree_list_has(tree, node, "compatible",
		    "google,goldfish-rtc")) {
			read_device(&walk, &machine->rtc);
		} else if (devtree_list_has(tree, node, "compatible",
		    "sifive,test0")) {
			read_device(&walk, &machine->finisher);
		} else if (devtree_list_has(tree, node, "compatible",
		    "virtio,mmio") && machine->nvirtio < BOOT_VIRTIO_MAX &&
		    read_device(&walk, &machine->virtio[machine->nvirtio])) {
			machine->nvirtio++;
		}
	}
}

const char *
machine_read(struct machine *machine, const void *blob, uint64_t boot_hartid,
    paddr_t image, paddr_t image_end)
{
	struct reading reading = { .machine = machine };
	const char *arguments, *wrong;
	uint32_t chosen;

	wrong = devtree_open(&reading.tree, blob, DEVTREE_BYTES_MAX);
	if (wrong != NULL)
		return wrong;
	for (int i = 0; i < HARTS_MAX; i++)
		machine->plic_context[i] = -1;
	if (!find_bank(&reading, image))
		return "it does not name the memory the kernel is in";
	if (!find_reserved(&reading))
		return "it reserves too many ranges of memory";
	chosen = devtree_path(&reading.tree, "/chosen", 7);
	find_ramdisk(&reading, chosen, image, image_end);
	find_free(&reading, image_end);
	wrong = find_harts(&reading, boot_hartid);
	if (wrong != NULL)
		return wrong;
	if (chosen != 0) {
		arguments = devtree_string(&reading.tree, chosen, "bootargs");
		if (arguments != NULL)
			string_copy(machine->arguments, arguments,
			    sizeof(machine->arguments));
		read_seed(machine, &reading.tree, chosen, "rng-seed");
		read_seed(machine, &reading.tree, chosen, "kaslr-seed");
	}
	find_devices(&reading, chosen != 0 ?
	    find_stdout(&reading.tree, chosen) : 0);
	return NULL;
}
