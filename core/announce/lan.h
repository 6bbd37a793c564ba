/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node's side of the LAN: which interfaces reach which of the ranges, questions that come in, answers and
 * announcements that go out. An address is never given to the machine: packet sockets speak for it, and
 * kube-proxy takes what then arrives.
 *
 * An interface serves a range when its name matches the range's pattern, or, without one, when it has an
 * address in the network that the range's first or last address is in; and while it is up and has a carrier.
 * All of it on one loop's thread.
 */
#ifndef KEELSON_ANNOUNCE_LAN_H
#define KEELSON_ANNOUNCE_LAN_H

#include "core/announce/frame.h"
#include "core/base/error.h"
#include "core/io/loop.h"

struct lan_range {
    struct address_range range;
    char *text;       /* of the range */
    char *interfaces; /* fnmatch(3) pattern; NULL: by its network */
};
struct lan_told {
    /* Whose is it? true: ours, answer. */
    bool (*question)(void *context, const struct address *target);
    /* Another machine says that it has the address. */
    void (*claim)(void *context, const struct address *target, const uint8_t mac[6], const char *interface);
    /* The ranges that can be served now, with commas, are others. */
    void (*usable)(void *context, const char *ranges);
    void *context;
};
struct lan;
/* ranges and told outlive it. */
int lan_new(struct loop *loop, const struct lan_range *ranges, size_t ranges_count,
            const struct lan_told *told, struct lan **ret, struct error *err);
void lan_free(struct lan *lan);
/* Looks at the interfaces; tells usable, if it changed. Happens by itself whenever the kernel tells of a
 * change. */
void lan_refresh(void *lan);
/* Begin, or cease, to listen for questions about the address (IPv6 asks a group that must be joined). */
void lan_listen(struct lan *lan, const struct address *a, bool on);
/* Tells everybody on each interface that serves it. */
void lan_announce(struct lan *lan, const struct address *a);
uint64_t lan_answers(const struct lan *lan); /* so far; any thread */

/* "10.0.0.0/24" or "10.0.0.0/24@eth1". */
int lan_range_parse(const char *text, struct lan_range *ret, struct error *err);
void lan_range_done(struct lan_range *r);
/* Whether an interface with these flags (IFF_…) may serve: up, with a carrier, and no cable of a bond. What
 * went out by a bond's resting cable would turn the switches' eyes to it. */
bool lan_flags_fit(unsigned flags);

#endif
