/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address range cut into equal parts, and which of them are taken: a bit a part. Not locked.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_CIDR_SET_H
#define KEELSON_CONTROLLER_MANAGER_CIDR_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

/* An address as a number, in the low bits; IPv4 has 32 of them. */
struct cidr {
    unsigned __int128 address;
    unsigned prefix, bits; /* bits: 32 or 128 */
};
/* "10.0.0.0/8"; bits of the host part must be zero unless loose. */
bool cidr_parse(struct slice text, bool loose, struct cidr *ret);
#define CIDR_TEXT_MAX 64
void cidr_format(const struct cidr *c, char out[CIDR_TEXT_MAX]);

struct cidr_set {
    struct cidr range;
    unsigned part_prefix;
    uint32_t count, used, next; /* parts; next: where the search begins */
    uint8_t *taken;
};
#define CIDR_SET_BITS_MAX 16 /* at most 65,536 parts, as upstream limits them */
int cidr_set_init(struct cidr_set *s, const struct cidr *range, unsigned part_prefix, struct error *err);
void cidr_set_done(struct cidr_set *s);
/* The next free part after the one given last, so that a freed one rests for a while. False: all are taken.
 */
bool cidr_set_take(struct cidr_set *s, struct cidr *ret);
/* Everything that overlaps c; false when c is not of this range. */
bool cidr_set_occupy(struct cidr_set *s, const struct cidr *c);
bool cidr_set_release(struct cidr_set *s, const struct cidr *c);

#endif
