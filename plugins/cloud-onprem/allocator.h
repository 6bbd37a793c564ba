/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which address is whose. Pure bookkeeping in memory: nothing of it is written anywhere, because the record
 * is the Services' status (balancer.h says how it is read back). An address has one user, or several that
 * asked to share it under one key, whose ports do not clash and whose traffic policies are the same: for
 * kube-proxy and for who announces it they must not differ. One thread at a time.
 */
#ifndef KEELSON_CLOUD_ONPREM_ALLOCATOR_H
#define KEELSON_CLOUD_ONPREM_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addresses/addresses.h"

struct claim_port {
    char protocol; /* 'T', 'U', 'S' */
    uint16_t port;
};
/* A Service, as far as sharing depends on it; texts and ports are copied by allocator_take(). */
struct claim {
    const char *uid, *name;  /* name: "namespace/name", for messages */
    const char *sharing_key; /* NULL: it does not share */
    const char *policy;      /* those who share have the same */
    const struct claim_port *ports;
    uint32_t ports_count;
};

struct allocator;
struct allocator *allocator_new(void); /* NULL: no memory */
void allocator_free(struct allocator *a);

/* May the claim have this address beside those who have it (itself not counted)? If not, why[] says who is in
 * the way. */
bool allocator_may_take(const struct allocator *a, const struct address *address, const struct claim *claim,
                        char *why, size_t why_size);
/* Takes it, or brings up to date what is known of the claim; it may_take it. False: no memory, nothing
 * changed. */
bool allocator_take(struct allocator *a, const struct address *address, const struct claim *claim);
/* Gives back all that uid has, but for the addresses to keep. */
void allocator_release(struct allocator *a, const char *uid, const struct address *keep, uint32_t keep_count);
/* Writes up to max addresses that uid has; returns how many. */
uint32_t allocator_held(const struct allocator *a, const char *uid, struct address *ret, uint32_t max);
/* An address of the range that the claim may have: one that it can share by its key, else the lowest that
 * nobody has. skip_ends: none that ends in .0 or .255, which some devices take for a network's or a broadcast
 * address. */
bool allocator_find(const struct allocator *a, const struct address_range *range, bool skip_ends,
                    const struct claim *claim, struct address *ret);
uint64_t allocator_used(const struct allocator *a, const struct address_range *range);

#endif
