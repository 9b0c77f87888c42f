/*
 * Queues of pending signals.  `set` says what is pending; an entry tells more
 * of it.  A standard signal has one entry at most, a real-time one as many as
 * were sent; either may have none, if there was no memory for it.
 *
 * Entries count against the limit of the user they are sent to.  A user who
 * has some has an account.
 */
#include "unix/proc/signal_inner.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/vm/heap.h"

struct signal_account {
	struct list link;	/* [p] */
	uint32_t uid;		/* [p] */
	uint64_t count;		/* [p] entries; 0: it is gone */
};

static struct list accounts = { &accounts, &accounts };		/* [p] */

void
signal_queue_init(struct signal_queue *queue)
{
	queue->set = 0;
	list_init(&queue->infos);
}

/* returns: the account of `uid`; NULL if there is no memory for one */
static struct signal_account *
account_find(uint32_t uid)
{
	struct signal_account *account;

	LIST_FOR(link, &accounts) {
		account = LIST_ENTRY(link, struct signal_account, link);
		if (account->uid == uid)
			return account;
	}
	account = heap_alloc(sizeof(*account));
	if (account == NULL)
		return NULL;
	account->uid = uid;
	list_push_back(&accounts, &account->link);
	return account;
}

/* Close an account nobody has entries on. */
static void
account_leave(struct signal_account *account)
{
	if (account->count > 0)
		return;
	list_remove(&account->link);
	heap_free(account);
}

/* The kernel's own standard signals are few: they have no limit. */
static struct signal_entry *
entry_new(const struct signal_info *info, const struct proc *target)
{
	struct signal_account *account =
	    account_find(target->leader->credentials.uid);
	struct signal_entry *entry = NULL;

	if (account == NULL)
		return NULL;
	if (account->count < target->limits[LIMIT_SIGPENDING].soft ||
	    (info->signo < SIGNAL_REALTIME && info->code >= 0))
		entry = heap_alloc(sizeof(*entry));
	if (entry != NULL) {
		entry->account = account;
		entry->info = *info;
		account->count++;
	}
	account_leave(account);
	return entry;
}

/* An entry was taken out of its queue. */
static void
entry_done(struct signal_entry *entry)
{
	struct signal_account *account = entry->account;

	list_remove(&entry->link);
	if (entry->taken != NULL)
		return;
	account->count--;
	account_leave(account);
	heap_free(entry);
}

/* The oldest entry of a signal; *more: there is another one.  NULL: none. */
static struct signal_entry *
entry_find(struct signal_queue *queue, int signo, bool *more)
{
	struct signal_entry *found = NULL;

	*more = false;
	LIST_FOR(link, &queue->infos) {
		struct signal_entry *entry = LIST_ENTRY(link,
		    struct signal_entry, link);

		if (entry->info.signo != signo)
			continue;
		if (found != NULL) {
			*more = true;
			break;
		}
		found = entry;
	}
	return found;
}

int
signal_queue_put(struct signal_queue *queue, const struct signal_info *info,
    const struct proc *target)
{
	signal_set_t bit = SIGNAL_BIT(info->signo);
	struct signal_entry *entry;

	ASSERT(spin_held(&proc_lock));
	if (info->signo < SIGNAL_REALTIME && queue->set & bit)
		return 0;
	entry = entry_new(info, target);
	if (entry == NULL && info->signo >= SIGNAL_REALTIME &&
	    info->code != SI_USER)
		return -EAGAIN;
	if (entry != NULL)
		list_push_back(&queue->infos, &entry->link);
	queue->set |= bit;
	return 0;
}

void
signal_queue_put_own(struct signal_queue *queue, struct signal_entry *entry)
{
	ASSERT(spin_held(&proc_lock) && list_empty(&entry->link));
	entry->queue = queue;
	list_push_back(&queue->infos, &entry->link);
	queue->set |= SIGNAL_BIT(entry->info.signo);
}

void
signal_forget_own(struct signal_entry *entry)
{
	bool more;

	ASSERT(spin_held(&proc_lock));
	if (list_empty(&entry->link))
		return;
	list_remove(&entry->link);
	if (entry_find(entry->queue, entry->info.signo, &more) == NULL)
		entry->queue->set &= ~SIGNAL_BIT(entry->info.signo);
}

void
signal_queue_drop(struct signal_queue *queue, signal_set_t which)
{
	queue->set &= ~which;
	LIST_FOR_SAFE(link, following, &queue->infos) {
		struct signal_entry *entry = LIST_ENTRY(link,
		    struct signal_entry, link);

		if (which & SIGNAL_BIT(entry->info.signo))
			entry_done(entry);
	}
}

/* What a program did by itself comes before what others sent it. */
static int
first_signal(signal_set_t set)
{
	signal_set_t synchronous = set & (SIGNAL_BIT(SIGSEGV) |
	    SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) |
	    SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSYS));

	int signo = 1;

	if (synchronous != 0)
		set = synchronous;
	while ((set & SIGNAL_BIT(signo)) == 0)
		signo++;
	return signo;
}

bool
signal_queue_take(struct signal_queue *queue, signal_set_t which,
    struct signal_info *out)
{
	struct signal_entry *entry;
	bool more;
	int signo;

	ASSERT(spin_held(&proc_lock));
	which &= queue->set;
	if (which == 0)
		return false;
	signo = first_signal(which);
	entry = entry_find(queue, signo, &more);
	if (!more)
		queue->set &= ~SIGNAL_BIT(signo);
	if (entry == NULL) {
		*out = (struct signal_info){ .signo = signo };
		return true;
	}
	/* Its owner may complete it, and queue it again. */
	list_remove(&entry->link);
	if (entry->taken != NULL)
		entry->taken(entry);
	*out = entry->info;
	if (entry->taken == NULL)
		entry_done(entry);
	return true;
}
