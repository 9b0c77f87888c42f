/*
 * A doubly linked list, its links inside the elements.
 *
 *	head <-> element <-> element <-> head
 *
 * A lone link (list_init) points to itself; removing it again is harmless.
 */
#pragma once

#include "core/base/types.h"

struct list {
	struct list *next, *prev;
};

#define LIST_ENTRY(link, type, member)	CONTAINER_OF(link, type, member)

/* Safe against removal of the element at hand when `following` is used. */
#define LIST_FOR(link, head) \
	for (struct list *link = (head)->next; link != (head); link = link->next)
#define LIST_FOR_SAFE(link, following, head) \
	for (struct list *link = (head)->next, *following = link->next; \
	    link != (head); link = following, following = link->next)

static inline void
list_init(struct list *list)
{
	list->next = list->prev = list;
}

static inline bool
list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void
list_insert_after(struct list *where, struct list *link)
{
	link->next = where->next;
	link->prev = where;
	where->next->prev = link;
	where->next = link;
}

static inline void
list_push_front(struct list *head, struct list *link)
{
	list_insert_after(head, link);
}

static inline void
list_push_back(struct list *head, struct list *link)
{
	list_insert_after(head->prev, link);
}

static inline void
list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* The first link, taken off; NULL if there is none. */
static inline struct list *
list_pop_front(struct list *head)
{
	struct list *link = head->next;

	if (link == head)
		return NULL;
	list_remove(link);
	return link;
}
