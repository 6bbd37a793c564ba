/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of requests and watches, as Prometheus text under upstream's names. Any thread. */
#ifndef KEELSON_APISERVER_METRICS_H
#define KEELSON_APISERVER_METRICS_H

#include "core/apiserver/request.h"

struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
void metrics_count(struct metrics *m, const struct api_request *r, int status, int64_t duration_ns);
void metrics_write(struct metrics *m, struct buffer *out);

#endif
