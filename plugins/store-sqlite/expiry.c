/* SPDX-License-Identifier: Apache-2.0 */
/* The heap of keys with a time to live; see expiry.h. */
#include "plugins/store-sqlite/expiry.h"

#include <assert.h>

#include "plugins/store-sqlite/memory.h"

void expiry_done(struct expiry *expiry)
{
    free(expiry->heap);
    memset(expiry, 0, sizeof(*expiry));
}

static void element_place(struct expiry *expiry, size_t at, struct expiry_element element)
{
    expiry->heap[at] = element;
    element.entry->expiry_slot = (uint32_t)(at + 1);
}

static void element_up(struct expiry *expiry, size_t at, struct expiry_element element)
{
    while (at > 0 && expiry->heap[(at - 1) / 2].expires_ms > element.expires_ms) {
        element_place(expiry, at, expiry->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    element_place(expiry, at, element);
}

static void element_down(struct expiry *expiry, size_t at, struct expiry_element element)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < expiry->count && expiry->heap[child + 1].expires_ms < expiry->heap[child].expires_ms)
            child++;
        if (child >= expiry->count || expiry->heap[child].expires_ms >= element.expires_ms)
            break;
        element_place(expiry, at, expiry->heap[child]);
        at = child;
    }
    element_place(expiry, at, element);
}

void expiry_add(struct expiry *expiry, struct entry *entry, int64_t expires_ms)
{
    assert(entry->expiry_slot == 0 && expiry->count < UINT32_MAX);
    expiry->heap = memory_grow(expiry->heap, &expiry->capacity, expiry->count + 1, sizeof(*expiry->heap));
    expiry->count++;
    element_up(expiry, expiry->count - 1, (struct expiry_element){expires_ms, entry});
}

void expiry_remove(struct expiry *expiry, struct entry *entry)
{
    if (entry->expiry_slot == 0)
        return;
    size_t at = entry->expiry_slot - 1;
    entry->expiry_slot = 0;
    expiry->count--;
    if (at == expiry->count)
        return;
    struct expiry_element last = expiry->heap[expiry->count];
    if (at > 0 && expiry->heap[(at - 1) / 2].expires_ms > last.expires_ms)
        element_up(expiry, at, last);
    else
        element_down(expiry, at, last);
}

int64_t expiry_of(const struct expiry *expiry, const struct entry *entry)
{
    return entry->expiry_slot ? expiry->heap[entry->expiry_slot - 1].expires_ms : 0;
}
