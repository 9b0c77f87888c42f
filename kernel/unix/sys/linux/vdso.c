/*
 * The vDSO is an object of two pages that every program maps: its code, as
 * vdso/ was built, and the data the code reads.  The page of data is written
 * here, through the direct map, while programs read it.
 */
#include "unix/sys/linux/vdso.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/mem/frame.h"
#include "core/task/clock.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "unix/sys/linux/vdso_data.h"

/* vdso_image.S */
extern const uint8_t vdso_image[], vdso_image_end[];

static struct object *object;		/* [c] */
static struct vdso_data *data;		/* [c] in its second page */
static uint64_t sigreturn_offset;	/* [c] */

/* li a7, 139; ecall */
static const uint32_t sigreturn_code[] = { 0x08b00893, 0x00000073 };

static int
vdso_fill(void *unused, uint32_t index, void *page)
{
	(void)unused;
	memset(page, 0, PAGE_BYTES);
	if (index == 0)
		memcpy(page, vdso_image,
		    (size_t)(vdso_image_end - vdso_image));
	return 0;
}

/* Its pages stay: there is always a reference. */
static const struct object_ops vdso_ops = { .fill = vdso_fill };

static uint64_t
sigreturn_find(void)
{
	size_t len = (size_t)(vdso_image_end - vdso_image);

	for (size_t at = 0; at + sizeof(sigreturn_code) <= len; at += 4)
		if (memcmp(vdso_image + at, sigreturn_code,
		    sizeof(sigreturn_code)) == 0)
			return at;
	panic("the vDSO has no rt_sigreturn");
}

void
clock_on_set(uint64_t offset)
{
	if (data != NULL)
		atomic_store(&data->realtime_offset, offset);
}

void
vdso_init(void)
{
	struct frame *frame;

	ASSERT((size_t)(vdso_image_end - vdso_image) <= PAGE_BYTES);
	if (object_create(&vdso_ops, NULL, VDSO_PAGES, &object) != 0 ||
	    object_page(object, 1, &frame) != 0)
		panic("no memory for the vDSO");
	data = frame_data(frame);
	data->hz = machine()->timebase_hz;
	data->realtime_offset = clock_realtime_offset();
	sigreturn_offset = sigreturn_find();
}

int
vdso_map(struct space *space, vaddr_t address)
{
	int err;

	err = space_map_object(space, address, PAGE_BYTES,
	    PROT_READ | PROT_EXEC, false, false, object, 0, 0);
	if (err == 0)
		err = space_map_object(space, address + PAGE_BYTES, PAGE_BYTES,
		    PROT_READ, true, false, object, 1, 0);
	return err;
}

vaddr_t
vdso_sigreturn(vaddr_t address)
{
	return address + sigreturn_offset;
}
