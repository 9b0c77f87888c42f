/*
 * Booting: every part is started here, in the order of the layers, and knows
 * nothing of the others.
 *
 *	kernel_main, boot hart:  memory, console, pools, interrupts
 *	                         -> the other harts -> idle
 *	boot_run, a thread:      disk, file system, /init (and is process 1)
 */
#include "main.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/cpu/hart.h"
#include "core/mem/frame.h"
#include "core/task/load.h"
#include "core/task/thread.h"
#include "core/vm/object.h"
#include "core/vm/space.h"
#include "core/vm/zero.h"
#include "unix/dev/console.h"
#include "unix/dev/irq.h"
#include "unix/dev/ramdisk.h"
#include "unix/dev/rtc.h"
#include "unix/dev/random.h"
#include "unix/dev/virtio_blk.h"
#include "unix/fs/device.h"
#include "unix/fs/file.h"
#include "unix/fs/vfs.h"
#include "unix/fs/writer.h"
#include "unix/proc/poweroff.h"
#include "unix/proc/proc.h"
#include "unix/proc/reaper.h"
#include "unix/sys/doors.h"
#include "unix/sys/linux/vdso.h"

/* What needs to sleep: from the disk to the first program. */
static void
boot_run(void *unused)
{
	struct block_device *disk;
	int err;

	(void)unused;
	err = reaper_start();
	if (err != 0)
		panic("no thread for the reaper");
	disk = virtio_blk_init();
	if (disk == NULL)
		disk = ramdisk_init();
	if (disk == NULL) {
		print("boot: there is no disk to run from\n");
		poweroff_failed();
	}
	device_set_disk(disk);
	err = vfs_mount_root(disk);
	if (err != 0) {
		print("boot: the disk holds no file system to run from\n");
		poweroff_failed();
	}
	err = writer_start();
	if (err != 0)
		panic("no thread for the writer");
	err = proc_start_init(machine_command());
	print("boot: /init cannot be run: %s\n",
	    err == -ENOENT ? "there is none" :
	    err == -ENOEXEC ? "it is no program for this machine" :
	    err == -EIO ? "it cannot be read" : "out of memory");
	vfs_unmount_all();
	poweroff_failed();
}

static void
secondary_main(void)
{
	irq_init_hart();
	thread_idle();
}

void
kernel_main(void)
{
	struct thread *boot;

	frame_init(machine()->free_start, machine()->free_end);
	thread_init();
	random_init();
	irq_init();
	irq_init_hart();
	console_init();
	rtc_init();
	object_init();
	space_init();
	zero_init();
	file_init();
	proc_init();
	vdso_init();
	doors_init();
	load_init();
	harts_start(secondary_main);
	print("cowslip: %u harts, %lu KiB of memory free\n", harts_count(),
	    (uint64_t)frame_free_count() * (PAGE_BYTES / 1024));

	if (thread_create("boot", boot_run, NULL, &boot) != 0)
		panic("no thread to boot with");
	thread_start(boot);
	thread_idle();
}
