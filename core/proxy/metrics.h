/* SPDX-License-Identifier: Apache-2.0 */
/* What /metrics tells of the proxy, under upstream's names. Not locked: the owner does that. */
#ifndef KEELSON_PROXY_METRICS_H
#define KEELSON_PROXY_METRICS_H

#include <stdint.h>

#include "core/base/buffer.h"

#define SYNC_BUCKETS 16 /* 1 ms, 2 ms … 16.4 s, more */

enum change_kind { CHANGE_SERVICE, CHANGE_ENDPOINTS, CHANGE_KINDS };
enum health_kind { HEALTH_HEALTHZ, HEALTH_LIVEZ, HEALTH_KINDS };
struct metrics {
    uint64_t sync_buckets[SYNC_BUCKETS], syncs, failures;
    int64_t sync_ns, last_sync_ns, last_queued_ns; /* the last two: realtime; 0: never */
    uint64_t changes[CHANGE_KINDS], pending[CHANGE_KINDS];
    uint64_t asked[HEALTH_KINDS][2]; /* answers 200 and 503 */
    uint64_t flows_cleared;
    uint64_t unserved_internal, unserved_external; /* services with policy Local and nothing on this node */
    uint64_t items;
};
void metrics_changed(struct metrics *m, enum change_kind kind, int64_t now_ns);
/* A sync that ended at now_ns and took took_ns. */
void metrics_synced(struct metrics *m, int64_t took_ns, int64_t now_ns, bool failed);
void metrics_print(const struct metrics *m, struct buffer *out);

#endif
