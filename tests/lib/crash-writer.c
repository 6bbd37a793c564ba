/* SPDX-License-Identifier: Apache-2.0 */
/* The process that is killed; crash-writer.h has its protocol. */
#include "tests/lib/crash-writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/contract.h"

#define VALUE_BYTES_MAX 3000
#define HISTORY_KEPT    100

struct crash_writer {
    const struct crash_order *order;
    struct fixture_store store;
    pthread_mutex_t pipe_lock; /* keeps lines whole */
    _Atomic int64_t number;    /* of the next write */
    _Atomic int64_t progress;  /* of the watch, as told to the parent */
};

struct crash_thread {
    struct crash_writer *writer;
    pthread_t thread;
    int number;
    uint64_t random;
};

static void say(struct crash_writer *writer, const char *text, size_t size)
{
    pthread_mutex_lock(&writer->pipe_lock);
    while (size > 0) {
        ssize_t written = write(writer->order->fd, text, size);
        if (written <= 0)
            _exit(3);
        text += written;
        size -= (size_t)written;
    }
    pthread_mutex_unlock(&writer->pipe_lock);
}

static void say_error(struct crash_writer *writer, const char *doing, enum keelson_status status)
{
    char line[1200];
    int size = snprintf(line, sizeof(line), "X %s: status %d: %.900s\n", doing, (int)status, fixture_error());
    say(writer, line, (size_t)size);
}

/* One write: its text and its operation. */
struct crash_write {
    int key;
    int64_t number;
    bool is_delete;
    char key_text[32];
    char value[VALUE_BYTES_MAX + 64];
    size_t value_size;
};

static void write_make(struct crash_write *write, struct crash_thread *thread, int key)
{
    memset(write, 0, sizeof(*write) - sizeof(write->value) - sizeof(write->value_size));
    write->key = thread->number * CRASH_KEYS_PER_THREAD + key;
    write->number = atomic_fetch_add(&thread->writer->number, 1);
    write->is_delete = fixture_random(&thread->random) % 6 == 0;
    snprintf(write->key_text, sizeof(write->key_text), CRASH_PREFIX "%d", write->key);
    int head = snprintf(write->value, sizeof(write->value), "n:%lld:", (long long)write->number);
    size_t padding = fixture_random(&thread->random) % VALUE_BYTES_MAX;
    memset(write->value + head, 'x', padding);
    write->value_size = (size_t)head + padding;
}

static size_t write_line(char *line, size_t size, char what, const struct crash_thread *thread,
                         const struct crash_write *write, int64_t revision)
{
    int length = snprintf(line, size, "%c %d %d %lld %c %lld\n", what, thread->number, write->key,
                          (long long)write->number, write->is_delete ? 'd' : 'p', (long long)revision);
    return (size_t)length;
}

static bool may_have_happened(enum keelson_status status)
{
    return status == KEELSON_TIMEOUT || status == KEELSON_UNAVAILABLE || status == KEELSON_CANCELLED;
}

/* A transaction of one or two writes. */
static void writes_run(struct crash_thread *thread, struct crash_write *writes, uint32_t count)
{
    struct crash_writer *writer = thread->writer;
    struct keelson_op ops[2];
    char lines[256];
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        ops[i] = (struct keelson_op){.type = writes[i].is_delete ? KEELSON_OP_DELETE : KEELSON_OP_PUT,
                                     .key = text(writes[i].key_text)};
        if (!writes[i].is_delete)
            ops[i].value = (struct keelson_bytes){writes[i].value, writes[i].value_size};
        size += write_line(lines + size, sizeof(lines) - size, 'I', thread, &writes[i], 0);
    }
    say(writer, lines, size);
    struct keelson_call call = fixture_call(5000);
    const struct keelson_txn txn = {.size = sizeof(txn),
                                    .flags =
                                        fixture_random(&thread->random) % 4 == 0 ? KEELSON_TXN_RELAXED : 0,
                                    .ops = ops,
                                    .op_size = sizeof(*ops),
                                    .ops_count = count};
    struct keelson_txn_result result = {.size = sizeof(result)};
    enum keelson_status status = writer->store.store->txn(writer->store.instance, &call, &txn, &result);
    if (may_have_happened(status)) {
        fixture_sleep_ms(20); /* the server is down: do not pile up writes of which nothing is known */
        return;
    }
    if (status != KEELSON_OK)
        say_error(writer, "txn", status);
    size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += write_line(lines + size, sizeof(lines) - size, status == KEELSON_OK ? 'A' : 'F', thread,
                           &writes[i], result.revision);
    say(writer, lines, size);
}

static void *thread_main(void *argument)
{
    struct crash_thread *thread = argument;
    struct crash_write writes[2];
    for (;;) {
        int first = (int)(fixture_random(&thread->random) % CRASH_KEYS_PER_THREAD);
        uint32_t count = fixture_random(&thread->random) % 5 == 0 ? 2 : 1;
        write_make(&writes[0], thread, first);
        if (count == 2)
            write_make(&writes[1], thread, (first + 1) % CRASH_KEYS_PER_THREAD);
        writes_run(thread, writes, count);
    }
    return NULL;
}

static int watch_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                        uint32_t event_size, uint32_t count, int64_t progress)
{
    struct crash_writer *writer = sink->context;
    char *lines = malloc((size_t)count * 80 + 80);
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct keelson_kv *kv = KEELSON_AT(events, event_size, i);
        int64_t number = kv->version ? fixture_value_number(kv->value.data, kv->value.size) : -1;
        size += (size_t)snprintf(lines + size, 80, "E %lld %.*s %lld\n", (long long)kv->mod_revision,
                                 (int)(kv->key.size - strlen(CRASH_PREFIX)),
                                 kv->key.data + strlen(CRASH_PREFIX), (long long)number);
    }
    size += (size_t)snprintf(lines + size, 80, "P %lld\n", (long long)progress);
    say(writer, lines, size);
    atomic_store(&writer->progress, progress);
    free(lines);
    return 0;
}

static void *watch_main(void *argument)
{
    struct crash_writer *writer = argument;
    const struct keelson_event_sink sink = {.size = sizeof(sink), .events = watch_events, .context = writer};
    for (;;) {
        struct keelson_call call = fixture_call(0);
        const struct keelson_watch watch = {.size = sizeof(watch),
                                            .from = text(CRASH_PREFIX),
                                            .to = text("/crash0"),
                                            .from_revision = atomic_load(&writer->progress)};
        enum keelson_status status = writer->store.store->watch(writer->store.instance, &call, &watch, &sink);
        if (status != KEELSON_UNAVAILABLE && status != KEELSON_TIMEOUT)
            say_error(writer, "watch", status);
        fixture_sleep_ms(20);
    }
    return NULL;
}

/* History goes as far as the parent has seen it, less a few revisions. */
static void *compact_main(void *argument)
{
    struct crash_writer *writer = argument;
    for (;;) {
        struct keelson_call call = fixture_call(5000);
        int64_t revision = atomic_load(&writer->progress) - HISTORY_KEPT;
        fixture_sleep_ms(30);
        if (revision < 1)
            continue;
        enum keelson_status status = writer->store.store->compact(writer->store.instance, &call, revision);
        if (status != KEELSON_OK && !may_have_happened(status))
            say_error(writer, "compact", status);
    }
    return NULL;
}

int crash_writer(const struct crash_order *order)
{
    static struct crash_writer writer = {.pipe_lock = PTHREAD_MUTEX_INITIALIZER};
    static struct crash_thread threads[CRASH_THREADS];
    pthread_t other;
    writer.order = order;
    atomic_store(&writer.number, order->first);
    atomic_store(&writer.progress, order->from_revision);
    enum keelson_status status = fixture_open(&writer.store, order->file, order->state_dir, &order->settings);
    if (status != KEELSON_OK) {
        say_error(&writer, "open", status);
        return 1;
    }
    for (int i = 0; i < CRASH_THREADS; i++) {
        threads[i] =
            (struct crash_thread){.writer = &writer, .number = i, .random = order->seed + (uint64_t)i * 7919};
        pthread_create(&threads[i].thread, NULL, thread_main, &threads[i]);
    }
    pthread_create(&other, NULL, watch_main, &writer);
    pthread_create(&other, NULL, compact_main, &writer);
    pthread_join(threads[0].thread, NULL);
    return 1;
}
