/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this file one that we may open? Looks at the bytes, because SQLite itself would take a truncated
 * database whose missing pages it does not touch at once, and would answer a foreign one with an error from
 * somewhere inside.
 *
 * A file may rightly be shorter than its header says when a crash interrupted a checkpoint: the missing pages
 * are then in the write-ahead log. The header fields are those of the SQLite file format document.
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

/* Are pages first..last all in the write-ahead log? */
static bool wal_holds_pages(const char *path, uint32_t page_size, uint32_t first, uint32_t last)
{
    char wal_path[4096];
    unsigned char header[WAL_HEADER_BYTES], frame[FRAME_HEADER_BYTES];
    snprintf(wal_path, sizeof(wal_path), "%s-wal", path);
    int fd = open(wal_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    uint32_t missing = last - first + 1;
    unsigned char *seen = memory_new(missing);
    bool is_wal = pread(fd, header, sizeof(header), 0) == (ssize_t)sizeof(header);
    for (off_t at = WAL_HEADER_BYTES; is_wal && missing > 0; at += FRAME_HEADER_BYTES + (off_t)page_size) {
        if (pread(fd, frame, sizeof(frame), at) != (ssize_t)sizeof(frame) ||
            memcmp(frame + 8, header + 16, 8) != 0)
            break; /* the end, or the rest of an earlier round: another salt */
        uint32_t page = big_endian_32(frame);
        if (page >= first && page <= last && !seen[page - first]) {
            seen[page - first] = 1;
            missing--;
        }
    }
    free(seen);
    close(fd);
    return missing == 0;
}

static enum keelson_status header_check(const char *path, const unsigned char *header, int64_t file_bytes,
                                        struct failure *failure)
{
    if (memcmp(header, "SQLite format 3", 16) != 0)
        return failure_set(failure, KEELSON_INVALID, "%s: is not a keelson state database", path);
    uint32_t application = big_endian_32(header + 68), pages = big_endian_32(header + 28);
    uint32_t page_size = (uint32_t)header[16] << 8 | header[17];
    page_size = page_size == 1 ? 65536 : page_size;
    if (application != DATABASE_APPLICATION_ID && application != 0)
        return failure_set(failure, KEELSON_INVALID, "%s: is an SQLite database of another program", path);
    if (page_size < 512)
        return failure_set(failure, KEELSON_CORRUPT, "%s: is damaged: page size %u", path, page_size);
    int64_t file_pages = file_bytes / page_size;
    if (file_pages >= pages)
        return KEELSON_OK;
    if (pages - file_pages <= MISSING_PAGES_MAX &&
        wal_holds_pages(path, page_size, (uint32_t)file_pages + 1, pages))
        return KEELSON_OK;
    return failure_set(failure, KEELSON_CORRUPT,
                       "%s: is truncated: it has %lld bytes, and its header says %lld", path,
                       (long long)file_bytes, (long long)pages * page_size);
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
