/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted, under the names that dashboards know from upstream. Any thread. */
#ifndef KEELSON_SCHEDULER_METRICS_H
#define KEELSON_SCHEDULER_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/buffer.h"

#define BUCKETS_MAX 20
struct histogram {
    _Atomic uint64_t buckets[BUCKETS_MAX]; /* not cumulative; the last: larger than all bounds */
    _Atomic uint64_t sum_us, count;
};
enum result { RESULT_SCHEDULED, RESULT_UNSCHEDULABLE, RESULT_ERROR, RESULTS };
struct metrics {
    struct histogram (*attempts)[RESULTS]; /* of each profile */
    struct histogram algorithm;            /* filter and score */
    struct histogram victims;              /* pods a preemption, as if they were microseconds */
    _Atomic uint64_t preemptions, nodes, pods;
};
void metrics_init(struct metrics *m, unsigned profiles);
void metrics_done(struct metrics *m);
void metrics_attempt(struct metrics *m, unsigned profile, enum result result, int64_t took_ns);
void metrics_algorithm(struct metrics *m, int64_t took_ns);
void metrics_preemption(struct metrics *m, unsigned victims);
/* Prometheus text. names: of the profiles. */
void metrics_write(const struct metrics *m, const char *const *names, unsigned profiles, struct buffer *out);

#endif
