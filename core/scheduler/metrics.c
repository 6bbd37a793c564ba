/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms with upstream's buckets: powers of two, from a millisecond on. */
#include "core/scheduler/metrics.h"

#include "core/base/memory.h"

#define FIRST_BOUND_US   1000
#define DURATION_BUCKETS 15 /* 1 ms … 16.384 s */
#define VICTIMS_BUCKETS  7  /* 1 … 64 */

static void observe(struct histogram *h, uint64_t value, uint64_t first_bound, unsigned bounds)
{
    unsigned bucket = 0;
    for (uint64_t bound = first_bound; bucket < bounds && value > bound; bound *= 2)
        bucket++;
    atomic_fetch_add_explicit(&h->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum_us, value, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
}

void metrics_init(struct metrics *m, unsigned profiles)
{
    *m = (struct metrics){.attempts = xcalloc(profiles, sizeof(*m->attempts))};
}

void metrics_done(struct metrics *m)
{
    free(m->attempts);
}

void metrics_attempt(struct metrics *m, unsigned profile, enum result result, int64_t took_ns)
{
    observe(&m->attempts[profile][result], (uint64_t)took_ns / 1000, FIRST_BOUND_US, DURATION_BUCKETS);
}

void metrics_algorithm(struct metrics *m, int64_t took_ns)
{
    observe(&m->algorithm, (uint64_t)took_ns / 1000, FIRST_BOUND_US, DURATION_BUCKETS);
}

void metrics_preemption(struct metrics *m, unsigned victims)
{
    atomic_fetch_add_explicit(&m->preemptions, 1, memory_order_relaxed);
    if (victims)
        observe(&m->victims, victims, 1, VICTIMS_BUCKETS);
}

/* labels: "" or "a=\"b\",". unit: of the values, in what is printed. */
static void write_histogram(struct buffer *out, const char *name, const char *labels,
                            const struct histogram *h, double first_bound, unsigned bounds, double unit)
{
    uint64_t sum = 0;
    double bound = first_bound;
    for (unsigned i = 0; i <= bounds; i++, bound *= 2) {
        sum += atomic_load_explicit(&h->buckets[i], memory_order_relaxed);
        if (i < bounds)
            buffer_printf(out, "%s_bucket{%sle=\"%g\"} %llu\n", name, labels, bound, (unsigned long long)sum);
        else
            buffer_printf(out, "%s_bucket{%sle=\"+Inf\"} %llu\n", name, labels, (unsigned long long)sum);
    }
    size_t size = strlen(labels);
    struct slice inside = {labels, size ? size - 1 : 0};
    const char *open = size ? "{" : "", *close = size ? "}" : "";
    buffer_printf(out, "%s_sum%s%.*s%s %g\n%s_count%s%.*s%s %llu\n", name, open, SLICE_ARG(inside), close,
                  (double)h->sum_us * unit, name, open, SLICE_ARG(inside), close,
                  (unsigned long long)h->count);
}

static const char *const result_names[] = {"scheduled", "unschedulable", "error"};

static void write_attempts(const struct metrics *m, const char *const *names, unsigned profiles,
                           struct buffer *out)
{
    buffer_append_str(out, "# TYPE scheduler_schedule_attempts_total counter\n");
    for (unsigned p = 0; p < profiles; p++)
        for (unsigned r = 0; r < RESULTS; r++)
            buffer_printf(out, "scheduler_schedule_attempts_total{profile=\"%s\",result=\"%s\"} %llu\n",
                          names[p], result_names[r], (unsigned long long)m->attempts[p][r].count);
    buffer_append_str(out, "# TYPE scheduler_scheduling_attempt_duration_seconds histogram\n");
    for (unsigned p = 0; p < profiles; p++)
        for (unsigned r = 0; r < RESULTS; r++) {
            char *labels = xasprintf("profile=\"%s\",result=\"%s\",", names[p], result_names[r]);
            if (m->attempts[p][r].count)
                write_histogram(out, "scheduler_scheduling_attempt_duration_seconds", labels,
                                &m->attempts[p][r], 0.001, DURATION_BUCKETS, 1e-6);
            free(labels);
        }
}

void metrics_write(const struct metrics *m, const char *const *names, unsigned profiles, struct buffer *out)
{
    write_attempts(m, names, profiles, out);
    buffer_append_str(out, "# TYPE scheduler_scheduling_algorithm_duration_seconds histogram\n");
    write_histogram(out, "scheduler_scheduling_algorithm_duration_seconds", "", &m->algorithm, 0.001,
                    DURATION_BUCKETS, 1e-6);
    buffer_printf(
        out,
        "# TYPE scheduler_preemption_attempts_total counter\nscheduler_preemption_attempts_total %llu\n"
        "# TYPE scheduler_preemption_victims histogram\n",
        (unsigned long long)m->preemptions);
    write_histogram(out, "scheduler_preemption_victims", "", &m->victims, 1, VICTIMS_BUCKETS, 1);
    buffer_printf(
        out,
        "# TYPE scheduler_scheduler_cache_size gauge\nscheduler_scheduler_cache_size{type=\"nodes\"} %llu\n"
        "scheduler_scheduler_cache_size{type=\"pods\"} %llu\n",
        (unsigned long long)m->nodes, (unsigned long long)m->pods);
}
