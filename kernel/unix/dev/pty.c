/*
 * Pseudo-terminals: making pairs, finding them, and the slave's device.  The
 * master's side is in pty_master.c.  Both share the slave's lock.
 *
 * Locks: ptys_lock, the list of pairs in order of their numbers; then
 * tty->lock [t]; master_reader, over a master's copies to its program.
 */
#include "unix/dev/pty.h"

#include "core/base/errno.h"
#include "core/vm/heap.h"
#include "unix/dev/pty_inner.h"

#define PTY_MAJOR	136

static struct spinlock ptys_lock = SPINLOCK("ptys", RANK_PTYS);
static struct list ptys = { &ptys, &ptys };	/* [n] */

static struct pty *
pty_of(struct tty *tty)
{
	return tty->device;
}

/* needs: tty.lock */
static void
wake_master(struct pty *pty)
{
	wake_all(&pty->master_waitq);
	watch_notify(&pty->master_watchers, 0);
}

/* ---- the slave's device ---- */

static bool
pty_output(struct tty *tty, const uint8_t *bytes, size_t len)
{
	struct pty *pty = pty_of(tty);

	/* An echo nobody waits for: its reader shall find the end. */
	if (pty->nslaves == 0 && pty->slave_seen)
		return true;
	if (PTY_OUTPUT_BYTES - pty_output_used(pty) < len)
		return false;
	for (size_t i = 0; i < len; i++)
		pty->output[pty->head++ % PTY_OUTPUT_BYTES] = bytes[i];
	wake_master(pty);
	return true;
}

static bool
pty_writable(struct tty *tty)
{
	return PTY_OUTPUT_BYTES - pty_output_used(pty_of(tty)) >= TTY_PIECE_BYTES;
}

/* What the master has not read has left the terminal all the same: who waits
 * for it to leave must not wait for the master. */
static size_t
pty_pending(struct tty *tty)
{
	(void)tty;
	return 0;
}

static void
pty_drop_output(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	pty->tail = pty->head;
}

static void
pty_input_room(struct tty *tty)
{
	wake_master(pty_of(tty));
}

static void
pty_event(struct tty *tty, uint8_t events)
{
	struct pty *pty = pty_of(tty);

	if (!pty->packet)
		return;
	/* What is over need not be told. */
	if (events & (TIOCPKT_STOP | TIOCPKT_START))
		pty->events &= ~(TIOCPKT_STOP | TIOCPKT_START);
	if (events & (TIOCPKT_DOSTOP | TIOCPKT_NOSTOP))
		pty->events &= ~(TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
	pty->events |= events;
	wake_master(pty);
}

static void
pty_release(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&ptys_lock);
	list_remove(&pty->link);
	spin_unlock(&ptys_lock);
	heap_free(pty->output);
	heap_free(tty->typed);
	heap_free(pty);
}

static const struct tty_driver pty_driver = {
	.output = pty_output,
	.writable = pty_writable,
	.pending = pty_pending,
	.drop_output = pty_drop_output,
	.input_room = pty_input_room,
	.event = pty_event,
	.release = pty_release,
};

/* ---- pairs ---- */

/* Give it the lowest number nobody has. */
static void
enter(struct pty *pty)
{
	struct list *before = &ptys;
	uint32_t index = 0;

	spin_lock(&ptys_lock);
	LIST_FOR(link, &ptys) {
		if (LIST_ENTRY(link, struct pty, link)->index != index)
			break;
		before = link;
		index++;
	}
	pty->index = pty->tty.minor = index;
	list_insert_after(before, &pty->link);
	spin_unlock(&ptys_lock);
}

int
pty_open(const struct pty_owner *owner, struct pty **out)
{
	struct pty *pty = heap_alloc(sizeof(*pty));
	uint8_t *typed = heap_alloc(TTY_INPUT_BYTES);

	if (pty == NULL || typed == NULL)
		goto free_both;
	pty->output = heap_alloc(PTY_OUTPUT_BYTES);
	if (pty->output == NULL)
		goto free_both;
	tty_init(&pty->tty, &pty_driver, pty, typed);
	pty->tty.major = PTY_MAJOR;
	pty->owner = *owner;
	pty->master_open = pty->locked = true;
	mutex_init(&pty->master_reader, "pty master", RANK_CONSOLE);
	wait_init(&pty->master_waitq);
	watch_list_init(&pty->master_watchers);
	enter(pty);
	*out = pty;
	return 0;

free_both:
	heap_free(typed);
	heap_free(pty);
	return -ENOMEM;
}

void
pty_close(struct pty *pty)
{
	spin_lock(&ptys_lock);
	spin_lock(&pty->tty.lock);
	pty->master_open = false;
	spin_unlock(&pty->tty.lock);
	spin_unlock(&ptys_lock);
	tty_hangup(&pty->tty);
	tty_put(&pty->tty);
}

uint32_t
pty_index(const struct pty *pty)
{
	return pty->index;
}

struct watch_list *
pty_watchers(struct pty *pty)
{
	return &pty->master_watchers;
}

/* needs: ptys_lock */
static struct pty *
find(uint32_t index)
{
	LIST_FOR(link, &ptys) {
		struct pty *pty = LIST_ENTRY(link, struct pty, link);

		if (pty->index >= index && pty->master_open)
			return pty;
	}
	return NULL;
}

bool
pty_next(uint32_t index, uint32_t *found)
{
	struct pty *pty;

	spin_lock(&ptys_lock);
	pty = find(index);
	if (pty != NULL)
		*found = pty->index;
	spin_unlock(&ptys_lock);
	return pty != NULL;
}

bool
pty_get_owner(uint32_t index, struct pty_owner *owner)
{
	struct pty *pty;
	bool found;

	spin_lock(&ptys_lock);
	pty = find(index);
	found = pty != NULL && pty->index == index;
	if (found)
		*owner = pty->owner;
	spin_unlock(&ptys_lock);
	return found;
}

bool
pty_set_owner(uint32_t index, const struct pty_owner *owner)
{
	struct pty *pty;
	bool found;

	spin_lock(&ptys_lock);
	pty = find(index);
	found = pty != NULL && pty->index == index;
	if (found)
		pty->owner = *owner;
	spin_unlock(&ptys_lock);
	return found;
}

int
pty_open_slave(uint32_t index, struct tty **out)
{
	struct pty *pty;
	int err = 0;

	spin_lock(&ptys_lock);
	pty = find(index);
	if (pty == NULL || pty->index != index) {
		spin_unlock(&ptys_lock);
		return -ENXIO;
	}
	spin_lock(&pty->tty.lock);
	if (pty->locked) {
		err = -EIO;
	} else {
		/* The master holds one: it is open. */
		tty_get(&pty->tty);
		pty->nslaves++;
		pty->slave_seen = true;
		*out = &pty->tty;
	}
	spin_unlock(&pty->tty.lock);
	spin_unlock(&ptys_lock);
	return err;
}

void
pty_close_slave(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&tty->lock);
	if (--pty->nslaves == 0)
		tty->exclusive = false;
	wake_master(pty);
	spin_unlock(&tty->lock);
	tty_put(tty);
}
