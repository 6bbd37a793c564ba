/* SPDX-License-Identifier: Apache-2.0 */
/* An intrusive, doubly linked list: the link stands inside the element, no memory of its own. */
#ifndef KEELSON_BASE_LIST_H
#define KEELSON_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/memory.h"

struct list {
    struct list *next, *prev;
};
static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}
static inline void list_insert_before(struct list *where, struct list *item)
{
    item->next = where;
    item->prev = where->prev;
    where->prev->next = item;
    where->prev = item;
}
static inline void list_append(struct list *head, struct list *item)
{
    list_insert_before(head, item);
}
static inline void list_prepend(struct list *head, struct list *item)
{
    list_insert_before(head->next, item);
}
/* The item is left pointing at itself, so removing it twice is harmless. */
static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}
#define list_entry(link, type, member) container_of(link, type, member)
#define list_for_each(it, head)        for (struct list *it = (head)->next; it != (head); it = it->next)
/* it may be removed inside the body */
#define list_for_each_safe(it, head)                                                                         \
    for (struct list *it = (head)->next, *it##_next = it->next; it != (head);                                \
         it = it##_next, it##_next = it->next)

#endif
