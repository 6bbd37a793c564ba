/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are these files ones that we may open? Looks at the bytes, because SQLite itself would take a truncated
 * database whose missing pages it does not touch at once, would answer a foreign one with an error from
 * somewhere inside, and would copy a write-ahead log that was left behind by another database (a backup put
 * in the place of one that was not closed) over this one.
 *
 * A file may rightly be shorter than its header says when a crash interrupted a checkpoint: the missing pages
 * are then in the write-ahead log. The fields of header and log are those of the SQLite file format document.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/store-sqlite/database.h"
#include "plugins/store-sqlite/memory.h"

#define HEADER_BYTES       100
#define WAL_HEADER_BYTES   32
#define FRAME_HEADER_BYTES 24
#define MISSING_PAGES_MAX  (1u << 20)

static uint32_t big_endian_32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* What the header of a database, and page 1 in a write-ahead log, say of it. */
struct header {
    bool uses_wal; /* it has been used with one: a packed copy has not */
    uint32_t page_bytes, pages, identity, application;
};

static struct header header_of(const unsigned char *bytes)
{
    uint32_t page_bytes = (uint32_t)bytes[16] << 8 | bytes[17];
    return (struct header){.uses_wal = bytes[18] == 2,
                           .page_bytes = page_bytes == 1 ? 65536 : page_bytes,
                           .pages = big_endian_32(bytes + 28),
                           .identity = big_endian_32(bytes + 60),
                           .application = big_endian_32(bytes + 68)};
}

struct wal {
    int fd;
    unsigned char header[WAL_HEADER_BYTES];
    off_t at; /* of the next frame */
};

/* false: there is none, or nothing in it. */
static bool wal_open(struct wal *wal, const char *path)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s-wal", path);
    wal->fd = open(name, O_RDONLY | O_CLOEXEC);
    if (wal->fd < 0)
        return false;
    wal->at = WAL_HEADER_BYTES;
    if (pread(wal->fd, wal->header, sizeof(wal->header), 0) == (ssize_t)sizeof(wal->header))
        return true;
    close(wal->fd);
    return false;
}

/* The next frame's page number, and where its page lies; 0 at the end, or where the rest of an earlier round
 * begins, which has another salt. */
static uint32_t frame_next(struct wal *wal, off_t *ret_page_at)
{
    unsigned char frame[FRAME_HEADER_BYTES];
    if (pread(wal->fd, frame, sizeof(frame), wal->at) != (ssize_t)sizeof(frame) ||
        memcmp(frame + 8, wal->header + 16, 8) != 0)
        return 0;
    *ret_page_at = wal->at + FRAME_HEADER_BYTES;
    wal->at = *ret_page_at + DATABASE_PAGE_BYTES;
    return big_endian_32(frame);
}

static bool wal_is_foreign(struct wal *wal, const struct header *header)
{
    unsigned char bytes[HEADER_BYTES];
    off_t page_at;
    uint32_t page;
    if (!header->uses_wal || big_endian_32(wal->header + 8) != DATABASE_PAGE_BYTES)
        return true;
    if (header->application == 0) /* a crash interrupted its creation */
        return false;
    while ((page = frame_next(wal, &page_at))) {
        if (page == 1 && pread(wal->fd, bytes, sizeof(bytes), page_at) == (ssize_t)sizeof(bytes) &&
            header_of(bytes).identity != header->identity)
            return true;
    }
    return false;
}

/* Are pages first..last all in the write-ahead log? */
static bool wal_holds_pages(struct wal *wal, uint32_t first, uint32_t last)
{
    uint32_t missing = last - first + 1, page;
    unsigned char *seen = memory_new(missing);
    off_t page_at;
    while (missing > 0 && (page = frame_next(wal, &page_at))) {
        if (page >= first && page <= last && !seen[page - first]) {
            seen[page - first] = 1;
            missing--;
        }
    }
    free(seen);
    return missing == 0;
}

static enum keelson_status wal_check(const char *path, const struct header *header, struct failure *failure)
{
    struct wal wal;
    if (!wal_open(&wal, path))
        return KEELSON_OK;
    bool foreign = wal_is_foreign(&wal, header);
    close(wal.fd);
    if (!foreign)
        return KEELSON_OK;
    return failure_set(failure, KEELSON_CORRUPT,
                       "%s-wal: was left behind by another database than %s; if that is the right one, "
                       "remove this file and %s-shm",
                       path, path, path);
}

static enum keelson_status size_check(const char *path, const struct header *header, int64_t file_bytes,
                                      struct failure *failure)
{
    struct wal wal;
    int64_t file_pages = file_bytes / DATABASE_PAGE_BYTES;
    if (file_pages >= header->pages)
        return KEELSON_OK;
    bool in_wal = header->pages - file_pages <= MISSING_PAGES_MAX && wal_open(&wal, path);
    if (in_wal) {
        in_wal = wal_holds_pages(&wal, (uint32_t)file_pages + 1, header->pages);
        close(wal.fd);
    }
    if (in_wal)
        return KEELSON_OK;
    return failure_set(failure, KEELSON_CORRUPT,
                       "%s: is truncated: it has %lld bytes, and its header says %lld", path,
                       (long long)file_bytes, (long long)header->pages * DATABASE_PAGE_BYTES);
}

static enum keelson_status header_check(const char *path, const unsigned char *bytes, int64_t file_bytes,
                                        struct failure *failure)
{
    if (memcmp(bytes, "SQLite format 3", 16) != 0)
        return failure_set(failure, KEELSON_INVALID, "%s: is not a keelson state database", path);
    struct header header = header_of(bytes);
    if (header.application != DATABASE_APPLICATION_ID &&
        (header.application != 0 || header.page_bytes != DATABASE_PAGE_BYTES))
        return failure_set(failure, KEELSON_INVALID, "%s: is an SQLite database of another program", path);
    if (header.page_bytes != DATABASE_PAGE_BYTES)
        return failure_set(failure, KEELSON_CORRUPT, "%s: is damaged: page size %u", path, header.page_bytes);
    enum keelson_status status = wal_check(path, &header, failure);
    return status == KEELSON_OK ? size_check(path, &header, file_bytes, failure) : status;
}

enum keelson_status database_check(const char *path, struct failure *failure)
{
    unsigned char header[HEADER_BYTES];
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return failure_set(failure, errno == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_DENIED, "%s: %s", path,
                           strerror(errno));
    enum keelson_status status = KEELSON_OK;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        status = failure_set(failure, KEELSON_INVALID, "%s: is not a regular file", path);
    else if (st.st_size > 0 && pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
        status = failure_set(failure, KEELSON_INVALID, "%s: is not a keelson state database", path);
    else if (st.st_size > 0)
        status = header_check(path, header, st.st_size, failure);
    close(fd);
    return status;
}
