/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store-acme: a keelson state store to start from. All of it, history too, is in memory; a log file makes it
 * last. It keeps every promise of <keelson/store.h>, and is slow where yours should not be: each transaction
 * waits for the disk by itself, and one lock is held for everything. Settings:
 *
 *   file   the log; default: store.log in the instance's state folder
 *
 * The log is a row of records: a head with length and checksum, and one or more changes. What a crash left of
 * the last records is cut off at the next open, which also writes anew what compaction has thinned.
 *
 * Threads: KEELSON_THREADS_PARALLEL. Watches are told of a transaction by the thread that made it, before it
 * returns. It compiles as C11 and as C++20.
 */
#include <errno.h>
#include <fcntl.h>
#include <keelson/store.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

KEELSON_PLUGIN(KEELSON_KIND_STORE, "store-acme", "1.0.0");

#define OPS_MAX          128
#define RECORD_BYTES_MAX (256u << 20)

static const struct keelson_host *host;

/* One version of a key: never changed, with its bytes behind it. */
struct change {
    struct keelson_kv kv;
    int64_t expires_s; /* since 1970; 0: never */
};
/* As it stands in the log. An empty key: all is forgotten that compaction at create_revision forgets. */
struct logged {
    uint32_t key_size, value_size;
    int64_t create_revision, mod_revision, version, expires_s;
};
struct record {
    uint32_t size, checksum; /* of what follows */
};

struct watcher {
    struct watcher *next;
    const struct keelson_watch *watch;
    const struct keelson_event_sink *sink;
    int64_t seen;
    int ended, ended_fd;
};
struct store {
    char path[PATH_MAX];
    pthread_mutex_t lock; /* of everything below */
    int fd, lock_fd;
    off_t end;
    int broken; /* what is on the disk is not known any more */
    int64_t revision, compacted, next_expiry_s;
    struct change **by_key, **by_revision; /* the same changes: by key and revision, and as they came */
    size_t count, room;
    struct watcher *watchers;
};

/* ---- Changes in memory. ---- */

static int64_t now_s(void)
{
    return (int64_t)time(NULL);
}

static int compare_bytes(struct keelson_bytes a, struct keelson_bytes b)
{
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static struct change *change_new(const struct logged *l, const char *key, const char *value)
{
    struct change *c = (struct change *)calloc(1, sizeof(*c) + l->key_size + l->value_size);
    if (!c)
        return NULL;
    char *bytes = (char *)(c + 1);
    if (l->key_size)
        memcpy(bytes, key, l->key_size);
    if (l->value_size)
        memcpy(bytes + l->key_size, value, l->value_size);
    c->kv.size = sizeof(c->kv);
    c->kv.key.data = bytes;
    c->kv.key.size = l->key_size;
    c->kv.value.data = bytes + l->key_size;
    c->kv.value.size = l->value_size;
    c->kv.create_revision = l->create_revision;
    c->kv.mod_revision = l->mod_revision;
    c->kv.version = l->version;
    c->expires_s = l->expires_s;
    return c;
}

/* The first place in by_key at or behind this key's revision. */
static size_t place_of(const struct store *s, struct keelson_bytes key, int64_t revision)
{
    size_t from = 0, to = s->count;
    while (from < to) {
        const size_t middle = (from + to) / 2;
        const struct keelson_kv *kv = &s->by_key[middle]->kv;
        const int order = compare_bytes(kv->key, key);
        if (order < 0 || (order == 0 && kv->mod_revision < revision))
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* What the key was at a revision; NULL: absent. */
static const struct change *as_of(const struct store *s, struct keelson_bytes key, int64_t revision)
{
    const size_t i = place_of(s, key, revision + 1);
    if (i == 0 || compare_bytes(s->by_key[i - 1]->kv.key, key) != 0 || s->by_key[i - 1]->kv.version == 0)
        return NULL;
    return s->by_key[i - 1];
}

static int make_room(struct store *s, size_t more)
{
    if (s->count + more <= s->room)
        return 0;
    const size_t room = (s->count + more) * 2;
    struct change **by_key = (struct change **)realloc(s->by_key, room * sizeof(*by_key));
    if (by_key)
        s->by_key = by_key;
    struct change **by_revision = (struct change **)realloc(s->by_revision, room * sizeof(*by_revision));
    if (by_revision)
        s->by_revision = by_revision;
    if (!by_key || !by_revision)
        return -1;
    s->room = room;
    return 0;
}

static void add_change(struct store *s, struct change *c)
{
    const size_t i = place_of(s, c->kv.key, c->kv.mod_revision);
    memmove(&s->by_key[i + 1], &s->by_key[i], (s->count - i) * sizeof(*s->by_key));
    s->by_key[i] = c;
    s->by_revision[s->count++] = c;
    if (s->revision < c->kv.mod_revision)
        s->revision = c->kv.mod_revision;
    if (c->expires_s && c->expires_s < s->next_expiry_s)
        s->next_expiry_s = c->expires_s;
}

/* Is the i-th of by_key needed by nobody who reads at `revision` or later? */
static int is_dead(const struct store *s, size_t i, int64_t revision)
{
    const struct keelson_kv *kv = &s->by_key[i]->kv, *next = i + 1 < s->count ? &s->by_key[i + 1]->kv : NULL;
    return kv->mod_revision <= revision && (kv->version == 0 || (next && next->mod_revision <= revision &&
                                                                 compare_bytes(kv->key, next->key) == 0));
}

static void forget(struct store *s, int64_t revision)
{
    size_t kept = 0, kept_by_key = 0;
    s->compacted = revision;
    for (size_t i = 0; i < s->count; i++)
        if (is_dead(s, i, revision))
            s->by_key[i]->kv.size = 0; /* marked */
    for (size_t i = 0; i < s->count; i++)
        if (s->by_revision[i]->kv.size)
            s->by_revision[kept++] = s->by_revision[i];
    for (size_t i = 0; i < s->count; i++) {
        if (s->by_key[i]->kv.size)
            s->by_key[kept_by_key++] = s->by_key[i];
        else
            free(s->by_key[i]);
    }
    s->count = kept;
}

/* ---- The log. ---- */

static uint32_t checksum_of(const char *data, size_t size)
{
    uint32_t sum = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ (unsigned char)data[i]) * 16777619u;
    return sum;
}

static int write_all(int fd, const char *data, size_t size, off_t at)
{
    while (size > 0) {
        const ssize_t n = pwrite(fd, data, size, at);
        if (n < 0 && errno != EINTR)
            return -1;
        data += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
        at += n > 0 ? n : 0;
    }
    return 0;
}

/* Puts one record of these changes at *end, and moves it. */
static int record_write(int fd, struct change *const *changes, size_t count, off_t *end)
{
    size_t size = sizeof(struct record);
    for (size_t i = 0; i < count; i++)
        size += sizeof(struct logged) + changes[i]->kv.key.size + changes[i]->kv.value.size;
    char *bytes = (char *)malloc(size), *at = bytes + sizeof(struct record);
    if (!bytes)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct keelson_kv *kv = &changes[i]->kv;
        const struct logged l = {(uint32_t)kv->key.size,
                                 (uint32_t)kv->value.size,
                                 kv->create_revision,
                                 kv->mod_revision,
                                 kv->version,
                                 changes[i]->expires_s};
        memcpy(at, &l, sizeof(l));
        memcpy(at + sizeof(l), kv->key.data, kv->key.size + kv->value.size); /* they stand side by side */
        at += sizeof(l) + kv->key.size + kv->value.size;
    }
    const uint32_t body = (uint32_t)(size - sizeof(struct record));
    const struct record head = {body, checksum_of(bytes + sizeof(struct record), body)};
    memcpy(bytes, &head, sizeof(head));
    const int result = write_all(fd, bytes, size, *end);
    *end += result == 0 ? (off_t)size : 0;
    free(bytes);
    return result;
}

/* Says up to where history is gone, and the newest revision, whose change may be gone, too. */
static int mark_write(const struct store *s, int fd, int64_t compacted, off_t *end)
{
    const struct logged l = {0, 0, compacted, s->revision, 0, 0};
    struct change *mark = change_new(&l, NULL, NULL);
    const int result = mark ? record_write(fd, &mark, 1, end) : -1;
    free(mark);
    return result;
}

/* All there is, into a file of its own. */
static int dump(const struct store *s, int fd, off_t *end)
{
    *end = 0;
    for (size_t i = 0; i < s->count; i++)
        if (record_write(fd, &s->by_revision[i], 1, end) < 0)
            return -1;
    return mark_write(s, fd, s->compacted, end) < 0 || fsync(fd) < 0 ? -1 : 0;
}

static int replay_body(struct store *s, const char *body, size_t size)
{
    while (size > 0) {
        struct logged l;
        if (size < sizeof(l))
            return -1;
        memcpy(&l, body, sizeof(l));
        const size_t whole = sizeof(l) + (size_t)l.key_size + l.value_size;
        if (size < whole)
            return -1;
        if (l.key_size == 0) {
            s->revision = l.mod_revision > s->revision ? l.mod_revision : s->revision;
            forget(s, l.create_revision);
        } else {
            struct change *c = change_new(&l, body + sizeof(l), body + sizeof(l) + l.key_size);
            if (!c || make_room(s, 1) < 0) {
                free(c);
                return -1;
            }
            add_change(s, c);
        }
        body += whole;
        size -= whole;
    }
    return 0;
}

/* Up to the first record that is not whole: *end. */
static void replay(struct store *s, int fd, off_t *end)
{
    struct record head;
    for (*end = 0; pread(fd, &head, sizeof(head), *end) == (ssize_t)sizeof(head);) {
        if (head.size == 0 || head.size > RECORD_BYTES_MAX)
            return;
        char *body = (char *)malloc(head.size);
        const int whole =
            body && pread(fd, body, head.size, *end + (off_t)sizeof(head)) == (ssize_t)head.size &&
            checksum_of(body, head.size) == head.checksum && replay_body(s, body, head.size) == 0;
        free(body);
        if (!whole)
            return;
        *end += (off_t)(sizeof(head) + head.size);
    }
}

/* Reads the log, and puts a new one in its place that holds what is left of it. */
static enum keelson_status load(struct store *s, const struct keelson_call *call)
{
    char fresh[PATH_MAX + 8];
    struct stat st;
    snprintf(fresh, sizeof(fresh), "%s.new", s->path);
    s->fd = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const int old = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->fd < 0 || old < 0 || fstat(old, &st) < 0)
        return host->fail(call, KEELSON_FAILED, "%s: %s", s->path, strerror(errno));
    replay(s, old, &s->end);
    if (s->end < st.st_size)
        host->log(call, KEELSON_LOG_WARNING, "%s: cut off at byte %lld of %lld, behind revision %lld",
                  s->path, (long long)s->end, (long long)st.st_size, (long long)s->revision);
    close(old);
    if (dump(s, s->fd, &s->end) < 0 || rename(fresh, s->path) < 0)
        return host->fail(call, KEELSON_FAILED, "%s: %s", fresh, strerror(errno));
    *strrchr(fresh, '/') = '\0';
    const int folder = open(fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int kept = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0)
        close(folder);
    return kept ? KEELSON_OK : host->fail(call, KEELSON_FAILED, "%s: %s", fresh, strerror(errno));
}

/* ---- Watches. Under the lock. ---- */

static int is_in(struct keelson_bytes key, struct keelson_bytes from, struct keelson_bytes to)
{
    const int order = compare_bytes(key, from);
    return to.size == 0 ? order == 0 : order >= 0 && compare_bytes(key, to) < 0;
}

static struct keelson_kv kv_of(const struct change *c)
{
    struct keelson_kv kv = c->kv;
    const int64_t left = c->expires_s - now_s();
    kv.lease_ttl_s = c->expires_s == 0 ? 0 : left > 0 ? left : 1;
    return kv;
}

/* All that a watcher has not seen, in one batch; and how far that goes. */
static void tell(const struct store *s, struct watcher *w)
{
    size_t first = s->count, count = 0;
    while (first > 0 && s->by_revision[first - 1]->kv.mod_revision > w->seen)
        first--;
    struct keelson_kv *events = (struct keelson_kv *)calloc(s->count - first + 1, sizeof(*events));
    for (size_t i = first; events && i < s->count; i++)
        if (is_in(s->by_revision[i]->kv.key, w->watch->from, w->watch->to))
            events[count++] = kv_of(s->by_revision[i]);
    if (!events || w->sink->events(w->sink, events, sizeof(*events), (uint32_t)count, s->revision) != 0) {
        w->ended = 1;
        eventfd_write(w->ended_fd, 1);
    }
    if (w->seen < s->revision)
        w->seen = s->revision;
    free(events);
}

/* ---- Writing. Under the lock. ---- */

static void drop(struct change *const *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(changes[i]);
}

/* The one place where something changes: log, memory, watches. Takes the changes over. */
static enum keelson_status commit(struct store *s, const struct keelson_call *call,
                                  struct change *const *changes, size_t count, int relaxed)
{
    enum keelson_status status = KEELSON_OK;
    if (s->broken)
        status = host->fail(call, KEELSON_UNAVAILABLE, "%s could not be written; open it anew", s->path);
    else if (make_room(s, count) < 0)
        status = host->fail(call, KEELSON_EXHAUSTED, "no memory");
    else if (record_write(s->fd, changes, count, &s->end) < 0) {
        const int error = errno; /* nothing counts that lies behind the end */
        s->broken = ftruncate(s->fd, s->end) < 0;
        status = host->fail(call, error == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_FAILED, "%s: %s", s->path,
                            strerror(error));
    } else if (!relaxed && fdatasync(s->fd) < 0) {
        s->broken = 1; /* nobody knows whether it is there */
        status = host->fail(call, KEELSON_UNAVAILABLE, "%s: %s", s->path, strerror(errno));
    }
    if (status != KEELSON_OK) {
        drop(changes, count);
        return status;
    }
    for (size_t i = 0; i < count; i++)
        add_change(s, changes[i]);
    for (struct watcher *w = s->watchers; w; w = w->next)
        if (!w->ended)
            tell(s, w);
    return KEELSON_OK;
}

static struct change *deletion_of(const struct store *s, struct keelson_bytes key)
{
    const struct logged l = {(uint32_t)key.size, 0, 0, s->revision + 1, 0, 0};
    return change_new(&l, key.data, NULL);
}

/* Keys whose time is over go in transactions of the store's own. Called before anything is looked at, and by
 * watches every second, so that it needs no thread. */
static void expire(struct store *s, const struct keelson_call *call)
{
    const int64_t now = now_s();
    while (s->next_expiry_s <= now && !s->broken) {
        struct change *gone[OPS_MAX];
        size_t count = 0;
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < s->count; i++) {
            const struct change *c = s->by_key[i];
            if (c->expires_s == 0 || as_of(s, c->kv.key, s->revision) != c)
                continue;
            if (c->expires_s > now || count == OPS_MAX)
                next = c->expires_s < next ? c->expires_s : next;
            else if ((gone[count] = deletion_of(s, c->kv.key)) != NULL)
                count++;
        }
        if (count > 0 && commit(s, call, gone, count, 0) != KEELSON_OK)
            return; /* tried again by the next call */
        s->next_expiry_s = next;
    }
}

static struct keelson_bytes op_key(const struct keelson_txn *txn, uint32_t i)
{
    return KEELSON_AT(txn->ops, txn->op_size, i)->key;
}

static const char *fault_of(const struct keelson_txn *txn)
{
    size_t size = 0;
    if (txn->ops_count > OPS_MAX || txn->compares_count > OPS_MAX)
        return "too many operations or compares";
    for (uint32_t i = 0; i < txn->ops_count; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        size += op->key.size + op->value.size;
        if (op->key.size == 0 || (op->type != KEELSON_OP_PUT && op->type != KEELSON_OP_DELETE))
            return "an operation without a key, or of an unknown type";
        for (uint32_t j = 0; j < i; j++)
            if (compare_bytes(op->key, op_key(txn, j)) == 0)
                return "two operations on one key";
    }
    return size > RECORD_BYTES_MAX / 2 ? "too many bytes" : NULL;
}

static int compares_hold(const struct store *s, const struct keelson_txn *txn)
{
    for (uint32_t i = 0; i < txn->compares_count; i++) {
        const struct keelson_compare *compare = KEELSON_AT(txn->compares, txn->compare_size, i);
        const struct change *c = as_of(s, compare->key, s->revision);
        if ((c ? c->kv.mod_revision : 0) != compare->mod_revision)
            return 0;
    }
    return 1;
}

/* What a transaction changes. A delete of what is absent changes nothing. */
static size_t changes_of(const struct store *s, const struct keelson_txn *txn, struct change **ret)
{
    size_t count = 0;
    for (uint32_t i = 0; i < txn->ops_count; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        const struct change *old = as_of(s, op->key, s->revision);
        const int64_t revision = s->revision + 1;
        const struct logged l = {(uint32_t)op->key.size,
                                 (uint32_t)op->value.size,
                                 old ? old->kv.create_revision : revision,
                                 revision,
                                 old ? old->kv.version + 1 : 1,
                                 op->ttl_s > 0 ? now_s() + op->ttl_s : 0};
        if (op->type == KEELSON_OP_PUT)
            ret[count++] = change_new(&l, op->key.data, op->value.data);
        else if (old)
            ret[count++] = deletion_of(s, op->key);
    }
    return count;
}

static enum keelson_status write_txn(struct store *s, const struct keelson_call *call,
                                     const struct keelson_txn *txn, struct keelson_txn_result *ret)
{
    struct change *changes[OPS_MAX];
    enum keelson_status status = KEELSON_OK;
    expire(s, call);
    const int succeeded = compares_hold(s, txn);
    const size_t count = succeeded ? changes_of(s, txn, changes) : 0;
    for (size_t i = 0; i < count; i++)
        if (!changes[i]) {
            drop(changes, count);
            return host->fail(call, KEELSON_EXHAUSTED, "no memory");
        }
    if (count > 0)
        status = commit(s, call, changes, count, (txn->flags & KEELSON_TXN_RELAXED) != 0);
    if (status == KEELSON_OK) {
        ret->succeeded = (uint32_t)succeeded;
        ret->revision = s->revision;
    }
    return status;
}

/* ---- keelson.store/1 ---- */

/* A call that has no time left does nothing. */
static enum keelson_status check_time(const struct keelson_call *call)
{
    return host->cancelled(call) ? host->fail(call, KEELSON_CANCELLED, "no time was left") : KEELSON_OK;
}

static enum keelson_status acme_txn(void *instance, const struct keelson_call *call,
                                    const struct keelson_txn *txn, struct keelson_txn_result *ret)
{
    struct store *s = (struct store *)instance;
    const char *fault = fault_of(txn);
    enum keelson_status status = fault ? host->fail(call, KEELSON_INVALID, "%s", fault) : check_time(call);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&s->lock);
    status = write_txn(s, call, txn, ret);
    pthread_mutex_unlock(&s->lock);
    return status;
}

/* Each key's newest version at the revision. */
static void read_range(const struct store *s, const struct keelson_range *range, int64_t revision,
                       const struct keelson_kv_sink *sink, struct keelson_range_result *ret)
{
    int wanted = !(range->flags & KEELSON_RANGE_COUNT_ONLY);
    for (size_t i = place_of(s, range->from, 0); i < s->count; i++) {
        const struct keelson_kv *next = i + 1 < s->count ? &s->by_key[i + 1]->kv : NULL;
        struct keelson_kv kv = kv_of(s->by_key[i]);
        if (!is_in(kv.key, range->from, range->to))
            break;
        if (kv.version == 0 || kv.mod_revision > revision ||
            (next && next->mod_revision <= revision && compare_bytes(next->key, kv.key) == 0))
            continue;
        ret->count++;
        ret->more =
            range->limit > 0 && ret->count > range->limit && !(range->flags & KEELSON_RANGE_COUNT_ONLY);
        if (range->flags & KEELSON_RANGE_KEYS_ONLY)
            kv.value.size = 0;
        if (wanted && !ret->more)
            wanted = sink->put(sink, &kv) == 0;
    }
    ret->revision = revision;
}

static enum keelson_status acme_range(void *instance, const struct keelson_call *call,
                                      const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                      struct keelson_range_result *ret)
{
    struct store *s = (struct store *)instance;
    enum keelson_status status = check_time(call);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&s->lock);
    expire(s, call);
    if (range->revision > s->revision)
        status =
            host->fail(call, KEELSON_INVALID, "revision %lld is still to come", (long long)range->revision);
    else if (range->revision && range->revision < s->compacted)
        status =
            host->fail(call, KEELSON_COMPACTED, "revision %lld is forgotten", (long long)range->revision);
    else
        read_range(s, range, range->revision ? range->revision : s->revision, sink, ret);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void leave(struct store *s, const struct watcher *w)
{
    struct watcher **place = &s->watchers;
    while (*place != w)
        place = &(*place)->next;
    *place = w->next;
}

/* Sleeps until the sink has enough or the call is cancelled. */
static enum keelson_status follow(struct store *s, const struct keelson_call *call, const struct watcher *w)
{
    struct pollfd fds[] = {{call->cancel_fd, POLLIN, 0}, {w->ended_fd, POLLIN, 0}};
    while (poll(fds, 2, 1000) <= 0) {
        pthread_mutex_lock(&s->lock);
        expire(s, call);
        pthread_mutex_unlock(&s->lock);
    }
    return fds[1].revents ? KEELSON_OK : host->fail(call, KEELSON_CANCELLED, "the watch was cancelled");
}

static enum keelson_status acme_watch(void *instance, const struct keelson_call *call,
                                      const struct keelson_watch *watch,
                                      const struct keelson_event_sink *sink)
{
    struct store *s = (struct store *)instance;
    struct watcher w = {NULL, watch, sink, watch->from_revision, 0, eventfd(0, EFD_CLOEXEC)};
    if (w.ended_fd < 0)
        return host->fail(call, KEELSON_EXHAUSTED, "eventfd: %s", strerror(errno));
    pthread_mutex_lock(&s->lock);
    const int forgotten = watch->from_revision < s->compacted;
    if (!forgotten) {
        w.next = s->watchers;
        s->watchers = &w;
        tell(s, &w);
    }
    pthread_mutex_unlock(&s->lock);
    enum keelson_status status = forgotten ? host->fail(call, KEELSON_COMPACTED, "revision %lld is forgotten",
                                                        (long long)watch->from_revision)
                                           : follow(s, call, &w);
    pthread_mutex_lock(&s->lock);
    if (!forgotten)
        leave(s, &w);
    pthread_mutex_unlock(&s->lock);
    close(w.ended_fd);
    return status;
}

static enum keelson_status acme_compact(void *instance, const struct keelson_call *call, int64_t revision)
{
    struct store *s = (struct store *)instance;
    enum keelson_status status = KEELSON_OK;
    pthread_mutex_lock(&s->lock);
    if (revision > s->revision)
        status = host->fail(call, KEELSON_INVALID, "revision %lld is still to come", (long long)revision);
    else if (revision > s->compacted && mark_write(s, s->fd, revision, &s->end) < 0)
        status = host->fail(call, KEELSON_FAILED, "%s: %s", s->path, strerror(errno));
    else if (revision > s->compacted)
        forget(s, revision);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static enum keelson_status acme_status(void *instance, const struct keelson_call *call,
                                       struct keelson_store_status *ret)
{
    struct store *s = (struct store *)instance;
    pthread_mutex_lock(&s->lock);
    expire(s, call);
    ret->flags = KEELSON_STORE_EXCLUSIVE;
    ret->revision = s->revision;
    ret->compact_revision = s->compacted;
    ret->size_bytes = s->end;
    for (size_t i = 0; i < s->count; i++)
        ret->size_used_bytes +=
            (int64_t)(sizeof(struct logged) + s->by_key[i]->kv.key.size + s->by_key[i]->kv.value.size);
    snprintf(ret->version, sizeof(ret->version), "acme 1");
    pthread_mutex_unlock(&s->lock);
    return KEELSON_OK;
}

static enum keelson_status acme_snapshot(void *instance, const struct keelson_call *call, const char *path)
{
    struct store *s = (struct store *)instance;
    off_t end;
    const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return host->fail(call, errno == EEXIST ? KEELSON_ALREADY_EXISTS : KEELSON_FAILED, "%s: %s", path,
                          strerror(errno));
    pthread_mutex_lock(&s->lock);
    const int whole = dump(s, fd, &end) == 0;
    const int error = errno;
    pthread_mutex_unlock(&s->lock);
    close(fd);
    if (whole)
        return KEELSON_OK;
    unlink(path);
    return host->fail(call, error == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_FAILED, "%s: %s", path,
                      strerror(error));
}

/* ---- The plugin. ---- */

static void acme_close(void *instance)
{
    struct store *s = (struct store *)instance;
    drop(s->by_revision, s->count);
    free(s->by_key);
    free(s->by_revision);
    if (s->fd >= 0)
        close(s->fd);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static enum keelson_status path_read(const struct keelson_call *call, const struct keelson_instance *instance,
                                     struct store *s)
{
    static const char *const known[] = {"file", NULL};
    const char *file = NULL;
    enum keelson_status status = host->config_refuse_unknown(call, instance->config, known);
    if (status == KEELSON_OK)
        status = host->config_string(call, instance->config, "file", &file);
    if (status == KEELSON_OK && (file[0] != '/' || strlen(file) >= PATH_MAX))
        return host->fail(call, KEELSON_INVALID, "%s: file \"%s\" is not an absolute path",
                          host->config_where(instance->config, "file"), file);
    if (file)
        snprintf(s->path, sizeof(s->path), "%s", file);
    else
        snprintf(s->path, sizeof(s->path), "%s/store.log", instance->state_dir);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

/* One opener at a time: that is what KEELSON_STORE_EXCLUSIVE promises. A process that was killed may hold the
 * file for a moment more. */
static enum keelson_status lock_file(struct store *s, const struct keelson_call *call)
{
    char path[PATH_MAX + 8];
    struct pollfd cancelled = {call->cancel_fd, POLLIN, 0};
    snprintf(path, sizeof(path), "%s.lock", s->path);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return host->fail(call, KEELSON_FAILED, "%s: %s", path, strerror(errno));
    for (int tries = 0; flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0; tries++)
        if (tries == 100 || poll(&cancelled, 1, 50) > 0)
            return host->fail(call, KEELSON_CONFLICT, "%s is in use by another process", s->path);
    return KEELSON_OK;
}

static enum keelson_status acme_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                     void **ret)
{
    struct store *s = (struct store *)calloc(1, sizeof(*s));
    if (!s)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    pthread_mutex_init(&s->lock, NULL);
    s->fd = s->lock_fd = -1;
    s->revision = 1;
    s->next_expiry_s = INT64_MAX;
    enum keelson_status status = path_read(call, instance, s);
    if (status == KEELSON_OK)
        status = lock_file(s, call);
    if (status == KEELSON_OK)
        status = load(s, call);
    if (status == KEELSON_OK)
        *ret = s;
    else
        acme_close(s);
    return status;
}

/* txn_begin, which came with 1.1, is left out: the host waits in a thread for each transaction then. */
static const void *acme_interface(void *instance, const char *name)
{
    static const struct keelson_store_v1 store = {
        .size = sizeof(store),
        .range = acme_range,
        .txn = acme_txn,
        .watch = acme_watch,
        .compact = acme_compact,
        .status = acme_status,
        .snapshot = acme_snapshot,
    };
    return strcmp(name, KEELSON_STORE_1) == 0 ? &store : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {
        .size = sizeof(plugin),
        .threading = KEELSON_THREADS_PARALLEL,
        .description = "a store in memory with a log",
        .open = acme_open,
        .close = acme_close,
        .interface = acme_interface,
    };
    host = given;
    return &plugin;
}
