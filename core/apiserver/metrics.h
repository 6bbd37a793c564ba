/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of requests, as Prometheus text under upstream's names, with upstream's labels, so that dashboards
 * and alerts made for Kubernetes apply. Requests that are alike (resource, subresource, verb, scope) share a
 * row, which is never dropped. Any thread.
 */
#ifndef KEELSON_APISERVER_METRICS_H
#define KEELSON_APISERVER_METRICS_H

#include "core/apiserver/request.h"

struct metrics;
struct metrics_row;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
/* Where a request is counted; for those that last longer than their struct api_request. NULL: m is NULL. */
struct metrics_row *metrics_row(struct metrics *m, const struct api_request *r);
/* At its end. row NULL: nothing. */
void metrics_count(struct metrics *m, struct metrics_row *row, int status, int64_t duration_ns);
void metrics_write(struct metrics *m, struct buffer *out);

#endif
