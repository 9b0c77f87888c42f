/*
 * Virtio devices behind memory-mapped registers.
 *
 *	open -> negotiate -> set_queue -> start -> notify ... -> stop
 *
 * Takes no lock: a driver calls these under its own, or while booting.
 * Does not know more than one queue a device.
 */
#include "unix/dev/virtio_mmio.h"

#include "core/base/errno.h"
#include "core/base/print.h"
#include "core/cpu/boot.h"

/* Registers, by number of 32-bit words. */
enum virtio_register {
	VIRTIO_MAGIC = 0x000 / 4,
	VIRTIO_VERSION = 0x004 / 4,
	VIRTIO_ID = 0x008 / 4,
	VIRTIO_DEVICE_FEATURES = 0x010 / 4,
	VIRTIO_DEVICE_FEATURES_SELECT = 0x014 / 4,
	VIRTIO_DRIVER_FEATURES = 0x020 / 4,
	VIRTIO_DRIVER_FEATURES_SELECT = 0x024 / 4,
	VIRTIO_QUEUE_SELECT = 0x030 / 4,
	VIRTIO_QUEUE_MAX = 0x034 / 4,
	VIRTIO_QUEUE_NUM = 0x038 / 4,
	VIRTIO_QUEUE_READY = 0x044 / 4,
	VIRTIO_QUEUE_NOTIFY = 0x050 / 4,
	VIRTIO_INTERRUPT_STATUS = 0x060 / 4,
	VIRTIO_INTERRUPT_ACK = 0x064 / 4,
	VIRTIO_STATUS = 0x070 / 4,
	VIRTIO_QUEUE_DESCRIPTORS = 0x080 / 4,	/* these three: low, high */
	VIRTIO_QUEUE_DRIVER = 0x090 / 4,
	VIRTIO_QUEUE_DEVICE = 0x0a0 / 4,
	VIRTIO_CONFIG_GENERATION = 0x0fc / 4,
	VIRTIO_CONFIG = 0x100 / 4,
};

#define MAGIC			0x74726976	/* "virt" */
#define VERSION_MODERN		2

#define STATUS_ACKNOWLEDGE	1
#define STATUS_DRIVER		2
#define STATUS_DRIVER_OK	4
#define STATUS_FEATURES_OK	8
#define STATUS_FAILED		128

int
virtio_open(const struct device_range *range, uint32_t id,
    struct virtio_device *out)
{
	volatile uint32_t *registers = range->registers;

	if (registers == NULL || registers[VIRTIO_MAGIC] != MAGIC ||
	    registers[VIRTIO_ID] != id)
		return -ENODEV;
	if (registers[VIRTIO_VERSION] != VERSION_MODERN) {
		print("virtio: the device at 0x%lx speaks version %u of the "
		    "interface, not 2 (QEMU: -global "
		    "virtio-mmio.force-legacy=false)\n",
		    (unsigned long)range->paddr, registers[VIRTIO_VERSION]);
		return -EINVAL;
	}
	out->registers = registers;
	out->irq = range->irq;
	registers[VIRTIO_STATUS] = 0;
	registers[VIRTIO_STATUS] = STATUS_ACKNOWLEDGE;
	registers[VIRTIO_STATUS] = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
	return 0;
}

int
virtio_negotiate(struct virtio_device *device, uint64_t wanted,
    uint64_t needed, uint64_t *agreed)
{
	volatile uint32_t *registers = device->registers;
	uint64_t offered;

	registers[VIRTIO_DEVICE_FEATURES_SELECT] = 1;
	offered = (uint64_t)registers[VIRTIO_DEVICE_FEATURES] << 32;
	registers[VIRTIO_DEVICE_FEATURES_SELECT] = 0;
	offered |= registers[VIRTIO_DEVICE_FEATURES];

	*agreed = offered & wanted;
	if ((*agreed & needed) != needed) {
		virtio_stop(device);
		return -ENODEV;
	}
	registers[VIRTIO_DRIVER_FEATURES_SELECT] = 1;
	registers[VIRTIO_DRIVER_FEATURES] = (uint32_t)(*agreed >> 32);
	registers[VIRTIO_DRIVER_FEATURES_SELECT] = 0;
	registers[VIRTIO_DRIVER_FEATURES] = (uint32_t)*agreed;
	registers[VIRTIO_STATUS] |= STATUS_FEATURES_OK;
	if (!(registers[VIRTIO_STATUS] & STATUS_FEATURES_OK)) {
		virtio_stop(device);
		return -ENODEV;
	}
	return 0;
}

static void
address_write(struct virtio_device *device, enum virtio_register number,
    paddr_t paddr)
{
	device->registers[number] = (uint32_t)paddr;
	device->registers[number + 1] = (uint32_t)(paddr >> 32);
}

int
virtio_set_queue(struct virtio_device *device, uint32_t nentries,
    paddr_t descriptors, paddr_t driver_area, paddr_t device_area)
{
	volatile uint32_t *registers = device->registers;

	registers[VIRTIO_QUEUE_SELECT] = 0;
	if (registers[VIRTIO_QUEUE_READY] != 0 ||
	    registers[VIRTIO_QUEUE_MAX] < nentries) {
		virtio_stop(device);
		return -ENODEV;
	}
	registers[VIRTIO_QUEUE_NUM] = nentries;
	address_write(device, VIRTIO_QUEUE_DESCRIPTORS, descriptors);
	address_write(device, VIRTIO_QUEUE_DRIVER, driver_area);
	address_write(device, VIRTIO_QUEUE_DEVICE, device_area);
	virtio_fence();
	registers[VIRTIO_QUEUE_READY] = 1;
	return 0;
}

void
virtio_start(struct virtio_device *device)
{
	virtio_fence();
	device->registers[VIRTIO_STATUS] |= STATUS_DRIVER_OK;
}

void
virtio_stop(struct virtio_device *device)
{
	device->registers[VIRTIO_STATUS] = 0;
	device->registers[VIRTIO_STATUS] = STATUS_FAILED;
	virtio_fence();
}

void
virtio_notify(struct virtio_device *device)
{
	virtio_fence();
	device->registers[VIRTIO_QUEUE_NOTIFY] = 0;
}

void
virtio_acknowledge(struct virtio_device *device)
{
	device->registers[VIRTIO_INTERRUPT_ACK] =
	    device->registers[VIRTIO_INTERRUPT_STATUS];
	virtio_fence();
}

uint64_t
virtio_config(struct virtio_device *device, uint32_t offset)
{
	volatile uint32_t *registers = device->registers;
	uint32_t before, low, high;

	/* The halves belong together when nothing changed between them. */
	do {
		before = registers[VIRTIO_CONFIG_GENERATION];
		low = registers[VIRTIO_CONFIG + offset / 4];
		high = registers[VIRTIO_CONFIG + offset / 4 + 1];
	} while (before != registers[VIRTIO_CONFIG_GENERATION]);
	return (uint64_t)high << 32 | low;
}
