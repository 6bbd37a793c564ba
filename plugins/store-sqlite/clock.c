/* SPDX-License-Identifier: Apache-2.0 */
/* The store's clocks; store.h says what they are for. */
#include <time.h>

#include "plugins/store-sqlite/store.h"

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void store_clock_start(struct store *store)
{
    store->clock_offset_ms = clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_BOOTTIME);
}

int64_t store_clock_ms(const struct store *store)
{
    return clock_ms(CLOCK_BOOTTIME) + store->clock_offset_ms;
}

int64_t clock_monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t store_seconds_left(const struct store *store, int64_t expires_ms)
{
    int64_t left_ms = expires_ms ? expires_ms - store_clock_ms(store) : 0;
    return expires_ms == 0 ? 0 : left_ms < 1000 ? 1 : (left_ms + 999) / 1000;
}
