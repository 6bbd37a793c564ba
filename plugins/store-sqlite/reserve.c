/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps space for deletes; reserve.h. */
#include "plugins/store-sqlite/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/store-sqlite/store.h"

#define RETRY_NS INT64_C(200000000)

static int reserve_open(const struct store *store)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s.reserve", store->settings.path);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* 0, or an errno value. */
static int space_take(int fd, int64_t bytes)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_blocks * 512 >= bytes)
        return 0; /* from the last time */
    if (fallocate(fd, 0, 0, 2 * bytes) == 0 && ftruncate(fd, bytes) == 0)
        return 0;
    int failed = errno;
    /* A file system that cannot set space aside: every write is tried. */
    return ftruncate(fd, 0) == 0 && failed == EOPNOTSUPP ? 0 : failed;
}

bool reserve_take(struct store *store)
{
    struct reserve *reserve = &store->reserve;
    int64_t now_ns = clock_monotonic_ns();
    if (reserve->held || store->settings.reserve_bytes == 0)
        return true;
    if (now_ns < reserve->next_ns)
        return false;
    int fd = reserve_open(store);
    reserve->held = fd >= 0 && space_take(fd, store->settings.reserve_bytes) == 0;
    reserve->next_ns = now_ns + RETRY_NS;
    if (fd >= 0)
        close(fd);
    return reserve->held;
}

bool reserve_drop(struct store *store)
{
    if (!store->reserve.held)
        return false;
    int fd = reserve_open(store);
    bool dropped = fd >= 0 && ftruncate(fd, 0) == 0;
    if (fd >= 0)
        close(fd);
    store->reserve.held = !dropped;
    if (dropped)
        store->host->log(NULL, KEELSON_LOG_WARNING,
                         "%s: the disk is full: until %lld KiB are free only deletes are accepted",
                         store->settings.path, (long long)(2 * store->settings.reserve_bytes >> 10));
    return dropped;
}
