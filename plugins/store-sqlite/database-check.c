/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are these files ones that we may open? Looks at the bytes, because SQLite itself would take a truncated
 * database whose missing pages it does not touch at once, would answer a foreign one with an error from
 * somewhere inside, and would copy a write-ahead log that was left behind by another database (a backup put
 * in the place of one that was not closed) over this one.
 *
 * A file may rightly be shorter than its header says when a crash interrupted a checkpoint: the missing pages
 * are then in the write-ahead log. And it may hold anything at all while a rollback journal stands beside it,
 * as when the power went while the file was made: SQLite takes back what the journal undoes. The fields of
 * header, log and journal are those of the SQLite file format document.
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
#define WAL_MAGIC          0x377f0682u /* and with the lowest bit set */
#define FRAME_HEADER_BYTES 24
#define JOURNAL_MAGIC      "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
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
    bool swapped;         /* its checksums are over words of the other byte order */
    uint32_t checksum[2]; /* up to here: each frame's goes on from the one before */
    off_t at;             /* of the next frame */
    unsigned char header[WAL_HEADER_BYTES], frame[FRAME_HEADER_BYTES + DATABASE_PAGE_BYTES];
};

static void checksum_add(struct wal *wal, const unsigned char *bytes, size_t size)
{
    uint32_t words[2];
    for (size_t i = 0; i + sizeof(words) <= size; i += sizeof(words)) {
        memcpy(words, bytes + i, sizeof(words));
        if (wal->swapped) {
            words[0] = __builtin_bswap32(words[0]);
            words[1] = __builtin_bswap32(words[1]);
        }
        wal->checksum[0] += words[0] + wal->checksum[1];
        wal->checksum[1] += words[1] + wal->checksum[0];
    }
}

static bool checksum_is(const struct wal *wal, const unsigned char *bytes)
{
    return big_endian_32(bytes) == wal->checksum[0] && big_endian_32(bytes + 4) == wal->checksum[1];
}

/* A header that did not reach the disk whole makes a log that SQLite takes for empty. */
static bool wal_header_read(struct wal *wal)
{
    if (pread(wal->fd, wal->header, sizeof(wal->header), 0) != (ssize_t)sizeof(wal->header))
        return false;
    uint32_t magic = big_endian_32(wal->header);
    if (magic != WAL_MAGIC && magic != (WAL_MAGIC | 1))
        return false;
    wal->swapped = (magic & 1) == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    checksum_add(wal, wal->header, 24);
    return checksum_is(wal, wal->header + 24);
}

/* false: there is none, or nothing in it. */
static bool wal_open(struct wal *wal, const char *path)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s-wal", path);
    memset(wal, 0, sizeof(*wal));
    wal->at = WAL_HEADER_BYTES;
    wal->fd = open(name, O_RDONLY | O_CLOEXEC);
    if (wal->fd < 0)
        return false;
    if (wal_header_read(wal))
        return true;
    close(wal->fd);
    return false;
}

/* The next frame's page number, and the page, which stays until the next call; 0 at the end of what counts:
 * where the rest of an earlier round begins, which has another salt, or what a power cut left of frames that
 * were not synced. */
static uint32_t frame_next(struct wal *wal, const unsigned char **ret_page)
{
    const unsigned char *frame = wal->frame;
    if (pread(wal->fd, wal->frame, sizeof(wal->frame), wal->at) != (ssize_t)sizeof(wal->frame) ||
        memcmp(frame + 8, wal->header + 16, 8) != 0)
        return 0;
    checksum_add(wal, frame, 8);
    checksum_add(wal, frame + FRAME_HEADER_BYTES, DATABASE_PAGE_BYTES);
    if (!checksum_is(wal, frame + 16))
        return 0;
    wal->at += (off_t)sizeof(wal->frame);
    *ret_page = frame + FRAME_HEADER_BYTES;
    return big_endian_32(frame);
}

/* A database's first log begins with a page 1 from before it was given an identity. */
static bool wal_is_foreign(struct wal *wal, const struct header *header)
{
    const unsigned char *bytes;
    bool unnamed = false, ours = false;
    uint32_t page;
    if (!header->uses_wal || big_endian_32(wal->header + 8) != DATABASE_PAGE_BYTES)
        return true;
    if (header->application == 0) /* a crash interrupted its creation */
        return false;
    while ((page = frame_next(wal, &bytes))) {
        struct header written = page == 1 ? header_of(bytes) : *header;
        if (written.application == 0)
            unnamed = true;
        else if (written.identity != header->identity)
            return true;
        else
            ours |= page == 1;
    }
    return unnamed && !ours;
}

/* Are pages first..last all in the write-ahead log? */
static bool wal_holds_pages(struct wal *wal, uint32_t first, uint32_t last)
{
    uint32_t missing = last - first + 1, page;
    unsigned char *seen = memory_new(missing);
    const unsigned char *bytes;
    while (missing > 0 && (page = frame_next(wal, &bytes))) {
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
    struct header header = header_of(bytes);
    if (header.application != DATABASE_APPLICATION_ID &&
        (header.application != 0 || header.page_bytes != DATABASE_PAGE_BYTES))
        return failure_set(failure, KEELSON_INVALID, "%s: is an SQLite database of another program", path);
    if (header.page_bytes != DATABASE_PAGE_BYTES)
        return failure_set(failure, KEELSON_CORRUPT, "%s: is damaged: page size %u", path, header.page_bytes);
    enum keelson_status status = wal_check(path, &header, failure);
    return status == KEELSON_OK ? size_check(path, &header, file_bytes, failure) : status;
}

/* SQLite writes the database once its journal is on the disk, and takes the journal away once the database
 * is. */
static bool journal_undoes(const char *path)
{
    char name[4096], magic[sizeof(JOURNAL_MAGIC) - 1];
    snprintf(name, sizeof(name), "%s-journal", path);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool hot = fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
               memcmp(magic, JOURNAL_MAGIC, sizeof(magic)) == 0;
    if (fd >= 0)
        close(fd);
    return hot;
}

static enum keelson_status content_check(const char *path, int fd, int64_t bytes, struct failure *failure)
{
    unsigned char header[HEADER_BYTES];
    bool is_database = pread(fd, header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
                       memcmp(header, "SQLite format 3", 16) == 0;
    if (is_database)
        return header_check(path, header, bytes, failure);
    if (bytes == 0 || journal_undoes(path))
        return KEELSON_OK;
    return failure_set(failure, KEELSON_INVALID, "%s: is not a keelson state database", path);
}

enum keelson_status database_check(const char *path, struct failure *failure)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return failure_set(failure, errno == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_DENIED, "%s: %s", path,
                           strerror(errno));
    enum keelson_status status =
        fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)
            ? failure_set(failure, KEELSON_INVALID, "%s: is not a regular file", path)
            : content_check(path, fd, st.st_size, failure);
    close(fd);
    return status;
}
