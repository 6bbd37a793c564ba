/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in use, sorted, each with its users; see allocator.h. Looking for a free one walks the range and
 * the sorted list side by side. */
#include "plugins/cloud-onprem/allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct user {
    char *uid, *name, *key, *policy; /* key NULL: does not share */
    struct claim_port *ports;
    uint32_t ports_count;
};
struct entry {
    struct address address;
    struct user *users; /* one at least */
    uint32_t users_count;
};
struct allocator {
    struct entry *entries; /* by address */
    size_t count, capacity;
};

struct allocator *allocator_new(void)
{
    return calloc(1, sizeof(struct allocator));
}

static void user_done(struct user *u)
{
    free(u->uid);
    free(u->name);
    free(u->key);
    free(u->policy);
    free(u->ports);
}

void allocator_free(struct allocator *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->count; i++) {
        for (uint32_t u = 0; u < a->entries[i].users_count; u++)
            user_done(&a->entries[i].users[u]);
        free(a->entries[i].users);
    }
    free(a->entries);
    free(a);
}

/* Where the address stands, or would stand. */
static size_t place_of(const struct allocator *a, const struct address *address)
{
    size_t low = 0, high = a->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (address_compare(&a->entries[middle].address, address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *entry_at(const struct allocator *a, size_t place, const struct address *address)
{
    bool there = place < a->count && address_compare(&a->entries[place].address, address) == 0;
    return there ? &a->entries[place] : NULL;
}

static const struct claim_port *clash(const struct user *u, const struct claim *claim)
{
    for (uint32_t i = 0; i < u->ports_count; i++)
        for (uint32_t j = 0; j < claim->ports_count; j++)
            if (u->ports[i].protocol == claim->ports[j].protocol && u->ports[i].port == claim->ports[j].port)
                return &u->ports[i];
    return NULL;
}

static const char *protocol_name(char protocol)
{
    return protocol == 'U' ? "UDP" : protocol == 'S' ? "SCTP" : "TCP";
}

static bool get_on(const struct user *u, const struct claim *claim, char *why, size_t why_size)
{
    const struct claim_port *port;
    if (!u->key || !claim->sharing_key || strcmp(u->key, claim->sharing_key) != 0)
        snprintf(why, why_size, "%s has it%s", u->name,
                 u->key && claim->sharing_key ? ", and shares it under another key" : "");
    else if (strcmp(u->policy, claim->policy) != 0)
        snprintf(why, why_size,
                 "%s shares it, but its externalTrafficPolicy, or with Local its selector, is another",
                 u->name);
    else if ((port = clash(u, claim)))
        snprintf(why, why_size, "%s shares it, and has %s port %u", u->name, protocol_name(port->protocol),
                 port->port);
    else
        return true;
    return false;
}

bool allocator_may_take(const struct allocator *a, const struct address *address, const struct claim *claim,
                        char *why, size_t why_size)
{
    const struct entry *e = entry_at(a, place_of(a, address), address);
    for (uint32_t i = 0; e && i < e->users_count; i++)
        if (strcmp(e->users[i].uid, claim->uid) != 0 && !get_on(&e->users[i], claim, why, why_size))
            return false;
    return true;
}

static bool user_copy(const struct claim *claim, struct user *ret)
{
    struct user u = {.uid = strdup(claim->uid),
                     .name = strdup(claim->name),
                     .policy = strdup(claim->policy),
                     .ports_count = claim->ports_count};
    u.key = claim->sharing_key ? strdup(claim->sharing_key) : NULL;
    u.ports = calloc(claim->ports_count + 1, sizeof(*u.ports));
    if (!u.uid || !u.name || !u.policy || !u.ports || (claim->sharing_key && !u.key)) {
        user_done(&u);
        return false;
    }
    if (claim->ports_count)
        memcpy(u.ports, claim->ports, claim->ports_count * sizeof(*u.ports));
    *ret = u;
    return true;
}

/* An empty entry at its place; NULL: no memory. */
static struct entry *insert(struct allocator *a, size_t place, const struct address *address)
{
    if (a->count == a->capacity) {
        size_t capacity = a->capacity ? 2 * a->capacity : 16;
        struct entry *grown = realloc(a->entries, capacity * sizeof(*grown));
        if (!grown)
            return NULL;
        a->entries = grown;
        a->capacity = capacity;
    }
    memmove(&a->entries[place + 1], &a->entries[place], (a->count - place) * sizeof(*a->entries));
    a->entries[place] = (struct entry){.address = *address};
    a->count++;
    return &a->entries[place];
}

static void drop_if_unused(struct allocator *a, size_t place)
{
    if (a->entries[place].users_count)
        return;
    free(a->entries[place].users);
    memmove(&a->entries[place], &a->entries[place + 1], (a->count - place - 1) * sizeof(*a->entries));
    a->count--;
}

static struct user *user_of(const struct entry *e, const char *uid)
{
    for (uint32_t i = 0; i < e->users_count; i++)
        if (strcmp(e->users[i].uid, uid) == 0)
            return &e->users[i];
    return NULL;
}

bool allocator_take(struct allocator *a, const struct address *address, const struct claim *claim)
{
    struct user copy, *before, *grown;
    size_t place = place_of(a, address);
    if (!user_copy(claim, &copy))
        return false;
    struct entry *e = entry_at(a, place, address);
    if (!e && !(e = insert(a, place, address))) {
        user_done(&copy);
        return false;
    }
    if ((before = user_of(e, claim->uid))) {
        user_done(before);
        *before = copy;
        return true;
    }
    grown = realloc(e->users, (e->users_count + 1) * sizeof(*grown));
    if (!grown) {
        user_done(&copy);
        drop_if_unused(a, place);
        return false;
    }
    e->users = grown;
    e->users[e->users_count++] = copy;
    return true;
}

static bool is_kept(const struct address *address, const struct address *keep, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (address_compare(address, &keep[i]) == 0)
            return true;
    return false;
}

void allocator_release(struct allocator *a, const char *uid, const struct address *keep, uint32_t keep_count)
{
    for (size_t i = a->count; i > 0; i--) {
        struct entry *e = &a->entries[i - 1];
        struct user *u = user_of(e, uid);
        if (!u || is_kept(&e->address, keep, keep_count))
            continue;
        user_done(u);
        *u = e->users[--e->users_count];
        drop_if_unused(a, i - 1);
    }
}

uint32_t allocator_held(const struct allocator *a, const char *uid, struct address *ret, uint32_t max)
{
    uint32_t count = 0;
    for (size_t i = 0; i < a->count && count < max; i++)
        if (user_of(&a->entries[i], uid))
            ret[count++] = a->entries[i].address;
    return count;
}

static bool ends_oddly(const struct address *a)
{
    uint8_t last = a->raw[address_size(a) - 1];
    return a->family == 4 && (last == 0 || last == 255);
}

static bool find_shared(const struct allocator *a, const struct address_range *range, bool skip_ends,
                        const struct claim *claim, struct address *ret)
{
    char why[1];
    for (size_t i = place_of(a, &range->first);
         i < a->count && address_range_has(range, &a->entries[i].address); i++) {
        const struct address *at = &a->entries[i].address;
        if ((skip_ends && ends_oddly(at)) || !allocator_may_take(a, at, claim, why, sizeof(why)))
            continue;
        *ret = *at;
        return true;
    }
    return false;
}

bool allocator_find(const struct allocator *a, const struct address_range *range, bool skip_ends,
                    const struct claim *claim, struct address *ret)
{
    struct address at = range->first;
    if (claim->sharing_key && find_shared(a, range, skip_ends, claim, ret))
        return true;
    for (size_t i = place_of(a, &at); address_range_has(range, &at);) {
        bool used = entry_at(a, i, &at) != NULL;
        if (!used && !(skip_ends && ends_oddly(&at))) {
            *ret = at;
            return true;
        }
        i += used;
        if (!address_next(&at))
            break;
    }
    return false;
}

uint64_t allocator_used(const struct allocator *a, const struct address_range *range)
{
    uint64_t used = 0;
    for (size_t i = place_of(a, &range->first);
         i < a->count && address_range_has(range, &a->entries[i].address); i++)
        used++;
    return used;
}
