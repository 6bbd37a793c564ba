/* SPDX-License-Identifier: Apache-2.0 */
/* What runs on this node and what it uses, at one moment, from the runtime and the kernel. Any thread. */
#ifndef KEELSON_KUBELET_STATS_H
#define KEELSON_KUBELET_STATS_H

#include <keelson/runtime.h>

#include "core/base/arena.h"
#include "core/plugin/host.h"

struct stats_container {
    const char *id, *name, *pod, *namespace_, *uid, *image;
    int64_t created_ns, sampled_ns; /* realtime; sampled_ns 0: no usage is known */
    uint64_t cpu_ns, memory_working_set_bytes, memory_usage_bytes, memory_rss_bytes, page_faults,
        major_page_faults;
    uint64_t writable_bytes, writable_inodes;
    int64_t nano_cores; /* CPU use of late; -1: not known yet */
};
struct stats {
    struct stats_container *containers; /* running ones, those of a pod together; in the arena */
    size_t count;
    int64_t sampled_ns, started_ns; /* of the node: now, and when it was booted */
    uint64_t cpu_ns, memory_working_set_bytes, memory_available_bytes, memory_usage_bytes;
    int64_t nano_cores;
};
/* Samples of before, from which CPU use is worked out. Any thread. */
struct stats_rates;
struct stats_rates *stats_rates_new(void);
void stats_rates_free(struct stats_rates *r);
/* Fills nano_cores of all. */
void stats_rates_fill(struct stats_rates *r, struct stats *stats);

int stats_collect(struct plugin_instance *runtime, const struct keelson_runtime_v1 *table,
                  struct arena *arena, struct stats *ret, struct error *err);

void stats_write_summary(const struct stats *stats, const char *node_name, const char *disk_folder,
                         struct buffer *out); /* stats.k8s.io/v1alpha1 Summary */
void stats_write_metrics(const struct stats *stats,
                         struct buffer *out); /* Prometheus text of /metrics/resource */
void stats_write_cadvisor(const struct stats *stats, struct buffer *out); /* /metrics/cadvisor */
void stats_write_pods(const struct stats *stats, struct buffer *out);     /* v1 PodList of /runningpods */

#endif
