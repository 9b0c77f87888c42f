/*
 * Lock: sysv_lock, for all of it.  Signals are sent after it was given back,
 * as their lock comes before it.
 */
#include "unix/proc/sysv/mqueue.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/list.h"
#include "core/base/string.h"
#include "core/task/wait.h"
#include "core/task/watch.h"
#include "core/vm/heap.h"
#include "unix/fs/file.h"
#include "unix/fs/place.h"
#include "unix/proc/limit.h"
#include "unix/proc/proc.h"
#include "unix/proc/table.h"

/* Linux's: what a queue has unless it is said, and may have. */
#define MESSAGES_USUAL	10
#define MESSAGES_OF_ROOT 65536

#define SI_MESGQ	(-3)

struct entry {
	struct list link;		/* [y] */
	struct msg *msg;		/* its type is its priority */
};

struct mqueue {
	struct list named;		/* [y] alone: it has no name any more */
	uint32_t refs;			/* [y] its name's, and its files' */
	char name[MQUEUE_NAME_BYTES];	/* [c] */
	uint32_t uid, gid, mode;	/* [c] */
	uint64_t messages_max, bytes_max;	/* [c] */
	struct list entries;		/* [y] the next to be taken first */
	uint64_t count;			/* [y] */
	uint32_t nreceivers;		/* [y] that wait */
	struct waitq senders, receivers;
	struct watch_list watchers;
	const struct file *told_by;	/* [y] who is told came by that; NULL */
	int32_t told;			/* [y] its process */
	struct mqueue_notice notice;	/* [y] */
};

static struct list names = { &names, &names };	/* [y] */
static uint32_t nqueues;			/* [y] */
static const struct file_ops mqueue_ops;

static struct mqueue *
mqueue_of(const struct file *file)
{
	return file->ops == &mqueue_ops ? file->private : NULL;
}

static void
entry_free(struct entry *entry)
{
	msg_free(entry->msg);
	heap_free(entry);
}

static void
mqueue_free(struct mqueue *queue)
{
	struct list *link;

	while ((link = list_pop_front(&queue->entries)) != NULL)
		entry_free(LIST_ENTRY(link, struct entry, link));
	heap_free(queue);
}

/* needs: sysv_lock.  returns: the queue, if it is to be freed now */
static struct mqueue *
mqueue_put(struct mqueue *queue)
{
	if (--queue->refs > 0)
		return NULL;
	nqueues--;
	return queue;
}

/* needs: sysv_lock */
static struct mqueue *
mqueue_find(const char *name)
{
	LIST_FOR(link, &names) {
		struct mqueue *queue = LIST_ENTRY(link, struct mqueue, named);

		if (strcmp(queue->name, name) == 0)
			return queue;
	}
	return NULL;
}

/* ---- Opening ------------------------------------------------------------- */

/* A queue as it is asked for, known to nobody.  returns: 0; -EINVAL, -EMFILE,
 * -ENOMEM */
static int
mqueue_make(const char *name, const struct mqueue_request *request,
    struct mqueue **out)
{
	const struct credentials *who = proc_credentials();
	int64_t most = credentials_privileged(who) ? MESSAGES_OF_ROOT :
	    MESSAGES_USUAL;
	int64_t messages = MESSAGES_USUAL, bytes = MSG_BYTES_MAX;
	struct mqueue *queue;

	if (request->sized) {
		messages = request->messages;
		bytes = request->bytes;
	}
	if (messages <= 0 || messages > most || bytes <= 0 ||
	    bytes > MSG_BYTES_MAX)
		return -EINVAL;
	if (!credentials_privileged(who) && !limit_allows(LIMIT_MSGQUEUE,
	    (uint64_t)(messages * bytes)))
		return -EMFILE;
	queue = heap_alloc(sizeof(*queue));
	if (queue == NULL)
		return -ENOMEM;
	string_copy(queue->name, name, sizeof(queue->name));
	queue->uid = who->fsuid;
	queue->gid = who->fsgid;
	queue->mode = request->mode & 0777 & ~place_umask(proc_this()->place);
	queue->messages_max = (uint64_t)messages;
	queue->bytes_max = (uint64_t)bytes;
	list_init(&queue->named);
	list_init(&queue->entries);
	wait_init(&queue->senders);
	wait_init(&queue->receivers);
	watch_list_init(&queue->watchers);
	*out = queue;
	return 0;
}

/*
 * The queue with the name, or else `fresh`, with a reference for a file.
 * needs: sysv_lock.  returns: 0; -ENOENT, -EEXIST, -EACCES, -ENOSPC
 */
static int
mqueue_enter(const char *name, const struct mqueue_request *request,
    uint32_t flags, struct mqueue *fresh, struct mqueue **out)
{
	struct mqueue *queue = mqueue_find(name);
	uint32_t want = (flags & FILE_READ ? MAY_READ : 0) |
	    (flags & FILE_WRITE ? MAY_WRITE : 0);
	int err;

	if (queue != NULL) {
		if (request->create && request->exclusive)
			return -EEXIST;
		err = credentials_may(proc_credentials(), queue->uid,
		    queue->gid, queue->mode, want);
		if (err != 0)
			return err;
	} else {
		if (fresh == NULL)
			return -ENOENT;
		if (nqueues >= SYSV_ITEMS_MAX)
			return -ENOSPC;
		queue = fresh;
		queue->refs = 1;
		nqueues++;
		list_push_back(&names, &queue->named);
	}
	queue->refs++;
	*out = queue;
	return 0;
}

int
mqueue_open(const char *name, const struct mqueue_request *request,
    uint32_t flags, struct file **out)
{
	struct mqueue *fresh = NULL, *queue, *gone = NULL;
	int err = 0;

	if (request->create)
		err = mqueue_make(name, request, &fresh);
	if (err != 0)
		return err;
	spin_lock(&sysv_lock);
	err = mqueue_enter(name, request, flags, fresh, &queue);
	spin_unlock(&sysv_lock);
	if (fresh != NULL && (err != 0 || queue != fresh))
		mqueue_free(fresh);
	if (err != 0)
		return err;
	err = file_create(&mqueue_ops, queue, flags, out);
	if (err != 0) {
		spin_lock(&sysv_lock);
		gone = mqueue_put(queue);
		spin_unlock(&sysv_lock);
	}
	if (gone != NULL)
		mqueue_free(gone);
	return err;
}

int
mqueue_unlink(const char *name)
{
	const struct credentials *who = proc_credentials();
	struct mqueue *queue, *gone = NULL;
	int err = 0;

	spin_lock(&sysv_lock);
	queue = mqueue_find(name);
	if (queue == NULL)
		err = -ENOENT;
	else if (!credentials_owns(who, queue->uid))
		err = -EACCES;
	if (err == 0) {
		list_remove(&queue->named);
		gone = mqueue_put(queue);
	}
	spin_unlock(&sysv_lock);
	if (gone != NULL)
		mqueue_free(gone);
	return err;
}

static void
mqueue_release(struct file *file)
{
	struct mqueue *queue = file->private, *gone;

	spin_lock(&sysv_lock);
	if (queue->told_by == file)
		queue->told_by = NULL;
	gone = mqueue_put(queue);
	spin_unlock(&sysv_lock);
	if (gone != NULL)
		mqueue_free(gone);
}

/* ---- Messages ------------------------------------------------------------ */

/* Behind all of the same priority.  needs: sysv_lock */
static void
entry_put(struct mqueue *queue, struct entry *entry)
{
	struct list *before = queue->entries.prev;

	while (before != &queue->entries && msg_type(LIST_ENTRY(before,
	    struct entry, link)->msg) < msg_type(entry->msg))
		before = before->prev;
	list_push_front(before, &entry->link);
	queue->count++;
}

/* Tell who wanted to know, once.  needs: no lock */
static void
tell(int32_t pid, const struct mqueue_notice *notice)
{
	const struct signal_info info = {
		.signo = notice->signo,
		.code = SI_MESGQ,
		.sender = { proc_this()->pid, proc_credentials()->uid,
		    notice->value },
	};
	struct proc *proc;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL && notice->signo != 0)
		(void)signal_send_locked(proc, &info);
	spin_unlock(&proc_lock);
}

/* Wait for room, or for a message.  needs: sysv_lock */
static int
wait_for(struct file *file, struct waitq *queue, uint64_t deadline)
{
	int err;

	if (file_nonblock(file))
		return -EAGAIN;
	err = wait_killable(queue, &sysv_lock, deadline);
	if (err == -EAGAIN)
		return -ETIMEDOUT;
	/* With a time it would begin anew. */
	return err == -EINTR && deadline == UINT64_MAX ? -ERESTARTSYS : err;
}

int
mqueue_send(struct file *file, struct msg *msg, uint64_t deadline)
{
	struct mqueue *queue = mqueue_of(file);
	struct mqueue_notice notice = { 0 };
	struct entry *entry;
	int32_t told = 0;
	int err = 0;

	if (queue == NULL || !(file_flags(file) & FILE_WRITE))
		return -EBADF;
	if (msg_bytes(msg) > queue->bytes_max)
		return -EMSGSIZE;
	entry = heap_alloc(sizeof(*entry));
	if (entry == NULL)
		return -ENOMEM;
	entry->msg = msg;
	spin_lock(&sysv_lock);
	while (err == 0 && queue->count >= queue->messages_max)
		err = wait_for(file, &queue->senders, deadline);
	if (err == 0) {
		entry_put(queue, entry);
		if (queue->count == 1 && queue->nreceivers == 0 &&
		    queue->told_by != NULL) {
			told = queue->told;
			notice = queue->notice;
			queue->told_by = NULL;
		}
		wake_all(&queue->receivers);
		watch_notify(&queue->watchers, POLL_IN | POLL_RD_NORM);
	}
	spin_unlock(&sysv_lock);
	if (err != 0)
		heap_free(entry);
	if (told != 0)
		tell(told, &notice);
	return err;
}

int
mqueue_receive(struct file *file, uint64_t room, uint64_t deadline,
    struct msg **out)
{
	struct mqueue *queue = mqueue_of(file);
	struct entry *entry = NULL;
	int err = 0;

	if (queue == NULL || !(file_flags(file) & FILE_READ))
		return -EBADF;
	if (room < queue->bytes_max)
		return -EMSGSIZE;
	spin_lock(&sysv_lock);
	queue->nreceivers++;
	while (err == 0 && queue->count == 0)
		err = wait_for(file, &queue->receivers, deadline);
	queue->nreceivers--;
	if (err == 0) {
		entry = LIST_ENTRY(list_pop_front(&queue->entries),
		    struct entry, link);
		queue->count--;
		wake_all(&queue->senders);
		watch_notify(&queue->watchers, POLL_OUT | POLL_WR_NORM);
	}
	spin_unlock(&sysv_lock);
	if (entry == NULL)
		return err;
	*out = entry->msg;
	heap_free(entry);
	return 0;
}

/* ---- The rest ------------------------------------------------------------ */

int
mqueue_notify(struct file *file, const struct mqueue_notice *notice)
{
	struct mqueue *queue = mqueue_of(file);
	int32_t self = proc_this()->pid;
	int err = 0;

	if (queue == NULL)
		return -EBADF;
	spin_lock(&sysv_lock);
	if (notice == NULL) {
		if (queue->told == self)
			queue->told_by = NULL;
	} else if (queue->told_by != NULL) {
		err = -EBUSY;
	} else {
		queue->told_by = file;
		queue->told = self;
		queue->notice = *notice;
	}
	spin_unlock(&sysv_lock);
	return err;
}

int
mqueue_status(struct file *file, struct mqueue_status *out)
{
	struct mqueue *queue = mqueue_of(file);

	if (queue == NULL)
		return -EBADF;
	spin_lock(&sysv_lock);
	*out = (struct mqueue_status){
		queue->messages_max, queue->bytes_max, queue->count,
	};
	spin_unlock(&sysv_lock);
	return 0;
}

static uint32_t
mqueue_poll(struct file *file, struct poll_table *table)
{
	struct mqueue *queue = file->private;
	uint32_t ready = 0;

	poll_watch(table, &queue->watchers);
	spin_lock(&sysv_lock);
	if (queue->count > 0)
		ready |= POLL_IN | POLL_RD_NORM;
	if (queue->count < queue->messages_max)
		ready |= POLL_OUT | POLL_WR_NORM;
	spin_unlock(&sysv_lock);
	return ready;
}

/* What Linux says of a queue that is read: bytes in it, and who is told. */
static int64_t
mqueue_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct mqueue *queue = file->private;
	int32_t told, signo;
	uint64_t nbytes = 0;
	char text[80];
	size_t len, moved;

	(void)offset;
	spin_lock(&sysv_lock);
	LIST_FOR(link, &queue->entries)
		nbytes += msg_bytes(LIST_ENTRY(link, struct entry, link)->msg);
	told = queue->told_by != NULL ? queue->told : 0;
	signo = told != 0 ? queue->notice.signo : 0;
	spin_unlock(&sysv_lock);
	len = format_text(text, sizeof(text),
	    "QSIZE:%lu NOTIFY:%d SIGNO:%d NOTIFY_PID:%d\n", nbytes,
	    told != 0 && signo == 0, signo, told);
	moved = uio_put(uio, text, MIN(len, uio->left));
	return moved > 0 || uio->left == 0 ? (int64_t)moved : -EFAULT;
}

static const struct file_ops mqueue_ops = {
	.name = "mqueue",
	.read = mqueue_read,
	.release = mqueue_release,
	.poll = mqueue_poll,
};
