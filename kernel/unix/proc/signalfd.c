/*
 * Signalfd.  The file holds a set and nothing else: who reads or polls is told
 * of its own signals, as on Linux.
 */
#include "unix/proc/signalfd.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "unix/proc/proc.h"
#include "unix/proc/table.h"

/* [a] atomic */
struct signalfd {
	signal_set_t which;		/* [a] */
};

/* What a read gives of each signal: Linux's layout. */
struct signalfd_record {
	uint32_t signo;
	int32_t error, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t timer_id, band, overrun, trap;
	int32_t status, value_int;
	uint64_t value;
	uint64_t user_time, system_time;
	uint64_t address;
	uint16_t address_bits;
	uint8_t unused[46];
};

_Static_assert(sizeof(struct signalfd_record) == 128, "Linux's layout");

static const struct file_ops signalfd_ops;

static bool
is_fault(int signo)
{
	return signo == SIGSEGV || signo == SIGBUS || signo == SIGILL ||
	    signo == SIGFPE || signo == SIGTRAP;
}

static void
record_make(const struct signal_info *info, struct signalfd_record *record)
{
	memset(record, 0, sizeof(*record));
	record->signo = (uint32_t)info->signo;
	record->error = info->error;
	record->code = info->code;
	if (info->code == SI_TIMER) {
		record->timer_id = (uint32_t)info->timer.id;
		record->overrun = (uint32_t)info->timer.overrun;
		record->value = info->timer.value;
		record->value_int = (int32_t)info->timer.value;
	} else if (info->signo == SIGCHLD && info->code > 0) {
		record->pid = (uint32_t)info->child.pid;
		record->uid = info->child.uid;
		record->status = info->child.status;
		record->user_time = info->child.user_time;
		record->system_time = info->child.system_time;
	} else if (is_fault(info->signo) && info->code > 0) {
		record->address = info->fault.address;
	} else if (info->signo == SIGIO && info->code > 0) {
		record->band = (uint32_t)info->poll.band;
		record->fd = info->poll.fd;
	} else {
		record->pid = (uint32_t)info->sender.pid;
		record->uid = info->sender.uid;
		record->value = info->sender.value;
		record->value_int = (int32_t)info->sender.value;
	}
}

/* Take one signal.  returns: 0, -EAGAIN, -ERESTARTSYS */
static int
take(struct file *file, bool wait, struct signal_info *info)
{
	const struct signalfd *self = file->private;
	int err;

	err = signal_wait(atomic_load(&self->which), wait ? UINT64_MAX : 0,
	    info);
	if (err != 0)
		err = wait ? -ERESTARTSYS : -EAGAIN;
	return err;
}

static int64_t
signalfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct signalfd_record record;
	struct signal_info info;
	int64_t done = 0;
	int err;

	(void)offset;
	if (uio->left < sizeof(record))
		return -EINVAL;
	while (uio->left >= sizeof(record)) {
		err = take(file, done == 0 && !file_no_wait(file, uio),
		    &info);
		if (err != 0)
			return done > 0 ? done : err;
		record_make(&info, &record);
		if (uio_put(uio, &record, sizeof(record)) != sizeof(record))
			return done > 0 ? done : -EFAULT;
		done += sizeof(record);
	}
	return done;
}

static uint32_t
signalfd_poll(struct file *file, struct poll_table *table)
{
	const struct signalfd *self = file->private;
	struct proc_thread *thread = proc_thread_this();
	signal_set_t pending;

	poll_watch(table, &thread->proc->signals.arrivals);
	spin_lock(&proc_lock);
	pending = thread->signals.pending.set |
	    thread->proc->signals.pending.set;
	spin_unlock(&proc_lock);
	return pending & atomic_load(&self->which) & ~SIGNALS_FIRM ?
	    POLL_IN | POLL_RD_NORM : 0;
}

static void
signalfd_release(struct file *file)
{
	heap_free(file->private);
}

static size_t
signalfd_describe(struct file *file, char *to, size_t size)
{
	const struct signalfd *self = file->private;

	return format_text(to, size, "sigmask:\t%016lx\n",
	    atomic_load(&self->which));
}

static const struct file_ops signalfd_ops = {
	.name = "[signalfd]",
	.release = signalfd_release,
	.read = signalfd_read,
	.poll = signalfd_poll,
	.describe = signalfd_describe,
};

int
signalfd_create(signal_set_t which, uint32_t flags, struct file **out)
{
	struct signalfd *self = heap_alloc(sizeof(*self));
	int err;

	if (self == NULL)
		return -ENOMEM;
	self->which = which & ~SIGNALS_FIRM;
	err = file_create(&signalfd_ops, self, FILE_READ | FILE_WRITE | flags,
	    out);
	if (err != 0)
		heap_free(self);
	return err;
}

int
signalfd_change(struct file *file, signal_set_t which)
{
	struct signalfd *self = file->private;

	if (file->ops != &signalfd_ops)
		return -EINVAL;
	atomic_store(&self->which, which & ~SIGNALS_FIRM);
	watch_notify(&proc_this()->signals.arrivals, POLL_IN);
	return 0;
}
