/*
 * Virtio devices behind memory-mapped registers (Virtual I/O Device 1.1,
 * 4.2), version 2 only: what QEMU calls force-legacy=false.
 */
#pragma once

#include "core/base/types.h"

struct device_range;

struct virtio_device {
	volatile uint32_t *registers;	/* [c] */
	uint32_t irq;			/* [c] PLIC source */
};

#define VIRTIO_ID_BLOCK		2

#define VIRTIO_F_VERSION_1	((uint64_t)1 << 32)

/*
 * Look whether `range` holds a device of kind `id`, and reset it.
 * returns: 0; -ENODEV if it holds none; -EINVAL, with a line in the log, for
 *          one that is too old
 */
int virtio_open(const struct device_range *range, uint32_t id,
    struct virtio_device *out);

/*
 * Agree on features: of `wanted`, those the device has too.
 * returns: 0; -ENODEV if `needed` are not all there or it refuses
 */
int virtio_negotiate(struct virtio_device *device, uint64_t wanted,
    uint64_t needed, uint64_t *agreed);

/*
 * Tell where queue 0 is: its descriptors, what the driver and what the device
 * writes.
 * returns: 0; -ENODEV if the device has no room for `nentries`
 */
int virtio_set_queue(struct virtio_device *device, uint32_t nentries,
    paddr_t descriptors, paddr_t driver_area, paddr_t device_area);

/* All is set up: the device may work from now on. */
void virtio_start(struct virtio_device *device);
/* Stop it for good: it touches memory no more. */
void virtio_stop(struct virtio_device *device);

/* There is something new in queue 0. */
void virtio_notify(struct virtio_device *device);
/* Acknowledge its interrupt.  needs: interrupt context */
void virtio_acknowledge(struct virtio_device *device);

/* 64 bits of the device's configuration, at a byte offset. */
uint64_t virtio_config(struct virtio_device *device, uint32_t offset);

/* Order what was stored before against what is loaded and stored after, the
 * device's own accesses included. */
static inline void
virtio_fence(void)
{
	asm volatile("fence iorw, iorw" ::: "memory");
}
