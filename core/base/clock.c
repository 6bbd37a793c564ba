/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks, behind a table that a test may replace. */
#include "core/base/clock.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

static int64_t clock_read(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t clock_system_realtime_ns(void)
{
    return clock_read(CLOCK_REALTIME);
}

static int64_t clock_system_monotonic_ns(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

static const struct clock_source clock_system = {
    .realtime_ns = clock_system_realtime_ns,
    .monotonic_ns = clock_system_monotonic_ns,
};
static _Atomic(const struct clock_source *) clock_current = &clock_system;

void clock_set_source(const struct clock_source *source)
{
    atomic_store(&clock_current, source ? source : &clock_system);
}

int64_t clock_realtime_ns(void)
{
    return atomic_load_explicit(&clock_current, memory_order_acquire)->realtime_ns();
}

int64_t clock_monotonic_ns(void)
{
    return atomic_load_explicit(&clock_current, memory_order_acquire)->monotonic_ns();
}
