/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers out of a range, each given to one owner: node ports, offsets into a range of addresses. What is
 * taken follows from the stored objects (allocator_take and allocator_release on the cache's thread); a
 * request that is being decided holds claims, which are dropped when it is stored and given back when it is
 * not. Any thread.
 */
#ifndef KEELSON_APISERVER_ALLOCATOR_H
#define KEELSON_APISERVER_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

struct allocator;
/* Numbers below `reserved` are given only when asked for, or when the rest is used up (KEP-3070, KEP-3668).
 */
struct allocator *allocator_new(uint32_t size, uint32_t reserved);
void allocator_free(struct allocator *a);
/* Stored objects. */
void allocator_take(struct allocator *a, uint32_t number);
void allocator_release(struct allocator *a, uint32_t number);
/* Requests. false: taken, or none left. */
bool allocator_claim(struct allocator *a, const void *owner, uint32_t number);
bool allocator_claim_any(struct allocator *a, const void *owner, uint32_t *ret);
void allocator_settle(struct allocator *a, const void *owner, bool stored);
uint32_t allocator_used(struct allocator *a);

#endif
