/*
 * Lock order: file->lock, under which all of this changes; the watch lock,
 * under which watchers and the callout read it.
 */
#include "unix/fs/file_async.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/task/callout.h"
#include "core/task/watch.h"
#include "core/vm/heap.h"
#include "unix/fs/file.h"

/* No file has more of them; a further one would tell nothing. */
#define SOURCES_MAX	2

struct source {
	struct watcher watcher;
	struct file_async *async;		/* [c] */
};

/* [c] constant, [l] file->lock, [w] watch lock, [lw] changed under both */
struct file_async {
	struct file *file;			/* [c] whose it is */
	struct file_owner owner;		/* [lw] */
	int32_t signo;				/* [lw] */
	int32_t fd;				/* [lw] */
	uint32_t events;			/* [w] not told yet */
	uint32_t nsources;			/* [l] */
	struct source sources[SOURCES_MAX];	/* [l] */
	struct poll_table table;		/* [c] */
	struct callout callout;
};

static void
tell(struct callout *callout)
{
	struct file_async *async = CONTAINER_OF(callout, struct file_async,
	    callout);
	struct file_owner owner;
	uint32_t events;
	int32_t signo, fd;

	watch_lock();
	owner = async->owner;
	events = async->events;
	signo = async->signo;
	fd = async->fd;
	async->events = 0;
	watch_unlock();
	if (events & POLL_IN)
		file_owner_signal(&owner, signo, FILE_NEWS_IN, fd);
	if (events & POLL_OUT)
		file_owner_signal(&owner, signo, FILE_NEWS_OUT, fd);
}

static bool
source_notify(struct watcher *watcher, uint32_t events)
{
	struct file_async *async = CONTAINER_OF(watcher, struct source,
	    watcher)->async;
	uint32_t flags = file_flags(async->file), news = 0;

	if (flags & FILE_READ)
		news |= POLL_IN;
	if (flags & FILE_WRITE)
		news |= POLL_OUT;
	/* That a source ends is news for who reads and for who writes. */
	if (events != 0 && !(events & (POLL_HUP | POLL_ERR)))
		news &= events;
	async->events |= news;
	if (news != 0)
		callout_set(&async->callout, timer_now());
	return false;
}

static void
source_add(struct poll_table *table, struct watch_list *list)
{
	struct file_async *async = CONTAINER_OF(table, struct file_async,
	    table);
	struct source *source;

	if (async->nsources == SOURCES_MAX)
		return;
	source = &async->sources[async->nsources++];
	source->async = async;
	source->watcher.notify = source_notify;
	list_init(&source->watcher.link);
	watch_add(list, &source->watcher);
}

/* needs: file->lock.  returns: what the file has, or NULL: no memory */
static struct file_async *
async_of(struct file *file)
{
	struct file_async *async = file->async;

	if (async != NULL)
		return async;
	async = heap_alloc(sizeof(*async));
	if (async == NULL)
		return NULL;
	async->file = file;
	async->owner.kind = FILE_OWNER_PROCESS;
	async->table.add = source_add;
	callout_init(&async->callout, tell);
	file->async = async;
	return async;
}

int
file_async_set_owner(struct file *file, const struct file_owner *owner)
{
	struct file_async *async;

	mutex_lock(&file->lock);
	async = async_of(file);
	if (async != NULL) {
		watch_lock();
		async->owner = *owner;
		watch_unlock();
	}
	mutex_unlock(&file->lock);
	return async != NULL ? 0 : -ENOMEM;
}

int
file_async_set_signal(struct file *file, int32_t signo)
{
	struct file_async *async;

	mutex_lock(&file->lock);
	async = async_of(file);
	if (async != NULL) {
		watch_lock();
		async->signo = signo;
		watch_unlock();
	}
	mutex_unlock(&file->lock);
	return async != NULL ? 0 : -ENOMEM;
}

void
file_async_owner(struct file *file, struct file_owner *owner)
{
	*owner = (struct file_owner){ .kind = FILE_OWNER_PROCESS };
	mutex_lock(&file->lock);
	if (file->async != NULL)
		*owner = file->async->owner;
	mutex_unlock(&file->lock);
}

int32_t
file_async_signal(struct file *file)
{
	int32_t signo;

	mutex_lock(&file->lock);
	signo = file->async != NULL ? file->async->signo : 0;
	mutex_unlock(&file->lock);
	return signo;
}

/* needs: file->lock, or nobody else has the file */
static void
sources_remove(struct file_async *async)
{
	for (uint32_t i = 0; i < async->nsources; i++)
		watch_remove(&async->sources[i].watcher);
	async->nsources = 0;
	watch_lock();
	async->events = 0;
	watch_unlock();
}

int
file_async_switch(struct file *file, bool on, int32_t fd)
{
	struct file_async *async;

	mutex_lock(&file->lock);
	async = on ? async_of(file) : file->async;
	if (async != NULL) {
		sources_remove(async);
		watch_lock();
		async->fd = fd;
		watch_unlock();
	}
	if (on && async != NULL)
		file_poll(file, &async->table);
	mutex_unlock(&file->lock);
	return on && async == NULL ? -ENOMEM : 0;
}

void
file_async_end(struct file *file)
{
	struct file_async *async = file->async;

	if (async == NULL)
		return;
	sources_remove(async);
	callout_drain(&async->callout);
	heap_free(async);
	file->async = NULL;
}
