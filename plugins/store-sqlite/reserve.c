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
#define STEPS    4 /* of the setting: by a part of it the reserve becomes longer and shorter */

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

static int64_t bytes_wanted(struct store *store)
{
    int64_t bytes = store->settings.reserve_bytes, step = bytes / STEPS + 1;
    return bytes + (connection_owed_bytes(&store->writer.connection) + step - 1) / step * step;
}

/* Of one that is held. false: the disk is full. */
static bool length_set(struct store *store, int64_t bytes)
{
    struct reserve *reserve = &store->reserve;
    if (bytes == reserve->bytes ||
        (bytes < reserve->bytes && reserve->bytes - bytes < store->settings.reserve_bytes))
        return true;
    int fd = reserve_open(store);
    if (fd < 0)
        return true; /* as long as it was */
    int failed = 0;
    if ((bytes < reserve->bytes ? ftruncate(fd, bytes) : fallocate(fd, 0, 0, bytes)) < 0)
        failed = errno;
    close(fd);
    if (failed == 0 || failed == EOPNOTSUPP)
        reserve->bytes = bytes;
    return failed != ENOSPC && failed != EDQUOT;
}

bool reserve_take(struct store *store)
{
    struct reserve *reserve = &store->reserve;
    int64_t now_ns = clock_monotonic_ns();
    if (store->settings.reserve_bytes == 0)
        return true;
    if (reserve->held)
        return length_set(store, bytes_wanted(store));
    if (now_ns < reserve->next_ns)
        return false;
    int64_t bytes = bytes_wanted(store);
    int fd = reserve_open(store);
    reserve->held = fd >= 0 && space_take(fd, bytes) == 0;
    reserve->bytes = bytes;
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
