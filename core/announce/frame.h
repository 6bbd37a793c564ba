/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a machine asks whose an IP address is, and is told: ARP (RFC 826, 5227) and IPv6 neighbour discovery
 * (RFC 4861), as whole Ethernet frames. Pure; any thread. What is read comes from anybody on the LAN: it is
 * checked to the last byte, and what is not understood is nothing.
 */
#ifndef KEELSON_ANNOUNCE_FRAME_H
#define KEELSON_ANNOUNCE_FRAME_H

#include "lib/addresses/addresses.h"

#define FRAME_MAX      86 /* the longest that is written */
#define FRAME_ARP_SIZE 42
#define FRAME_NA_SIZE  86

enum frame_kind {
    FRAME_NOTHING,
    FRAME_QUESTION, /* who has target? */
    FRAME_CLAIM     /* somebody says that target is at mac */
};
struct frame {
    enum frame_kind kind;
    struct address target;
    uint8_t mac[6];       /* who asks, or claims */
    struct address asker; /* a question's; 0.0.0.0 or "::": it has no address yet and only looks whether this
                             one is free */
};
void frame_read(const uint8_t *bytes, size_t size, struct frame *ret);

/* Each writes one frame and returns its size. mac: ours. */
size_t frame_answer(const struct frame *question, const uint8_t mac[6], uint8_t out[FRAME_MAX]);
/* Tells all on the LAN. A gratuitous ARP request, or with as_reply a reply, since there are devices that heed
 * only one of the two; for IPv6 an unsolicited neighbour advertisement, whatever as_reply is. */
size_t frame_announcement(const struct address *address, const uint8_t mac[6], bool as_reply,
                          uint8_t out[FRAME_MAX]);
/* The group that questions about an IPv6 address are sent to. */
void frame_solicited_node(const struct address *address, uint8_t ret[16]);

#endif
