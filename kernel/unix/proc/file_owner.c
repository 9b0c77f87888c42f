/* Signals to who wants to know that a file is ready. */
#include "unix/proc/proc.h"

#include "core/base/errno.h"
#include "unix/fs/file_async.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"

/* What of poll(2) each is, as Linux tells it. */
#define BAND_IN		0x41
#define BAND_OUT	0x304

/* needs: proc_lock.  As kill(2), for who made it the owner. */
static bool
may_signal(const struct file_owner *owner, const struct credentials *its)
{
	return owner->euid == 0 || owner->euid == its->suid ||
	    owner->euid == its->uid || owner->uid == its->suid ||
	    owner->uid == its->uid;
}

/* needs: proc_lock.  returns: 0; -EAGAIN: it was one too many to keep */
static int
send(const struct file_owner *owner, const struct signal_info *info)
{
	struct proc_thread *thread;
	int result = 0, err;

	if (owner->kind == FILE_OWNER_THREAD) {
		thread = table_find_thread(owner->id);
		if (thread == NULL || !may_signal(owner, &thread->credentials))
			return 0;
		return signal_send_thread_locked(thread, info);
	}
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		struct proc *proc = table_at(slot);
		bool meant = proc != NULL && owner->id ==
		    (owner->kind == FILE_OWNER_GROUP ? proc->group : proc->pid);

		if (!meant || !may_signal(owner, &proc->leader->credentials))
			continue;
		err = signal_send_locked(proc, info);
		if (err != 0)
			result = err;
	}
	return result;
}

void
file_owner_signal(const struct file_owner *owner, int32_t signo,
    enum file_owner_news news, int32_t fd)
{
	const struct signal_info plain = {
		.signo = SIGIO, .code = SI_KERNEL,
	};
	const struct signal_info telling = {
		.signo = signo,
		.code = (int32_t)news,
		.poll = { news == FILE_NEWS_IN ? BAND_IN : BAND_OUT, fd },
	};

	if (owner->id == 0)
		return;
	spin_lock(&proc_lock);
	if (signo == 0 || send(owner, &telling) == -EAGAIN)
		send(owner, &plain);
	spin_unlock(&proc_lock);
}
