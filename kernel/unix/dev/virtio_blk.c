/*
 * Disks: virtio-blk over virtio-mmio.
 *
 * One queue of 64 descriptors and DISK_REQUESTS_MAX requests, each with three
 * descriptors of its own: request r has 3r (header), 3r + 1 (data) and 3r + 2
 * (status).  All of it stands in one page that driver and device share:
 *
 *	0     1024    2048   3072           4096
 *	| descriptors | driver | device | headers, status |
 *
 *	transfer: take a free request, fill it, publish, sleep until done
 *	interrupt: for each answer, check it, mark its request done, wake
 *
 * What the device writes is checked before it is used; a device that answers
 * nonsense is stopped, and all its requests, those to come too, fail.
 *
 * Lock order: disk_lock only; callers may hold any mutex, no spinlock.  Does
 * not time out: a device that never answers is waited for.
 */
#include "unix/dev/virtio_blk.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/cpu/boot.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/task/wait.h"
#include "unix/dev/irq.h"
#include "unix/dev/virtio_mmio.h"

#define QUEUE_ENTRIES	64
#define PER_REQUEST	3

#define BLK_F_RO	((uint64_t)1 << 5)
#define BLK_F_FLUSH	((uint64_t)1 << 9)

#define DESCRIPTOR_NEXT		1
#define DESCRIPTOR_DEVICE_WRITES 2

enum blk_operation {
	BLK_READ = 0,
	BLK_WRITE = 1,
	BLK_FLUSH = 4,
};

#define BLK_STATUS_OK		0
#define BLK_STATUS_NONE		0xff	/* ours: the device wrote nothing */

struct descriptor {
	uint64_t paddr;
	uint32_t nbytes;
	uint16_t flags;
	uint16_t next;
};

struct driver_area {
	uint16_t flags;
	uint16_t index;
	uint16_t heads[QUEUE_ENTRIES];
};

struct answer {
	uint32_t head;
	uint32_t nbytes;
};

struct device_area {
	uint16_t flags;
	uint16_t index;
	struct answer answers[QUEUE_ENTRIES];
};

struct header {
	uint32_t operation;
	uint32_t reserved;
	uint64_t sector;
};

struct shared_page {
	struct descriptor descriptors[QUEUE_ENTRIES];
	struct driver_area driver __attribute__((aligned(1024)));
	struct device_area device __attribute__((aligned(1024)));
	struct header headers[DISK_REQUESTS_MAX] __attribute__((aligned(1024)));
	uint8_t status[DISK_REQUESTS_MAX];
};

_Static_assert(sizeof(struct shared_page) <= PAGE_BYTES, "one page");
_Static_assert(PER_REQUEST * DISK_REQUESTS_MAX <= QUEUE_ENTRIES, "descriptors");

enum request_state {
	REQUEST_FREE,
	REQUEST_TAKEN,
	REQUEST_SUBMITTED,
	REQUEST_DONE,
};

/* [d] disk_lock */
struct request {
	enum request_state state;	/* [d] */
	int result;			/* [d] once done */
	uint32_t answer_max;		/* [d] bytes the device may write */
	struct waitq done;
};

/* [c] constant after virtio_blk_init, [d] disk_lock */
static struct {
	struct block_device block;	/* [c] */
	struct virtio_device virtio;	/* [c] */
	volatile struct shared_page *shared;	/* [d] */
	bool can_flush;			/* [c] */
	bool failed;			/* [d] */
	uint16_t answered;		/* [d] answers looked at */
	struct request requests[DISK_REQUESTS_MAX];	/* [d] */
} disk;

static struct spinlock disk_lock = SPINLOCK("disk", RANK_WAIT);
static struct waitq request_freed = WAITQ(request_freed);

/* needs: disk_lock */
static void
finish_request(uint32_t number, int result)
{
	disk.requests[number].state = REQUEST_DONE;
	disk.requests[number].result = result;
	wake_all(&disk.requests[number].done);
}

/* needs: disk_lock */
static void
fail_disk(const char *why)
{
	disk.failed = true;
	virtio_stop(&disk.virtio);
	print("virtio-blk: %s; the disk is given up\n", why);
	for (uint32_t i = 0; i < DISK_REQUESTS_MAX; i++) {
		if (disk.requests[i].state == REQUEST_SUBMITTED)
			finish_request(i, -EIO);
	}
}

/* One answer of the device, copied out of its reach.  needs: disk_lock */
static void
take_answer(struct answer answer)
{
	uint32_t number = answer.head / PER_REQUEST;

	if (answer.head % PER_REQUEST != 0 || number >= DISK_REQUESTS_MAX ||
	    disk.requests[number].state != REQUEST_SUBMITTED) {
		fail_disk("an answer to nothing that was asked");
		return;
	}
	if (answer.nbytes > disk.requests[number].answer_max) {
		fail_disk("an answer longer than its buffer");
		return;
	}
	finish_request(number,
	    disk.shared->status[number] == BLK_STATUS_OK ? 0 : -EIO);
}

static void
disk_interrupt(void *context)
{
	uint16_t index;

	(void)context;
	spin_lock(&disk_lock);
	virtio_acknowledge(&disk.virtio);
	index = disk.shared->device.index;
	virtio_fence();
	if (!disk.failed &&
	    (uint16_t)(index - disk.answered) > DISK_REQUESTS_MAX)
		fail_disk("more answers than questions");
	while (!disk.failed && disk.answered != index) {
		volatile struct answer *answer = &disk.shared->device.answers[
		    disk.answered % QUEUE_ENTRIES];
		struct answer copy = { answer->head, answer->nbytes };

		disk.answered++;
		take_answer(copy);
	}
	spin_unlock(&disk_lock);
}

/* needs: disk_lock.  returns: whether a request was free; *number is it */
static bool
try_request(uint32_t *number)
{
	for (uint32_t i = 0; i < DISK_REQUESTS_MAX; i++) {
		if (disk.requests[i].state == REQUEST_FREE) {
			disk.requests[i].state = REQUEST_TAKEN;
			*number = i;
			return true;
		}
	}
	return false;
}

/* needs: disk_lock.  returns: a request's number; sleeps while all are taken */
static uint32_t
take_request(void)
{
	uint32_t number;

	while (!try_request(&number))
		wait_on(&request_freed, &disk_lock);
	return number;
}

static void
set_descriptor(uint32_t number, paddr_t paddr, uint32_t nbytes, uint16_t flags)
{
	volatile struct descriptor *descriptor =
	    &disk.shared->descriptors[number];

	descriptor->paddr = paddr;
	descriptor->nbytes = nbytes;
	descriptor->flags = flags;
	descriptor->next = (uint16_t)(number + 1);
}

/* Fill in a request's header and descriptors.  needs: disk_lock */
static void
prepare_request(uint32_t number, enum blk_operation operation, uint64_t sector,
    void *data, uint32_t nbytes)
{
	volatile struct header *header = &disk.shared->headers[number];
	uint32_t first = number * PER_REQUEST;
	uint16_t direction =
	    operation == BLK_READ ? DESCRIPTOR_DEVICE_WRITES : 0;

	header->operation = operation;
	header->reserved = 0;
	header->sector = sector;
	disk.shared->status[number] = BLK_STATUS_NONE;
	disk.requests[number].answer_max =
	    1 + (operation == BLK_READ ? nbytes : 0);

	set_descriptor(first, direct_paddr((const void *)header),
	    sizeof(*header), DESCRIPTOR_NEXT);
	if (nbytes > 0)
		set_descriptor(first + 1, direct_paddr(data), nbytes,
		    direction | DESCRIPTOR_NEXT);
	else
		disk.shared->descriptors[first].next = (uint16_t)(first + 2);
	set_descriptor(first + 2,
	    direct_paddr((const void *)&disk.shared->status[number]), 1,
	    DESCRIPTOR_DEVICE_WRITES);
}

/* Hand a prepared request to the device, which looks when it is notified.
 * needs: disk_lock */
static void
publish_request(uint32_t number)
{
	uint16_t index = disk.shared->driver.index;

	disk.requests[number].state = REQUEST_SUBMITTED;
	disk.shared->driver.heads[index % QUEUE_ENTRIES] =
	    (uint16_t)(number * PER_REQUEST);
	virtio_fence();
	disk.shared->driver.index = (uint16_t)(index + 1);
}

/* Wait for a published request, and give it back.  needs: disk_lock */
static int
finish(uint32_t number)
{
	struct request *request = &disk.requests[number];
	int result;

	while (request->state != REQUEST_DONE)
		wait_on(&request->done, &disk_lock);
	result = request->result;
	request->state = REQUEST_FREE;
	wake_one(&request_freed);
	return result;
}

static int
run_request(enum blk_operation operation, uint64_t sector, void *data,
    uint32_t nbytes)
{
	uint32_t number;
	int result;

	spin_lock(&disk_lock);
	number = take_request();
	if (disk.failed) {
		finish_request(number, -EIO);
	} else {
		prepare_request(number, operation, sector, data, nbytes);
		publish_request(number);
		virtio_notify(&disk.virtio);
	}
	result = finish(number);
	spin_unlock(&disk_lock);
	return result;
}

static int
check_transfer(const struct block_device *device, uint64_t sector,
    const void *data, uint32_t nsectors, bool write)
{
	if (nsectors == 0 || nsectors > PAGE_BYTES / SECTOR_BYTES ||
	    sector >= device->nsectors ||
	    nsectors > device->nsectors - sector ||
	    (write && device->read_only))
		return -EIO;
	ASSERT(((vaddr_t)data & PAGE_MASK) + nsectors * SECTOR_BYTES <=
	    PAGE_BYTES);
	return 0;
}

static int
disk_transfer(struct block_device *device, uint64_t sector, void *data,
    uint32_t nsectors, bool write)
{
	int err = check_transfer(device, sector, data, nsectors, write);

	thread_this()->disk_reads += !write;
	return err != 0 ? err : run_request(write ? BLK_WRITE : BLK_READ,
	    sector, data, nsectors * SECTOR_BYTES);
}

/*
 * Publish as many as there are free requests for, at least one, and wait for
 * them all: nobody waits for a request while holding one that is done.
 * needs:   disk_lock
 * returns: how many
 */
static uint32_t
run_some(struct block_request *requests, uint32_t count, bool write)
{
	uint32_t numbers[DISK_REQUESTS_MAX], taken = 0;

	count = MIN(count, DISK_REQUESTS_MAX);
	numbers[taken++] = take_request();
	while (taken < count && try_request(&numbers[taken]))
		taken++;
	for (uint32_t i = 0; i < taken; i++) {
		if (disk.failed) {
			finish_request(numbers[i], -EIO);
			continue;
		}
		prepare_request(numbers[i], write ? BLK_WRITE : BLK_READ,
		    requests[i].sector, requests[i].data,
		    requests[i].nsectors * SECTOR_BYTES);
		publish_request(numbers[i]);
	}
	if (!disk.failed)
		virtio_notify(&disk.virtio);
	for (uint32_t i = 0; i < taken; i++)
		requests[i].result = finish(numbers[i]);
	return taken;
}

static void
disk_transfer_many(struct block_device *device,
    struct block_request *requests, uint32_t count, bool write)
{
	uint32_t done = 0;
	int err = 0;

	for (uint32_t i = 0; i < count && err == 0; i++)
		err = check_transfer(device, requests[i].sector,
		    requests[i].data, requests[i].nsectors, write);
	for (uint32_t i = 0; i < count && err != 0; i++)
		requests[i].result = err;
	thread_this()->disk_reads += !write;
	spin_lock(&disk_lock);
	while (err == 0 && done < count)
		done += run_some(requests + done, count - done, write);
	spin_unlock(&disk_lock);
}

static int
disk_flush(struct block_device *device)
{
	(void)device;
	if (!disk.can_flush)
		return 0;
	return run_request(BLK_FLUSH, 0, NULL, 0);
}

/* Bring up the device that was opened.  returns: 0, -ENODEV, -ENOMEM */
static int
disk_start(void)
{
	uint64_t features;
	int err;

	err = virtio_negotiate(&disk.virtio,
	    VIRTIO_F_VERSION_1 | BLK_F_RO | BLK_F_FLUSH, VIRTIO_F_VERSION_1,
	    &features);
	if (err != 0)
		return err;
	disk.shared = frame_alloc_kernel();
	if (disk.shared == NULL) {
		virtio_stop(&disk.virtio);
		return -ENOMEM;
	}
	err = virtio_set_queue(&disk.virtio, QUEUE_ENTRIES,
	    direct_paddr((const void *)disk.shared->descriptors),
	    direct_paddr((const void *)&disk.shared->driver),
	    direct_paddr((const void *)&disk.shared->device));
	if (err != 0)
		goto free_shared;
	for (uint32_t i = 0; i < DISK_REQUESTS_MAX; i++)
		wait_init(&disk.requests[i].done);
	disk.can_flush = features & BLK_F_FLUSH;
	disk.block.name = "virtio-blk";
	disk.block.nsectors = virtio_config(&disk.virtio, 0);
	disk.block.read_only = features & BLK_F_RO;
	disk.block.transfer = disk_transfer;
	disk.block.transfer_many = disk_transfer_many;
	disk.block.flush = disk_flush;
	irq_register(disk.virtio.irq, disk_interrupt, NULL);
	virtio_start(&disk.virtio);
	return 0;

free_shared:
	frame_free_kernel((void *)disk.shared);
	return err;
}

struct block_device *
virtio_blk_init(void)
{
	for (uint32_t i = 0; i < machine()->nvirtio; i++) {
		if (virtio_open(&machine()->virtio[i], VIRTIO_ID_BLOCK,
		    &disk.virtio) != 0)
			continue;
		if (disk_start() == 0)
			return &disk.block;
		print("virtio-blk: the device at %p refuses our features\n",
		    (void *)machine()->virtio[i].paddr);
	}
	print("virtio-blk: there is no disk\n");
	return NULL;
}
