/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transport for tests: the test is the server. Blocking requests go to a function of the test; streams wait
 * in a queue until the test takes and answers them, piece by piece.
 */
#ifndef KEELSON_CLIENT_FAKE_TRANSPORT_H
#define KEELSON_CLIENT_FAKE_TRANSPORT_H

#include "core/client/client.h"

struct fake_transport;
struct fake_stream;
/* Fills *status and the answer's body; -1 with err: no answer came. Any thread, one at a time. */
typedef int fake_request_function(void *context, const struct transport_request *request, int *status,
                                  struct buffer *body, struct error *err);
struct fake_transport *fake_transport_new(struct loop *loop, fake_request_function *function, void *context);
struct transport *fake_transport_base(struct fake_transport *f);
/* Adds "retry-after" to what is answered from now on; 0: none. */
void fake_transport_retry_after(struct fake_transport *f, unsigned seconds);
/* The next stream that was opened; waits for it, NULL after 10 s. */
struct fake_stream *fake_stream_next(struct fake_transport *f);
/* None is open or comes within so many milliseconds. */
bool fake_stream_none(struct fake_transport *f, int64_t wait_ms);
const char *fake_stream_target(const struct fake_stream *s);
const char *fake_stream_accept(const struct fake_stream *s);
/* These return when the loop has told it. They do nothing on a cancelled stream. */
void fake_stream_headers(struct fake_stream *s, int status);
void fake_stream_data(struct fake_stream *s, const char *text, size_t size);
void fake_stream_end(struct fake_stream *s, enum error_code code); /* ERR_NONE: whole */
bool fake_stream_cancelled(struct fake_stream *s);
/* Headers, data, end. */
void fake_stream_answer(struct fake_stream *s, int status, const char *text);

#endif
