/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPDY/3.1 (draft-mbelshe-httpbis-spdy-00 and -3.1) as far as a client of remote commands needs it: opening
 * streams with headers, data both ways, half-closing, answers to pings. What the peer's header blocks say is
 * of no interest here and is passed over, so nothing is ever unpacked. There is no flow control of single
 * streams: the peers (kubelets, container runtimes) have none, the connection's holds.
 *
 * Bytes to bytes, no I/O; one thread at a time.
 */
#ifndef KEELSON_APISERVER_SPDY_H
#define KEELSON_APISERVER_SPDY_H

#include "core/base/buffer.h"
#include "core/base/error.h"

struct spdy;
struct spdy *spdy_new(void);
void spdy_free(struct spdy *s);

/* Appends the frame that opens the next stream with this one header, and returns its number (1, 3, 5, …). */
uint32_t spdy_open(struct spdy *s, const char *name, const char *value, struct buffer *out);
/* Appends data of a stream, in one frame or several; fin: this side says no more on it. */
void spdy_data(uint32_t stream, struct slice data, bool fin, struct buffer *out);

enum spdy_event_kind { SPDY_DATA, SPDY_ENDED /* FIN or reset */ };
struct spdy_event {
    enum spdy_event_kind kind;
    uint32_t stream;
    struct slice data; /* a part of what came, inside *input */
};
/* Takes bytes of the peer from *input: 1 with an event, 0 when all was taken, -1 on what is no SPDY. Answers
 * that are due (to pings) are appended to `out`. */
int spdy_read(struct spdy *s, struct slice *input, struct spdy_event *ret, struct buffer *out,
              struct error *err);

#endif
