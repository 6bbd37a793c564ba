/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy's metrics in Prometheus text. */
#include "core/proxy/metrics.h"

#include "core/base/clock.h"
#include "core/base/memory.h"

#define PREFIX "kubeproxy_"

void metrics_changed(struct metrics *m, enum change_kind kind, int64_t now_ns)
{
    m->changes[kind]++;
    m->pending[kind]++;
    m->last_queued_ns = now_ns;
}

void metrics_synced(struct metrics *m, int64_t took_ns, int64_t now_ns, bool failed)
{
    unsigned bucket = 0;
    while (bucket < SYNC_BUCKETS - 1 && took_ns > NS_PER_MS << bucket)
        bucket++;
    m->sync_buckets[bucket]++;
    m->sync_ns += took_ns;
    m->syncs++;
    m->failures += failed;
    if (failed)
        return;
    m->last_sync_ns = now_ns;
    for (int k = 0; k < CHANGE_KINDS; k++)
        m->pending[k] = 0;
}

static void print_syncs(const struct metrics *m, struct buffer *out)
{
    static const char name[] = PREFIX "sync_proxy_rules_duration_seconds";
    uint64_t count = 0;
    buffer_printf(out, "# TYPE %s histogram\n", name);
    for (unsigned b = 0; b < SYNC_BUCKETS - 1; b++) {
        count += m->sync_buckets[b];
        buffer_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name, 0.001 * (double)(1u << b),
                      (unsigned long long)count);
    }
    buffer_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.6f\n%s_count %llu\n", name,
                  (unsigned long long)m->syncs, name, (double)m->sync_ns / 1e9, name,
                  (unsigned long long)m->syncs);
}

void metrics_print(const struct metrics *m, struct buffer *out)
{
    const struct {
        const char *type, *family, *labels;
        double value;
    } rows[] = {
        {"gauge", PREFIX "sync_proxy_rules_last_timestamp_seconds", "", (double)m->last_sync_ns / 1e9},
        {"gauge", PREFIX "sync_proxy_rules_last_queued_timestamp_seconds", "",
         (double)m->last_queued_ns / 1e9},
        {"counter", PREFIX "sync_proxy_rules_service_changes_total", "", (double)m->changes[CHANGE_SERVICE]},
        {"gauge", PREFIX "sync_proxy_rules_service_changes_pending", "", (double)m->pending[CHANGE_SERVICE]},
        {"counter", PREFIX "sync_proxy_rules_endpoint_changes_total", "",
         (double)m->changes[CHANGE_ENDPOINTS]},
        {"gauge", PREFIX "sync_proxy_rules_endpoint_changes_pending", "",
         (double)m->pending[CHANGE_ENDPOINTS]},
        {"counter", PREFIX "sync_proxy_rules_nftables_sync_failures_total", "", (double)m->failures},
        {"gauge", PREFIX "sync_proxy_rules_no_local_endpoints_total", "{traffic_policy=\"internal\"}",
         (double)m->unserved_internal},
        {NULL, PREFIX "sync_proxy_rules_no_local_endpoints_total", "{traffic_policy=\"external\"}",
         (double)m->unserved_external},
        {"counter", PREFIX "conntrack_reconciler_deleted_entries_total", "", (double)m->flows_cleared},
        {"counter", PREFIX "proxy_healthz_total", "{code=\"200\"}", (double)m->asked[HEALTH_HEALTHZ][0]},
        {NULL, PREFIX "proxy_healthz_total", "{code=\"503\"}", (double)m->asked[HEALTH_HEALTHZ][1]},
        {"counter", PREFIX "proxy_livez_total", "{code=\"200\"}", (double)m->asked[HEALTH_LIVEZ][0]},
        {NULL, PREFIX "proxy_livez_total", "{code=\"503\"}", (double)m->asked[HEALTH_LIVEZ][1]},
        {"gauge", "keelson_proxy_items", "", (double)m->items},
    };
    print_syncs(m, out);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].type)
            buffer_printf(out, "# TYPE %s %s\n", rows[i].family, rows[i].type);
        buffer_printf(out, "%s%s %.15g\n", rows[i].family, rows[i].labels, rows[i].value);
    }
}
