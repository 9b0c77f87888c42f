/*
 * Inotify: instances, their watches, and the queue of what happened.
 *
 *	instance --> watch, watch ...      found by vnode in hash chains
 *	         --> event, event ...      to be read, oldest first
 *
 * Lock order: inotify_lock, a spinlock, protects it all; then the heap's.
 */
#include "unix/fs/inotify.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/inotify_inner.h"
#include "unix/fs/ioctl.h"

struct spinlock inotify_lock = SPINLOCK("inotify", RANK_WAIT);
static struct list chains[WATCH_CHAINS];	/* [i] */
static uint32_t nwatches;		/* [a] */
static uint32_t watches_max;		/* [c] */
static const struct file_ops inotify_ops;

void
inotify_init(void)
{
	for (uint32_t i = 0; i < WATCH_CHAINS; i++)
		list_init(&chains[i]);
	/* Each holds a vnode: leave half of them to others. */
	watches_max = machine_capacity(2 * VNODES_EACH_KIB, VNODES_MIN / 2,
	    VNODES_MAX / 2);
}

bool
inotify_any(void)
{
	return atomic_load_relaxed(&nwatches) > 0;
}

struct list *
watch_chain(const struct mount *mount, uint64_t inode)
{
	return &chains[((uintptr_t)mount / sizeof(*mount) + inode) % WATCH_CHAINS];
}

int
inotify_create(uint32_t flags, struct file **out)
{
	struct inotify *instance = heap_alloc(sizeof(*instance));
	int err;

	if (instance == NULL)
		return -ENOMEM;
	wait_init(&instance->readable);
	watch_list_init(&instance->watchers);
	list_init(&instance->watches);
	list_init(&instance->events);
	err = file_create(&inotify_ops, instance, FILE_READ | flags, out);
	if (err != 0)
		heap_free(instance);
	return err;
}

/* ---- Events -------------------------------------------------------------- */

static uint32_t
padded_len(const struct vfs_name *name)
{
	if (name == NULL)
		return 0;
	return (uint32_t)ROUND_UP(name->len + 1, sizeof(struct inotify_head));
}

/* Whether the last event of the queue says the same. */
static bool
is_repeated(const struct inotify *instance, const struct inotify_head *head,
    const struct vfs_name *name)
{
	const struct inotify_event *last;

	if (list_empty(&instance->events))
		return false;
	last = LIST_ENTRY(instance->events.prev, struct inotify_event, link);
	return last->head.number == head->number &&
	    last->head.mask == head->mask &&
	    last->head.cookie == head->cookie &&
	    last->head.len == padded_len(name) && (name == NULL ||
	    (memcmp(last->name, name->text, name->len) == 0 &&
	    last->name[name->len] == '\0'));
}

void
event_put(struct inotify *instance, const struct inotify_head *head,
    const struct vfs_name *name)
{
	const struct inotify_head overflow = { -1, CHANGE_OVERFLOW, 0, 0 };
	struct inotify_event *event = NULL;
	uint32_t len = padded_len(name);

	if (is_repeated(instance, head, name))
		return;
	if (instance->nevents < INOTIFY_EVENTS_MAX)
		event = heap_alloc(sizeof(*event) + len);
	if (event == NULL && !instance->overflown) {
		/* The one that says that others are missing. */
		instance->overflown = true;
		head = &overflow;
		len = 0;
		event = heap_alloc(sizeof(*event));
	}
	if (event == NULL)
		return;
	event->head = *head;
	event->head.len = len;
	if (len > 0)
		memcpy(event->name, name->text, name->len);
	list_push_back(&instance->events, &event->link);
	instance->nevents++;
	instance->nbytes += (uint32_t)sizeof(event->head) + len;
	wake_all(&instance->readable);
	watch_notify(&instance->watchers, POLL_IN | POLL_RD_NORM);
}

/* ---- Watches ------------------------------------------------------------- */

void
watch_detach(struct inotify_watch *watch)
{
	const struct inotify_head head = { watch->number, CHANGE_IGNORED, 0, 0 };

	list_remove(&watch->chain);
	list_remove(&watch->link);
	event_put(watch->instance, &head, NULL);
}

void
watch_free(struct inotify_watch *watch)
{
	atomic_sub(&watch->vnode->watches, 1);
	vnode_put(watch->vnode);
	heap_free(watch);
	atomic_sub(&nwatches, 1);
}

/* needs: inotify_lock */
static struct inotify_watch *
find_watch(struct inotify *instance, const struct vnode *vnode)
{
	struct list *chain = watch_chain(vnode->mount, vnode->inode);

	LIST_FOR(link, chain) {
		struct inotify_watch *watch = LIST_ENTRY(link,
		    struct inotify_watch, chain);

		if (watch->vnode == vnode && watch->instance == instance)
			return watch;
	}
	return NULL;
}

/* Change the watch that is there, or enter the new one.
 * needs: inotify_lock.  returns: its number, or -errno */
static int
enter_watch(struct inotify *instance, struct inotify_watch *new,
    uint32_t mask)
{
	struct inotify_watch *watch = find_watch(instance, new->vnode);
	uint32_t kept = mask & (CHANGES | WATCH_ONE_SHOT);

	if (watch != NULL) {
		if (mask & WATCH_MASK_CREATE)
			return -EEXIST;
		watch->mask = kept | (mask & WATCH_MASK_ADD ? watch->mask : 0);
		return watch->number;
	}
	if (instance->last_number == INT32_MAX)
		return -ENOSPC;
	new->instance = instance;
	new->mask = kept;
	new->number = ++instance->last_number;
	list_push_back(watch_chain(new->vnode->mount, new->vnode->inode),
	    &new->chain);
	list_push_back(&instance->watches, &new->link);
	return new->number;
}

int
inotify_add(struct file *file, struct vnode *vnode, uint32_t mask)
{
	struct inotify *instance = file->private;
	struct inotify_watch *new;
	int number;
	bool entered;

	if (file->ops != &inotify_ops || !(mask & CHANGES) ||
	    ((mask & WATCH_MASK_ADD) && (mask & WATCH_MASK_CREATE)))
		return -EINVAL;
	if (atomic_add(&nwatches, 1) >= watches_max) {
		atomic_sub(&nwatches, 1);
		return -ENOSPC;
	}
	new = heap_alloc(sizeof(*new));
	if (new == NULL) {
		atomic_sub(&nwatches, 1);
		return -ENOMEM;
	}
	vnode_get(vnode);
	atomic_add(&vnode->watches, 1);
	new->vnode = vnode;
	spin_lock(&inotify_lock);
	number = enter_watch(instance, new, mask);
	entered = new->instance != NULL;
	spin_unlock(&inotify_lock);
	if (!entered)
		watch_free(new);
	return number;
}

int
inotify_remove(struct file *file, int number)
{
	struct inotify *instance = file->private;
	struct inotify_watch *found = NULL;

	if (file->ops != &inotify_ops)
		return -EINVAL;
	spin_lock(&inotify_lock);
	LIST_FOR(link, &instance->watches) {
		struct inotify_watch *watch = LIST_ENTRY(link,
		    struct inotify_watch, link);

		if (watch->number == number)
			found = watch;
	}
	if (found != NULL)
		watch_detach(found);
	spin_unlock(&inotify_lock);
	if (found == NULL)
		return -EINVAL;
	watch_free(found);
	return 0;
}

/* ---- The file ------------------------------------------------------------ */

static void
inotify_release(struct file *file)
{
	struct inotify *instance = file->private;
	struct list gone, *link;

	list_init(&gone);
	spin_lock(&inotify_lock);
	while (!list_empty(&instance->watches)) {
		struct inotify_watch *watch = LIST_ENTRY(
		    instance->watches.next, struct inotify_watch, link);

		watch_detach(watch);
		list_push_back(&gone, &watch->link);
	}
	spin_unlock(&inotify_lock);
	while ((link = list_pop_front(&gone)) != NULL)
		watch_free(LIST_ENTRY(link, struct inotify_watch, link));
	while ((link = list_pop_front(&instance->events)) != NULL)
		heap_free(LIST_ENTRY(link, struct inotify_event, link));
	heap_free(instance);
}

/* Take the first event if `room` bytes hold it.
 * needs:   inotify_lock
 * returns: NULL if there is none, *err 0, or it is too long, -EINVAL */
static struct inotify_event *
event_take(struct inotify *instance, uint64_t room, int *err)
{
	struct inotify_event *event;
	uint32_t size;

	*err = 0;
	if (list_empty(&instance->events))
		return NULL;
	event = LIST_ENTRY(instance->events.next, struct inotify_event, link);
	size = (uint32_t)sizeof(event->head) + event->head.len;
	if (size > room) {
		*err = -EINVAL;
		return NULL;
	}
	list_remove(&event->link);
	instance->nevents--;
	instance->nbytes -= size;
	if (event->head.mask & CHANGE_OVERFLOW)
		instance->overflown = false;
	return event;
}

static void
event_give_back(struct inotify *instance, struct inotify_event *event)
{
	spin_lock(&inotify_lock);
	list_push_front(&instance->events, &event->link);
	instance->nevents++;
	instance->nbytes += (uint32_t)sizeof(event->head) + event->head.len;
	wake_all(&instance->readable);
	spin_unlock(&inotify_lock);
}

/* The next event to read, waiting for it if `wait`.
 * returns: 0, -EAGAIN, -EINVAL, -ERESTARTSYS */
static int
event_next(struct inotify *instance, uint64_t room, bool wait,
    struct inotify_event **out)
{
	int err = 0, interrupted = 0;

	spin_lock(&inotify_lock);
	while ((*out = event_take(instance, room, &err)) == NULL && err == 0 &&
	    interrupted == 0)
		interrupted = !wait ? -EAGAIN : wait_killable(
		    &instance->readable, &inotify_lock, UINT64_MAX);
	spin_unlock(&inotify_lock);
	if (*out != NULL)
		return 0;
	if (err != 0)
		return err;
	return interrupted == -EINTR ? -ERESTARTSYS : interrupted;
}

static int64_t
inotify_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct inotify *instance = file->private;
	struct inotify_event *event;
	int64_t done = 0;
	size_t size, moved;
	int err;

	(void)offset;
	for (;;) {
		err = event_next(instance, uio->left, done == 0 &&
		    !file_no_wait(file, uio), &event);
		if (err != 0)
			return done > 0 ? done : err;
		size = sizeof(event->head) + event->head.len;
		moved = uio_put(uio, &event->head, size);
		if (moved < size) {
			uio_back(uio, moved);
			event_give_back(instance, event);
			return done > 0 ? done : -EFAULT;
		}
		heap_free(event);
		done += (int64_t)size;
	}
}

static uint32_t
inotify_poll(struct file *file, struct poll_table *table)
{
	struct inotify *instance = file->private;
	uint32_t ready;

	poll_watch(table, &instance->watchers);
	spin_lock(&inotify_lock);
	ready = list_empty(&instance->events) ? 0 : POLL_IN | POLL_RD_NORM;
	spin_unlock(&inotify_lock);
	return ready;
}

static int64_t
inotify_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	struct inotify *instance = file->private;
	int32_t nbytes;

	if (request != IOCTL_BYTES_READABLE)
		return -ENOTTY;
	spin_lock(&inotify_lock);
	nbytes = (int32_t)instance->nbytes;
	spin_unlock(&inotify_lock);
	return user_write(argument, &nbytes, sizeof(nbytes), NULL);
}

static const struct file_ops inotify_ops = {
	.name = "inotify",
	.release = inotify_release,
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
};
