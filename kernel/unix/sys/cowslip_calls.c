/* cowslip's own calls: looking at the machine, and what xv6 left out. */
#include "unix/sys/cowslip_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/audit.h"
#include "core/vm/reclaim.h"
#include "core/vm/space.h"
#include "core/vm/stats.h"
#include "core/vm/user.h"
#include "unix/proc/foreground.h"
#include "unix/proc/memory.h"
#include "unix/proc/poweroff.h"
#include "unix/proc/proc.h"
#include "unix/sys/xv6.h"
#include "unix/sys/xv6_process.h"

int64_t
cowslip_meminfo(struct trapframe *frame)
{
	struct space_usage usage;
	struct memory_stats stats;
	struct meminfo info;

	reclaim_all();
	memory_stats(&stats);
	space_usage(proc_this()->space, &usage);
	memset(&info, 0, sizeof(info));
	info.total = stats.total * PAGE_BYTES;
	info.free = stats.free * PAGE_BYTES;
	info.cached = stats.cached * PAGE_BYTES;
	info.tables = stats.nodes * PAGE_BYTES;
	info.faults = stats.faults;
	info.copies = stats.copies;
	info.promised = usage.promised * PAGE_BYTES;
	info.resident = usage.resident * PAGE_BYTES;
	info.own_faults = thread_this()->faults;
	return user_write(frame->a0, &info, sizeof(info), NULL);
}

int64_t
cowslip_audit(struct trapframe *frame)
{
	struct audit_report report;

	(void)frame;
	audit(&report);
	return (int32_t)MIN(report.errors, (uint32_t)INT32_MAX);
}

int64_t
cowslip_poweroff(struct trapframe *frame)
{
	proc_poweroff((int32_t)frame->a0);
}

int64_t
cowslip_procinfo(struct trapframe *frame)
{
	int32_t slot = (int32_t)frame->a0;
	struct proc_summary summary;
	struct space_usage usage;
	struct procinfo info;

	if (slot < 0 || !proc_summarize((uint32_t)slot, &summary))
		return -EINVAL;
	proc_space_usage((uint32_t)slot, &usage);
	memset(&info, 0, sizeof(info));
	info.pid = summary.pid;
	info.parent = summary.parent;
	info.state = summary.state;
	memcpy(info.name, summary.name, sizeof(info.name));
	info.promised = usage.promised * PAGE_BYTES;
	info.resident = usage.resident * PAGE_BYTES;
	info.faults = summary.faults;
	return user_write(frame->a1, &info, sizeof(info), NULL);
}

int64_t
cowslip_rename(struct trapframe *frame)
{
	struct xv6_path old, new;
	int err;

	err = xv6_path_read(&old, frame->a0);
	if (err == 0)
		err = xv6_path_read(&new, frame->a1);
	return err != 0 ? err : vfs_rename(&old.path, &new.path);
}

int64_t
cowslip_truncate(struct trapframe *frame)
{
	struct vnode_stat stat;
	struct xv6_path path;
	struct vnode *vnode;
	int err;

	err = xv6_path_read(&path, frame->a0);
	if (err != 0)
		return err;
	err = vfs_lookup(&path.path, true, &vnode);
	if (err != 0)
		return err;
	err = vnode_stat(vnode, &stat);
	if (err == 0 && stat.type != VNODE_FILE)
		err = -EINVAL;
	if (err == 0)
		err = vnode_truncate(vnode, frame->a1);
	if (err == -ETXTBSY) {
		/* Perhaps who ran it has only not been freed yet. */
		reclaim_all();
		err = vnode_truncate(vnode, frame->a1);
	}
	vnode_put(vnode);
	return err;
}

int64_t
cowslip_symlink(struct trapframe *frame)
{
	char target[XV6_MAXPATH];
	struct xv6_path path;
	int64_t len;
	int err;

	len = user_read_string(target, frame->a0, sizeof(target));
	if (len < 0)
		return len;
	err = xv6_path_read(&path, frame->a1);
	return err != 0 ? err : vfs_symlink(target, &path.path);
}

int64_t
cowslip_foreground(struct trapframe *frame)
{
	return foreground_set((int32_t)frame->a0);
}

int64_t
cowslip_wait(struct trapframe *frame)
{
	return xv6_wait_child(frame->a0, frame->a1);
}

int64_t
cowslip_sync(struct trapframe *frame)
{
	(void)frame;
	return vfs_sync();
}
