/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store-bench [-n KEYS] [-j CALLERS] [-b VALUE_BYTES] [-t SECONDS] [-e ETCD] PLUGIN.so [setting=value]...
 *
 * What a store plugin does in a second, outside of any API server: creates, updates (with compaction every
 * second), gets, relaxed writes, pages and whole lists. Each row: rate, latency, and CPU time of this process
 * per call (the server's is not in it).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/etcd-server.h"
#include "tests/lib/store-fixture.h"

#define CALLERS_MAX 256
#define SAMPLES_MAX 200000

struct bench {
    struct fixture_store store;
    int keys, callers, seconds;
    size_t value_size;
    char *value;
    atomic_int next;
    atomic_bool stop;
};
struct caller {
    struct bench *bench;
    pthread_t thread;
    int64_t (*call)(struct bench *bench, int number);
    int limit; /* calls of all callers; 0: until stopped */
    long count, failures;
    int64_t *samples_ns;
};

static void key_of(char *key, size_t size, int number)
{
    snprintf(key, size, "/registry/configmaps/namespace-%d/configmap-with-a-name-%d", number % 20, number);
}

static int64_t put(struct bench *bench, int number, uint32_t flags)
{
    char key[128];
    key_of(key, sizeof(key), number % bench->keys);
    struct keelson_call call = fixture_call(30000);
    const struct keelson_op op = {
        .type = KEELSON_OP_PUT, .key = text(key), .value = {bench->value, bench->value_size}};
    const struct keelson_txn txn = {.size = sizeof(txn), .flags = flags, .ops = &op, .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    enum keelson_status status = bench->store.store->txn(bench->store.instance, &call, &txn, &result);
    return status == KEELSON_OK ? result.revision : -(int64_t)status;
}

static int64_t call_create(struct bench *bench, int number)
{
    return put(bench, number, 0);
}

/* In no order: what is superseded then lies all over the file. */
static int64_t call_update(struct bench *bench, int number)
{
    return put(bench, (int)(((uint64_t)number * 0x9e3779b97f4a7c15u) >> 33), 0);
}

static int64_t call_relaxed(struct bench *bench, int number)
{
    return put(bench, number, KEELSON_TXN_RELAXED);
}

static int sink_ignore(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    *(int64_t *)sink->context += 1;
    return 0;
}

static int64_t range(struct bench *bench, const char *from, const char *to, int64_t limit)
{
    int64_t count = 0;
    struct keelson_call call = fixture_call(30000);
    const struct keelson_range request = {
        .size = sizeof(request), .from = text(from), .to = text(to), .limit = limit};
    const struct keelson_kv_sink sink = {.size = sizeof(sink), .put = sink_ignore, .context = &count};
    struct keelson_range_result result = {.size = sizeof(result)};
    enum keelson_status status =
        bench->store.store->range(bench->store.instance, &call, &request, &sink, &result);
    return status == KEELSON_OK ? count : -(int64_t)status;
}

static int64_t call_get(struct bench *bench, int number)
{
    char key[128];
    key_of(key, sizeof(key), (int)((unsigned)number * 7919u % (unsigned)bench->keys));
    return range(bench, key, "", 0);
}

static int64_t call_page(struct bench *bench, int number)
{
    char key[128];
    key_of(key, sizeof(key), (int)((unsigned)number * 7919u % (unsigned)bench->keys));
    return range(bench, key, "/registry/d", 100);
}

static int64_t call_list(struct bench *bench, int number)
{
    return range(bench, "/registry/configmaps/", "/registry/configmaps0", 0);
}

static void *caller_main(void *argument)
{
    struct caller *caller = argument;
    while (!atomic_load(&caller->bench->stop)) {
        int number = atomic_fetch_add(&caller->bench->next, 1);
        if (caller->limit && number >= caller->limit)
            break;
        int64_t start_ns = fixture_now_ns();
        caller->failures += caller->call(caller->bench, number) < 0;
        if (caller->count < SAMPLES_MAX)
            caller->samples_ns[caller->count] = fixture_now_ns() - start_ns;
        caller->count++;
    }
    return NULL;
}

static int64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static int sample_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, struct caller *callers, int callers_count, int64_t took_ns,
                   int64_t used_us)
{
    long count = 0, failures = 0, samples = 0;
    int64_t *all = malloc((size_t)callers_count * SAMPLES_MAX * sizeof(*all));
    for (int i = 0; i < callers_count; i++) {
        long kept = callers[i].count < SAMPLES_MAX ? callers[i].count : SAMPLES_MAX;
        memcpy(all + samples, callers[i].samples_ns, (size_t)kept * sizeof(*all));
        samples += kept;
        count += callers[i].count;
        failures += callers[i].failures;
    }
    qsort(all, (size_t)samples, sizeof(*all), sample_compare);
    printf("%-12s %9.0f /s  p50 %7.3f  p99 %7.3f  max %7.3f ms  %7.1f us CPU  (%ld calls, %ld failed)\n",
           name, (double)count * 1e9 / (double)took_ns, (double)all[samples / 2] / 1e6,
           (double)all[samples * 99 / 100] / 1e6, (double)all[samples - 1] / 1e6,
           (double)used_us / (double)count, count, failures);
    fflush(stdout);
    free(all);
}

static void compact(struct bench *bench)
{
    struct keelson_call call = fixture_call(30000);
    bench->store.store->compact(bench->store.instance, &call, fixture_revision(&bench->store));
}

static void run(struct bench *bench, const char *name, int64_t (*function)(struct bench *, int),
                int callers_count, int limit, bool compacting)
{
    static struct caller callers[CALLERS_MAX];
    atomic_store(&bench->next, 0);
    atomic_store(&bench->stop, false);
    int64_t start_ns = fixture_now_ns(), start_us = cpu_us();
    for (int i = 0; i < callers_count; i++) {
        int64_t *samples =
            callers[i].samples_ns ? callers[i].samples_ns : malloc(SAMPLES_MAX * sizeof(*samples));
        callers[i] = (struct caller){.bench = bench, .call = function, .limit = limit, .samples_ns = samples};
        pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]);
    }
    for (int second = 0; !limit && second < bench->seconds; second++) {
        fixture_sleep_ms(1000);
        if (compacting)
            compact(bench);
    }
    if (!limit)
        atomic_store(&bench->stop, true);
    for (int i = 0; i < callers_count; i++)
        pthread_join(callers[i].thread, NULL);
    report(name, callers, callers_count, fixture_now_ns() - start_ns, cpu_us() - start_us);
}

static void sizes_report(struct bench *bench, const char *when)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = {.size = sizeof(status)};
    bench->store.store->status(bench->store.instance, &call, &status);
    printf("%-12s %.1f MiB on disk, %.1f MiB live: %.2f times\n", when, (double)status.size_bytes / 1048576,
           (double)status.size_used_bytes / 1048576,
           (double)status.size_bytes / (double)(status.size_used_bytes + 1));
}

static void bench_run(struct bench *bench)
{
    run(bench, "create", call_create, bench->callers, bench->keys, false);
    sizes_report(bench, "created");
    run(bench, "update", call_update, bench->callers, 0, true);
    compact(bench);
    sizes_report(bench, "at once");
    fixture_sleep_ms(2000);
    sizes_report(bench, "2 s later");
    run(bench, "update, 1", call_update, 1, 0, false);
    run(bench, "relaxed", call_relaxed, bench->callers, 0, true);
    run(bench, "relaxed, 1", call_relaxed, 1, 0, false);
    run(bench, "get", call_get, bench->callers, 0, false);
    run(bench, "page of 100", call_page, bench->callers, 0, false);
    run(bench, "list of all", call_list, 1, 0, false);
}

int main(int argc, char **argv)
{
    static struct bench bench = {.keys = 5000, .callers = 32, .seconds = 3, .value_size = 1024};
    static struct etcd_server server;
    static struct fixture_settings settings;
    static char endpoints[64];
    char dir[] = "/var/tmp/store-bench.XXXXXX";
    int option;
    while ((option = getopt(argc, argv, "+n:j:b:t:e:")) != -1) {
        int number = (int)strtol(optarg, NULL, 10);
        if (option == 'n')
            bench.keys = number;
        else if (option == 'j' && number <= CALLERS_MAX)
            bench.callers = number;
        else if (option == 'b')
            bench.value_size = (size_t)number;
        else if (option == 't')
            bench.seconds = number;
        else if (option == 'e')
            server.program = optarg;
    }
    if (optind >= argc || !mkdtemp(dir)) {
        fprintf(stderr, "usage: store-bench [-n KEYS] [-j CALLERS] [-b VALUE_BYTES] [-t SECONDS] [-e ETCD] "
                        "PLUGIN.so [setting=value]...\n");
        return 2;
    }
    for (int i = optind + 1; i < argc && settings.count < FIXTURE_SETTINGS_MAX - 1; i++)
        settings.items[settings.count++] = argv[i];
    bench.value = malloc(bench.value_size + 1);
    memset(bench.value, 'v', bench.value_size + 1);
    snprintf(server.dir, sizeof(server.dir), "%s", dir);
    if (server.program && etcd_server_start(&server)) {
        snprintf(endpoints, sizeof(endpoints), "endpoints=http://127.0.0.1:%d", server.port);
        settings.items[settings.count++] = endpoints;
    }
    enum keelson_status status = fixture_open(&bench.store, argv[optind], dir, &settings);
    if (status == KEELSON_OK)
        bench_run(&bench);
    else
        fprintf(stderr, "%s\n", fixture_error());
    if (status == KEELSON_OK)
        fixture_close(&bench.store);
    etcd_server_kill(&server);
    return fixture_remove(dir) ? status != KEELSON_OK : 1;
}
