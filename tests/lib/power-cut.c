/* SPDX-License-Identifier: Apache-2.0 */
/*
 * power-cut [-n CUTS] [-s SEED] [-d DIR] PLUGIN.so
 *
 * Cuts the power of a store that works, again and again, and holds what is left to <keelson/store.h>: each
 * state is the one at some revision, whole, with everything in it that was acknowledged and is not relaxed;
 * revisions that anyone heard of do not come again; history and watches go on from there; a snapshot that was
 * made is whole.
 *
 * A round records what the store does with its disk (power-disk.h) while threads write, compact and copy it;
 * then the power is cut at many moments of that recording, and each time a store is opened on what is left.
 * The next round begins with such a rest, so that recoveries are cut too. Closes with `N passed, N failed`.
 */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/power-disk.h"
#include "tests/lib/power-history.h"
#include "tests/lib/store-watcher.h"

#define CUTS            400
#define CUTS_A_ROUND    20
#define ROUNDS_A_CHAIN  4
#define THREADS         4
#define KEYS_A_THREAD   (HISTORY_KEYS / THREADS)
#define VALUE_BYTES_MAX 20000
#define WRITES_MAX      60 /* of a thread in a round */
#define HISTORY_KEPT    40
#define SNAPSHOTS_MAX   4
#define OPENING         50 /* operations: opening, or making the database */

struct snapshot {
    char name[32];
    int64_t from, to; /* revisions between which it was made */
    size_t at;
};
struct power {
    const char *file;
    char dir[256], disk_dir[300], cut_dir[300]; /* of all; what is recorded; what a cut left */
    struct fixture_settings settings;
    uint64_t seed, random;
    int round, cut; /* for complaints */
    unsigned boot;

    struct fixture_store store;
    pthread_mutex_t lock; /* protects what follows */
    struct history history;
    int64_t compacted; /* asked for, or left by the rounds before */
    struct snapshot snapshots[SNAPSHOTS_MAX];
    int snapshot_count;
    _Atomic int64_t seen;
    atomic_int writing; /* threads */
    int cancel_fd;
};
struct writing {
    struct power *power;
    pthread_t thread;
    int number;
    uint64_t random;
    bool exists[KEYS_A_THREAD];
};
static _Atomic int64_t next_number = 1;

static void fail(const struct power *power, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), noreturn));
static void fail(const struct power *power, const char *fmt, ...)
{
    va_list args;
    printf("# seed %llu, round %d, cut %d, folder %s: ", (unsigned long long)power->seed, power->round,
           power->cut, power->dir);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("; last failure: %s\n%d passed, 1 failed\n", fixture_error(), power->cut);
    exit(1);
}

static void folder_empty(const char *dir)
{
    fixture_remove(dir);
    if (mkdir(dir, 0700) < 0)
        abort();
}

/* The work that is recorded */

static int watch_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                        uint32_t event_size, uint32_t count, int64_t progress)
{
    struct power *power = sink->context;
    size_t now = power_disk_now();
    pthread_mutex_lock(&power->lock);
    for (uint32_t i = 0; i < count; i++)
        history_event_add(&power->history, KEELSON_AT(events, event_size, i), now);
    pthread_mutex_unlock(&power->lock);
    atomic_store(&power->seen, progress);
    return 0;
}

static void *watch_main(void *argument)
{
    struct power *power = argument;
    const struct keelson_event_sink sink = {.size = sizeof(sink), .events = watch_events, .context = power};
    struct keelson_call call = fixture_call(0);
    call.cancel_fd = power->cancel_fd;
    const struct keelson_watch watch = {.size = sizeof(watch),
                                        .from = text(HISTORY_PREFIX),
                                        .to = text(HISTORY_END),
                                        .from_revision = history_newest(&power->history)};
    enum keelson_status status = power->store.store->watch(power->store.instance, &call, &watch, &sink);
    if (status != KEELSON_CANCELLED)
        fail(power, "the watch ended with status %d", (int)status);
    return NULL;
}

static struct keelson_op op_make(struct writing *writing, int key, char *name, char *value)
{
    struct keelson_op op = {.type = KEELSON_OP_PUT};
    size_t longest = fixture_random(&writing->random) % 10 == 0 ? VALUE_BYTES_MAX : 1500;
    snprintf(name, 32, HISTORY_PREFIX "%d", writing->number * KEYS_A_THREAD + key);
    op.key = text(name);
    if (writing->exists[key] && fixture_random(&writing->random) % 4 == 0) {
        op.type = KEELSON_OP_DELETE;
    } else {
        size_t size = (size_t)snprintf(value, 32, "n:%lld:", (long long)atomic_fetch_add(&next_number, 1));
        op.value = (struct keelson_bytes){value, size + fixture_random(&writing->random) % longest};
    }
    writing->exists[key] = op.type == KEELSON_OP_PUT;
    return op;
}

static void write_once(struct writing *writing, char values[2][VALUE_BYTES_MAX + 32])
{
    struct power *power = writing->power;
    char names[2][32];
    struct keelson_op ops[2];
    int first = (int)(fixture_random(&writing->random) % KEYS_A_THREAD);
    uint32_t count = 1 + (fixture_random(&writing->random) % 3 == 0);
    for (uint32_t i = 0; i < count; i++)
        ops[i] = op_make(writing, (first + (int)i) % KEYS_A_THREAD, names[i], values[i]);
    bool relaxed = fixture_random(&writing->random) % 3 == 0;
    const struct keelson_txn txn = {.size = sizeof(txn),
                                    .flags = relaxed ? KEELSON_TXN_RELAXED : 0,
                                    .ops = ops,
                                    .op_size = sizeof(*ops),
                                    .ops_count = count};
    struct keelson_txn_result result = {.size = sizeof(result)};
    struct keelson_call call = fixture_call(30000);
    enum keelson_status status = power->store.store->txn(power->store.instance, &call, &txn, &result);
    if (status != KEELSON_OK)
        fail(power, "a write failed with status %d", (int)status);
    size_t now = power_disk_now();
    pthread_mutex_lock(&power->lock);
    history_answer_add(&power->history, result.revision, relaxed, now);
    pthread_mutex_unlock(&power->lock);
}

static void *write_main(void *argument)
{
    struct writing *writing = argument;
    static _Thread_local char values[2][VALUE_BYTES_MAX + 32];
    memset(values, 'x', sizeof(values));
    uint64_t writes = fixture_random(&writing->random) % WRITES_MAX;
    for (uint64_t i = 0; i < writes; i++)
        write_once(writing, values);
    atomic_fetch_sub(&writing->power->writing, 1);
    return NULL;
}

static void snapshot_make(struct power *power)
{
    struct keelson_call call = fixture_call(30000);
    struct snapshot *snapshot = &power->snapshots[power->snapshot_count];
    char path[400];
    snprintf(snapshot->name, sizeof(snapshot->name), "snapshot-%d-%d.db", power->round,
             power->snapshot_count);
    snprintf(path, sizeof(path), "%s/%s", power->disk_dir, snapshot->name);
    snapshot->from = fixture_revision(&power->store);
    enum keelson_status status = power->store.store->snapshot(power->store.instance, &call, path);
    if (status != KEELSON_OK)
        fail(power, "a snapshot failed with status %d", (int)status);
    snapshot->to = fixture_revision(&power->store);
    snapshot->at = power_disk_now();
    power->snapshot_count++;
}

/* Compacts while the others write, and makes a copy now and then. */
static void keep_busy(struct power *power)
{
    while (atomic_load(&power->writing) > 0) {
        struct keelson_call call = fixture_call(30000);
        int64_t revision = atomic_load(&power->seen) - HISTORY_KEPT;
        fixture_sleep_ms(2);
        if (revision > power->compacted) {
            enum keelson_status status = power->store.store->compact(power->store.instance, &call, revision);
            if (status != KEELSON_OK)
                fail(power, "a compaction failed with status %d", (int)status);
            power->compacted = revision;
        }
        if (power->snapshot_count < SNAPSHOTS_MAX && fixture_random(&power->random) % 10 == 0)
            snapshot_make(power);
    }
}

static void record_opened(struct power *power)
{
    struct writing writing[THREADS];
    pthread_t watch;
    struct history_state state = history_at(&power->history, INT64_MAX);
    history_answer_add(&power->history, fixture_revision(&power->store), true, power_disk_now());
    power->cancel_fd = eventfd(0, EFD_CLOEXEC);
    pthread_create(&watch, NULL, watch_main, power);
    atomic_store(&power->writing, THREADS);
    for (int i = 0; i < THREADS; i++) {
        writing[i] = (struct writing){.power = power, .number = i, .random = fixture_random(&power->random)};
        for (int key = 0; key < KEYS_A_THREAD; key++)
            writing[i].exists[key] = state.keys[i * KEYS_A_THREAD + key].version > 0;
        pthread_create(&writing[i].thread, NULL, write_main, &writing[i]);
    }
    keep_busy(power);
    for (int i = 0; i < THREADS; i++)
        pthread_join(writing[i].thread, NULL);
    eventfd_write(power->cancel_fd, 1);
    pthread_join(watch, NULL);
    close(power->cancel_fd);
}

static void record(struct power *power)
{
    power->snapshot_count = 0;
    power_disk_record(power->disk_dir);
    enum keelson_status status = fixture_open(&power->store, power->file, power->disk_dir, &power->settings);
    if (status != KEELSON_OK)
        fail(power, "opening ended with status %d", (int)status);
    record_opened(power);
    fixture_close(&power->store);
    power_disk_stop();
}

/* What a cut left */

static struct history_state state_read(struct power *power, struct fixture_store *store, int64_t revision)
{
    struct fixture_list list = {0};
    enum keelson_status status =
        fixture_range(store, text(HISTORY_PREFIX), text(HISTORY_END), revision, 0, 0, &list);
    if (status != KEELSON_OK)
        fail(power, "reading as of revision %lld ended with status %d", (long long)revision, (int)status);
    struct history_state state = history_state_of(&list);
    fixture_list_done(&list);
    return state;
}

/* The revision whose state it is; of several the oldest from `from` on. */
static int64_t state_find(struct power *power, const struct history_state *state, int64_t from)
{
    struct history_state expected = history_at(&power->history, from);
    if (history_state_equal(state, &expected))
        return from;
    for (size_t i = 0; i < power->history.count; i++) {
        const struct history_event *event = &power->history.events[i];
        if (event->revision <= from)
            continue;
        expected.keys[event->key] = *event;
        bool whole = i + 1 == power->history.count || event[1].revision != event->revision;
        if (whole && history_state_equal(state, &expected))
            return event->revision;
    }
    fail(power, "the state is none there was from revision %lld on", (long long)from);
}

static bool events_equal(const struct watched_event *watched, const struct history_event *event)
{
    return watched->mod_revision == event->revision && watched->version == event->version &&
           (event->version == 0 ||
            fixture_value_number(watched->value, watched->value_size) == event->number);
}

/* A watch brings the history, to this revision at least. Returns how far: changes that undo each other leave
 * the same state, so that only the watch tells whether they are there. */
static int64_t watch_check(struct power *power, struct fixture_store *store, int64_t from, int64_t to)
{
    struct watcher watcher;
    const struct history *history = &power->history;
    int64_t newest = fixture_revision(store);
    size_t at = 0, count = 0;
    watcher_start(&watcher, store, text(HISTORY_PREFIX), text(HISTORY_END), from);
    if (!watcher_wait_progress(&watcher, newest))
        fail(power, "a watch from %lld does not come to %lld", (long long)from, (long long)newest);
    while (at < history->count && history->events[at].revision <= from)
        at++;
    for (; count < watcher.count; count++) {
        if (at + count == history->count ||
            !events_equal(&watcher.events[count], &history->events[at + count]))
            fail(power, "a watch from %lld brings revision %lld, which is not the next", (long long)from,
                 (long long)watcher.events[count].mod_revision);
    }
    int64_t reached = count > 0 ? watcher.events[count - 1].mod_revision : to;
    bool whole = at + count == history->count || history->events[at + count].revision > to;
    if (!whole || watcher.fault[0])
        fail(power, "a watch from %lld ends at %lld, not %lld: %s", (long long)from, (long long)reached,
             (long long)to, watcher.fault);
    watcher_stop(&watcher);
    watcher_done(&watcher);
    return reached;
}

static int64_t between(struct power *power, int64_t from, int64_t to)
{
    return from >= to ? to : from + (int64_t)(fixture_random(&power->random) % (uint64_t)(to - from + 1));
}

/* Returns up to where the history is there. */
static int64_t past_check(struct power *power, struct fixture_store *store, int64_t revision)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = {.size = sizeof(status)};
    if (store->store->status(store->instance, &call, &status) != KEELSON_OK)
        fail(power, "no status");
    if (status.compact_revision > power->compacted)
        fail(power, "compacted to %lld, which nobody asked for", (long long)status.compact_revision);
    int64_t oldest = status.compact_revision > 0 ? status.compact_revision : 1;
    int64_t past = between(power, oldest, revision);
    struct history_state found = state_read(power, store, past), expected = history_at(&power->history, past);
    if (!history_state_equal(&found, &expected))
        fail(power, "the state as of revision %lld is another", (long long)past);
    return watch_check(power, store, between(power, oldest, revision), revision);
}

/* It goes on, twice: what is written now is there when it is opened again. */
static void goes_on(struct power *power, const char *dir, int64_t known, const struct history_state *expected)
{
    struct fixture_store store;
    for (int time = 0; time < 2; time++) {
        if (fixture_open(&store, power->file, dir, &power->settings) != KEELSON_OK)
            fail(power, "it does not open again");
        int64_t newest = fixture_revision(&store);
        int64_t revision = fixture_put_text(&store, "/other", "v");
        struct history_state found = state_read(power, &store, 0);
        if (newest < known || revision <= known || !history_state_equal(&found, expected))
            fail(power, "opened again: revision %lld, then %lld; known was %lld", (long long)newest,
                 (long long)revision, (long long)known);
        known = revision;
        fixture_close(&store);
    }
}

static int64_t rest_check(struct power *power, const struct power_cut *cut)
{
    struct fixture_store store;
    bool kill = cut->kept_percent == 100;
    int64_t known = history_known(&power->history, cut->at);
    enum keelson_status status = fixture_open(&store, power->file, power->cut_dir, &power->settings);
    if (status != KEELSON_OK)
        fail(power, "it does not open: status %d", (int)status);
    int64_t newest = fixture_revision(&store);
    if (newest < known)
        fail(power, "revision %lld, but %lld was seen", (long long)newest, (long long)known);
    struct history_state state = state_read(power, &store, 0);
    int64_t revision = state_find(power, &state, history_durable(&power->history, cut->at, kill));
    revision = past_check(power, &store, revision);
    struct history_state expected = history_at(&power->history, revision);
    if (!history_state_equal(&state, &expected))
        fail(power, "the watch brings the history to %lld, but the state is another", (long long)revision);
    fixture_close(&store);
    goes_on(power, power->cut_dir, newest, &state);
    return revision;
}

static void snapshot_check(struct power *power, const struct snapshot *snapshot)
{
    char from[400], dir[300], to[400];
    struct fixture_store store;
    snprintf(dir, sizeof(dir), "%s/copy", power->dir);
    folder_empty(dir);
    snprintf(from, sizeof(from), "%s/%s", power->cut_dir, snapshot->name);
    snprintf(to, sizeof(to), "%s/state.db", dir);
    if (rename(from, to) < 0)
        fail(power, "%s: %s", from, strerror(errno));
    if (fixture_open(&store, power->file, dir, &power->settings) != KEELSON_OK)
        fail(power, "%s does not open", snapshot->name);
    struct history_state state = state_read(power, &store, 0);
    int64_t revision = state_find(power, &state, snapshot->from);
    if (revision > snapshot->to)
        fail(power, "%s has revision %lld; it was made until %lld", snapshot->name, (long long)revision,
             (long long)snapshot->to);
    fixture_close(&store);
}

static struct power_cut cut_choose(struct power *power)
{
    static const unsigned percents[] = {0, 10, 50, 90, 100, 99};
    size_t count = power_disk_now();
    size_t moments = fixture_random(&power->random) % 4 == 0 && count > OPENING ? OPENING : count + 1;
    struct power_cut cut = {
        .at = (size_t)(fixture_random(&power->random) % moments),
        .random = fixture_random(&power->random),
        .sector_bytes = fixture_random(&power->random) % 2 ? 512 : 4096,
        .kept_percent = percents[fixture_random(&power->random) % 6],
        .entries_in_order = fixture_random(&power->random) % 2,
        .rubbish = fixture_random(&power->random) % 2,
    };
    return cut;
}

static void cut_once(struct power *power, struct power_cut *cut)
{
    struct power_cut again = *cut;
    if (cut->kept_percent < 100)
        power_disk_boot(++power->boot);
    folder_empty(power->cut_dir);
    power_disk_image(cut, power->cut_dir);
    for (int i = 0; i < power->snapshot_count; i++) {
        if (power->snapshots[i].at <= cut->at)
            snapshot_check(power, &power->snapshots[i]);
    }
    int64_t revision = rest_check(power, cut);
    power->cut++;
    if (power->cut % CUTS_A_ROUND > 0)
        return;
    folder_empty(power->disk_dir); /* the next round goes on with this one */
    power_disk_image(&again, power->disk_dir);
    history_cut(&power->history, revision, cut->at);
    atomic_store(&power->seen, revision);
}

static void chain_begin(struct power *power)
{
    history_done(&power->history);
    power->compacted = 0;
    atomic_store(&power->seen, 0);
    folder_empty(power->disk_dir);
}

static void rounds_run(struct power *power, int cuts)
{
    long operations = 0, events = 0;
    for (; power->cut < cuts; power->round++) {
        if (power->round % ROUNDS_A_CHAIN == 0)
            chain_begin(power);
        record(power);
        operations += (long)power_disk_now();
        events += (long)power->history.count;
        do {
            struct power_cut cut = cut_choose(power);
            cut_once(power, &cut);
        } while (power->cut % CUTS_A_ROUND > 0);
    }
    printf("# %d cuts in %d rounds, %ld operations, %ld events\n%d passed, 0 failed\n", power->cut,
           power->round, operations, events, power->cut);
}

int main(int argc, char **argv)
{
    static struct power power = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .boot = 1, .settings = {{"wal_bytes=65536"}, 1}};
    const char *dir = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    int option, cuts = CUTS;
    power.seed = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
    while ((option = getopt(argc, argv, "n:s:d:v")) != -1) {
        if (option == 'n')
            cuts = (int)strtol(optarg, NULL, 10);
        else if (option == 's')
            power.seed = strtoull(optarg, NULL, 10);
        else if (option == 'd')
            dir = optarg;
        else if (option == 'v')
            fixture_verbose = true;
    }
    if (optind >= argc) {
        fprintf(stderr, "usage: power-cut [-n CUTS] [-s SEED] [-d DIR] [-v] PLUGIN.so\n");
        return 2;
    }
    power.file = argv[optind];
    power.random = power.seed;
    snprintf(power.dir, sizeof(power.dir), "%s/power-cut.XXXXXX", dir);
    if (!mkdtemp(power.dir))
        abort();
    snprintf(power.disk_dir, sizeof(power.disk_dir), "%s/disk", power.dir);
    snprintf(power.cut_dir, sizeof(power.cut_dir), "%s/cut", power.dir);
    printf("# seed %llu\n", (unsigned long long)power.seed);
    rounds_run(&power, cuts);
    history_done(&power.history);
    fixture_remove(power.dir);
    return 0;
}
