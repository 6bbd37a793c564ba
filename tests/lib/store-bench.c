/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store-bench [-n KEYS] [-j CALLERS] [-b VALUE_BYTES] [-t SECONDS] [-r ROW] [-e ETCD] PLUGIN.so
 * [setting=value]...
 *
 * What a store plugin does in a second, outside of any API server: creates, updates (with compaction every
 * second), gets, relaxed writes, pages and whole lists, churn (updates in other sizes, deletes and creates),
 * opening again. Each row: rate, latency, and CPU time of this process per call (the server's is not in it);
 * with compaction, how many times the live data the files had at most. -r: only the row of this name after
 * the creates.
 */
#include <malloc.h>
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
    double times_live_max; /* bytes on disk over live bytes, seen while compacting */
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

/* In no order: what is superseded then lies all over the file. */
static unsigned scatter(int number)
{
    return (unsigned)(((uint64_t)number * 0x9e3779b97f4a7c15u) >> 33);
}

static int64_t write_key(struct bench *bench, int number, enum keelson_op_type type, size_t size,
                         uint32_t flags)
{
    char key[128];
    key_of(key, sizeof(key), number % bench->keys);
    struct keelson_call call = fixture_call(30000);
    const struct keelson_op op = {.type = type, .key = text(key), .value = {bench->value, size}};
    const struct keelson_txn txn = {
        .size = sizeof(txn), .flags = flags, .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    enum keelson_status status = bench->store.store->txn(bench->store.instance, &call, &txn, &result);
    return status == KEELSON_OK ? result.revision : -(int64_t)status;
}

static int64_t put(struct bench *bench, int number, uint32_t flags)
{
    return write_key(bench, number, KEELSON_OP_PUT, bench->value_size, flags);
}

static int64_t call_create(struct bench *bench, int number)
{
    return put(bench, number, 0);
}

static int64_t call_update(struct bench *bench, int number)
{
    return put(bench, (int)scatter(number), 0);
}

static int64_t call_relaxed(struct bench *bench, int number)
{
    return put(bench, number, KEELSON_TXN_RELAXED);
}

/* Of seven writes one deletes; sizes are half to one and a half of the usual. */
static int64_t call_churn(struct bench *bench, int number)
{
    unsigned key = scatter(number), size = scatter(number + 0x10000000) % (unsigned)bench->value_size;
    return write_key(bench, (int)key, number % 7 ? KEELSON_OP_PUT : KEELSON_OP_DELETE,
                     bench->value_size / 2 + size, 0);
}

/* Leaves one key of three, here and there. */
static int64_t call_thin(struct bench *bench, int number)
{
    if (number >= bench->keys || scatter(number) % 3 == 0)
        return 0;
    return write_key(bench, number, KEELSON_OP_DELETE, 0, 0);
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

static struct keelson_store_status status_get(struct bench *bench)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = {.size = sizeof(status)};
    bench->store.store->status(bench->store.instance, &call, &status);
    return status;
}

static double times_live(const struct keelson_store_status *status)
{
    return (double)status->size_bytes / (double)(status->size_used_bytes + 1);
}

static void compact(struct bench *bench)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = status_get(bench);
    if (times_live(&status) > bench->times_live_max)
        bench->times_live_max = times_live(&status);
    bench->store.store->compact(bench->store.instance, &call, status.revision);
}

struct row {
    const char *name;
    int64_t (*call)(struct bench *bench, int number);
    bool alone;      /* one caller */
    bool compacting; /* each second */
};
static const struct row rows[] = {
    {"update", call_update, false, true},    {"update, 1", call_update, true, false},
    {"relaxed", call_relaxed, false, true},  {"relaxed, 1", call_relaxed, true, false},
    {"get", call_get, false, false},         {"page of 100", call_page, false, false},
    {"list of all", call_list, true, false}, {"churn", call_churn, false, true},
    {"thin out", call_thin, false, true},
};

/* limit: calls of all callers; 0: for the bench's time. */
static void row_run(struct bench *bench, const struct row *row, int limit)
{
    static struct caller callers[CALLERS_MAX];
    int callers_count = row->alone ? 1 : bench->callers;
    atomic_store(&bench->next, 0);
    atomic_store(&bench->stop, false);
    bench->times_live_max = 0;
    int64_t start_ns = fixture_now_ns(), start_us = cpu_us();
    for (int i = 0; i < callers_count; i++) {
        int64_t *samples =
            callers[i].samples_ns ? callers[i].samples_ns : malloc(SAMPLES_MAX * sizeof(*samples));
        callers[i] =
            (struct caller){.bench = bench, .call = row->call, .limit = limit, .samples_ns = samples};
        pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]);
    }
    for (int second = 0; !limit && second < bench->seconds; second++) {
        fixture_sleep_ms(1000);
        if (row->compacting)
            compact(bench);
    }
    if (!limit)
        atomic_store(&bench->stop, true);
    for (int i = 0; i < callers_count; i++)
        pthread_join(callers[i].thread, NULL);
    report(row->name, callers, callers_count, fixture_now_ns() - start_ns, cpu_us() - start_us);
}

static void sizes_report(struct bench *bench, const char *when)
{
    struct keelson_store_status status = status_get(bench);
    printf("%-12s %.1f MiB on disk, %.1f MiB live: %.2f times", when, (double)status.size_bytes / 1048576,
           (double)status.size_used_bytes / 1048576, times_live(&status));
    printf(bench->times_live_max > 0 ? ", %.2f at most\n" : "\n", bench->times_live_max);
}

static long memory_kib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        resident = 0;
    if (file)
        fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static bool reopen(struct bench *bench, const char *file, const char *dir,
                   const struct fixture_settings *settings)
{
    fixture_close(&bench->store);
    malloc_trim(0);
    long before_kib = memory_kib();
    int64_t start_ns = fixture_now_ns();
    if (fixture_open(&bench->store, file, dir, settings) != KEELSON_OK)
        return false;
    printf("%-12s %.1f ms, %.1f MiB of memory\n", "open", (double)(fixture_now_ns() - start_ns) / 1e6,
           (double)(memory_kib() - before_kib) / 1024);
    return true;
}

static void bench_run(struct bench *bench, const char *only)
{
    static const struct row create = {"create", call_create, false, false};
    row_run(bench, &create, bench->keys);
    sizes_report(bench, "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (only && strcmp(only, rows[i].name) != 0)
            continue;
        row_run(bench, &rows[i], 0);
        if (!rows[i].compacting)
            continue;
        sizes_report(bench, "");
        fixture_sleep_ms(2000);
        sizes_report(bench, "  2 s later");
    }
}

int main(int argc, char **argv)
{
    static struct bench bench = {.keys = 5000, .callers = 32, .seconds = 3, .value_size = 1024};
    static struct etcd_server server;
    static struct fixture_settings settings;
    static char endpoints[64];
    char dir[] = "/var/tmp/store-bench.XXXXXX";
    const char *only = NULL;
    int option;
    while ((option = getopt(argc, argv, "+n:j:b:t:e:r:")) != -1) {
        int number = (int)strtol(optarg, NULL, 10);
        if (option == 'n')
            bench.keys = number;
        else if (option == 'j' && number <= CALLERS_MAX)
            bench.callers = number;
        else if (option == 'b')
            bench.value_size = (size_t)number;
        else if (option == 't')
            bench.seconds = number;
        else if (option == 'r')
            only = optarg;
        else if (option == 'e')
            server.program = optarg;
    }
    if (optind >= argc || !mkdtemp(dir)) {
        fprintf(stderr,
                "usage: store-bench [-n KEYS] [-j CALLERS] [-b VALUE_BYTES] [-t SECONDS] [-r ROW] [-e ETCD] "
                "PLUGIN.so [setting=value]...\n");
        return 2;
    }
    for (int i = optind + 1; i < argc && settings.count < FIXTURE_SETTINGS_MAX - 1; i++)
        settings.items[settings.count++] = argv[i];
    bench.value = malloc(bench.value_size * 2);
    memset(bench.value, 'v', bench.value_size * 2);
    snprintf(server.dir, sizeof(server.dir), "%s", dir);
    if (server.program && etcd_server_start(&server)) {
        snprintf(endpoints, sizeof(endpoints), "endpoints=http://127.0.0.1:%d", server.port);
        settings.items[settings.count++] = endpoints;
    }
    enum keelson_status status = fixture_open(&bench.store, argv[optind], dir, &settings);
    if (status == KEELSON_OK) {
        bench_run(&bench, only);
        if (!reopen(&bench, argv[optind], dir, &settings))
            status = KEELSON_FAILED;
    }
    if (status == KEELSON_OK)
        fixture_close(&bench.store);
    else
        fprintf(stderr, "%s\n", fixture_error());
    etcd_server_kill(&server);
    return fixture_remove(dir) ? status != KEELSON_OK : 1;
}
