/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy's thread: waits until something changed, reads it, sends it. */
#include "core/proxy/proxy.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/proxy/kernel.h"
#include "core/proxy/sync.h"

#define RELOAD_EVERY_NS (3600 * NS_PER_S) /* heals a table that somebody else has changed */
#define RETRY_FIRST_MS  500
#define RETRY_MOST_MS   30000
#define STACK_BYTES     (1 << 20) /* nft's parser recurses */

struct proxy {
    const struct proxy_options *options;
    struct proxy_told told;
    struct proxy_informers informers;
    struct sync sync; /* the thread's */
    unsigned long thread;

    pthread_mutex_t lock; /* everything below */
    pthread_cond_t wake;
    struct map *changed; /* keys of services */
    bool node_changed, stopping;
    bool synced_once, failing;
    char *failure;
    uint64_t syncs, failures;
    int64_t spent_ns, last_sync_ns;
    size_t items;
};

static void service_told(void *context, const char *key)
{
    struct proxy *p = context;
    pthread_mutex_lock(&p->lock);
    if (!map_has(p->changed, key))
        map_set(p->changed, key, p);
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void node_told(void *context)
{
    struct proxy *p = context;
    pthread_mutex_lock(&p->lock);
    p->node_changed = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void wait_until(struct proxy *p, int64_t monotonic_ns)
{
    struct timespec at = {monotonic_ns / NS_PER_S, monotonic_ns % NS_PER_S};
    pthread_cond_timedwait(&p->wake, &p->lock, &at);
}

/* Waits for work, or for `retry_at`; at least min_sync apart. Takes what changed; NULL: the end. */
static struct map *take_changes(struct proxy *p, int64_t retry_at, int64_t not_before, bool *ret_node)
{
    struct map *taken = NULL;
    pthread_mutex_lock(&p->lock);
    while (!p->stopping && !p->node_changed && map_count(p->changed) == 0 && clock_monotonic_ns() < retry_at)
        wait_until(p, retry_at);
    while (!p->stopping && clock_monotonic_ns() < not_before)
        wait_until(p, not_before);
    if (!p->stopping) {
        taken = p->changed;
        p->changed = map_new(NULL);
        *ret_node = p->node_changed;
        p->node_changed = false;
    }
    pthread_mutex_unlock(&p->lock);
    return taken;
}

static void read_services(struct proxy *p, struct map *changed, bool all)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    struct cached **list = NULL;
    while (map_next(changed, &cursor, &key, &value))
        sync_service(&p->sync, &p->informers, key);
    size_t count = all ? informer_list(p->informers.services, NULL, &list) : 0;
    for (size_t i = 0; i < count; i++)
        sync_service(&p->sync, &p->informers, cached_key(list[i]));
    if (all)
        cached_list_free(list, count);
    sync_contested(&p->sync, &p->informers);
}

static void report(struct proxy *p, int64_t began, int failed, const struct error *err)
{
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&p->lock);
    if (!failed && !p->synced_once)
        log_info("%zu items loaded in %lld ms", sync_count(&p->sync), (long long)((now - began) / NS_PER_MS));
    if (failed)
        log_error("%s; trying again", err->message);
    p->synced_once = p->synced_once || !failed;
    p->failing = failed != 0;
    free(p->failure);
    p->failure = failed ? xstrdup(err->message) : NULL;
    p->syncs++;
    p->failures += failed != 0;
    p->spent_ns += now - began;
    p->last_sync_ns = clock_realtime_ns();
    p->items = sync_count(&p->sync);
    pthread_mutex_unlock(&p->lock);
}

static int one_sync(struct proxy *p, struct map *changed, bool node)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int64_t began = clock_monotonic_ns();
    bool all = node && sync_node(&p->sync, &p->informers);
    read_services(p, changed, all);
    int failed = sync_apply(&p->sync, &err);
    report(p, began, failed, &err);
    return failed;
}

static bool wait_for_lists(struct proxy *p)
{
    struct informer *all[] = {p->informers.services, p->informers.slices, p->informers.node};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        while (!informer_wait_synced(all[i], 1000)) {
            pthread_mutex_lock(&p->lock);
            bool stopping = p->stopping;
            pthread_mutex_unlock(&p->lock);
            if (stopping)
                return false;
        }
    }
    return true;
}

static void *run(void *arg)
{
    struct proxy *p = arg;
    int64_t retry_ms = RETRY_FIRST_MS, retry_at = 0, not_before = 0;
    struct map *changed;
    bool node = false;
    if (!wait_for_lists(p))
        return NULL;
    node_told(p); /* also when there is no such node: the defaults must be set */
    while ((changed = take_changes(p, retry_at, not_before, &node))) {
        int64_t began = clock_monotonic_ns();
        if (began >= retry_at && retry_at)
            sync_reload(&p->sync);
        int failed = one_sync(p, changed, node);
        map_free(changed);
        not_before = began + p->options->min_sync_ns;
        retry_at = began + (failed ? retry_ms * NS_PER_MS : RELOAD_EVERY_NS);
        retry_ms = failed ? MIN(retry_ms * 2, RETRY_MOST_MS) : RETRY_FIRST_MS;
    }
    return NULL;
}

/* As the kubelet names its node: the host's name in small letters. */
static char *own_name(const char *override)
{
    char name[256] = "";
    snprintf(name, sizeof(name), "%s", override ? override : "");
    if (!*name)
        gethostname(name, sizeof(name) - 1);
    struct slice text = slice_trim(slice_of(name));
    char *own = xstrndup(text.data, text.size);
    for (char *c = own; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    return own;
}

static void init_wait(struct proxy *p)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&p->lock, NULL);
    p->changed = map_new(NULL);
}

static void release(struct proxy *p)
{
    map_free(p->changed);
    free(p->failure);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    sync_done(&p->sync);
    free(p);
}

int proxy_start(struct client *client, const struct proxy_options *options, struct proxy **ret,
                struct error *err)
{
    _cleanup_free_ char *name = own_name(options->hostname);
    struct proxy *p = new0(struct proxy);
    p->options = options;
    if (sync_init(&p->sync, options, name, err) < 0) {
        free(p);
        return -1;
    }
    init_wait(p);
    p->told = (struct proxy_told){service_told, node_told, p};
    proxy_informers_start(&p->informers, client, name, &p->told);
    int failed = thread_start("proxy", STACK_BYTES, run, p, &p->thread);
    if (failed) {
        proxy_informers_stop(&p->informers);
        release(p);
        return error_set_errno(err, failed, "starting a thread");
    }
    log_info("proxy for node %s", name);
    *ret = p;
    return 0;
}

void proxy_stop(struct proxy *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    proxy_informers_stop(&p->informers);
    release(p);
}

bool proxy_healthy(struct proxy *p, struct buffer *why)
{
    pthread_mutex_lock(&p->lock);
    bool ok = p->synced_once && !p->failing;
    if (!ok)
        buffer_append_str(why, p->failure ? p->failure : "services have not been listed yet");
    pthread_mutex_unlock(&p->lock);
    return ok;
}

void proxy_metrics(struct proxy *p, struct buffer *out)
{
    pthread_mutex_lock(&p->lock);
    buffer_printf(out,
                  "# TYPE kubeproxy_sync_proxy_rules_duration_seconds summary\n"
                  "kubeproxy_sync_proxy_rules_duration_seconds_sum %.6f\n"
                  "kubeproxy_sync_proxy_rules_duration_seconds_count %llu\n"
                  "# TYPE kubeproxy_sync_proxy_rules_last_timestamp_seconds gauge\n"
                  "kubeproxy_sync_proxy_rules_last_timestamp_seconds %.3f\n"
                  "# TYPE kubeproxy_sync_proxy_rules_nftables_sync_failures_total counter\n"
                  "kubeproxy_sync_proxy_rules_nftables_sync_failures_total %llu\n"
                  "# TYPE keelson_proxy_items gauge\nkeelson_proxy_items %zu\n",
                  (double)p->spent_ns / 1e9, (unsigned long long)p->syncs, (double)p->last_sync_ns / 1e9,
                  (unsigned long long)p->failures, p->items);
    pthread_mutex_unlock(&p->lock);
}

int proxy_cleanup(struct error *err)
{
    struct buffer script = BUFFER_INIT;
    for (int f = 0; f < PROXY_FAMILIES; f++)
        buffer_printf(&script, "add table %s\ndelete table %s\n", sync_table((enum proxy_family)f),
                      sync_table((enum proxy_family)f));
    struct nft_ctx *nft = NULL;
    int failed = kernel_nft(&nft, script.data, err);
    kernel_nft_free(&nft);
    buffer_done(&script);
    return failed;
}
