/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy's thread: waits until something changed, reads it, sends it. */
#include "core/proxy/proxy.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/proxy/kernel.h"
#include "core/proxy/sync.h"

#define RELOAD_EVERY_NS (3600 * NS_PER_S) /* heals a table that somebody else has changed */
#define LOOK_EVERY_NS   (5 * NS_PER_S)    /* whether somebody took our tables away */
#define LATE_NS         (60 * NS_PER_S)   /* a change that waits for longer makes us unhealthy, as upstream */
#define TAKEN_AWAY      "ToBeDeletedByClusterAutoscaler" /* a taint of nodes that are about to go */
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
    bool synced_once, node_leaving;
    int64_t waiting_since_ns; /* monotonic: the oldest change that is not in the kernel; 0: none */
    struct metrics metrics;
};

/* p is locked. */
static void note_waiting(struct proxy *p)
{
    if (!p->waiting_since_ns)
        p->waiting_since_ns = clock_monotonic_ns();
    pthread_cond_signal(&p->wake);
}

static void service_told(void *context, const char *key, bool endpoints)
{
    struct proxy *p = context;
    pthread_mutex_lock(&p->lock);
    if (!map_has(p->changed, key))
        map_set(p->changed, key, p);
    metrics_changed(&p->metrics, endpoints ? CHANGE_ENDPOINTS : CHANGE_SERVICE, clock_realtime_ns());
    note_waiting(p);
    pthread_mutex_unlock(&p->lock);
}

static void node_told(void *context)
{
    struct proxy *p = context;
    pthread_mutex_lock(&p->lock);
    p->node_changed = true;
    note_waiting(p);
    pthread_mutex_unlock(&p->lock);
}

static void wait_until(struct proxy *p, int64_t monotonic_ns)
{
    struct timespec at = {monotonic_ns / NS_PER_S, monotonic_ns % NS_PER_S};
    pthread_cond_timedwait(&p->wake, &p->lock, &at);
}

/* Waits for work, or for `wake_at`; at least min_sync apart. Takes what changed; NULL: the end. */
static struct map *take_changes(struct proxy *p, int64_t wake_at, int64_t not_before, bool *ret_node)
{
    struct map *taken = NULL;
    pthread_mutex_lock(&p->lock);
    while (!p->stopping && !p->node_changed && map_count(p->changed) == 0 && clock_monotonic_ns() < wake_at)
        wait_until(p, wake_at);
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
    if (!failed) /* what was told since is the next one's */
        p->waiting_since_ns = p->node_changed || map_count(p->changed) ? now : 0;
    struct metrics *m = &p->metrics;
    metrics_synced(m, now - began, clock_realtime_ns(), failed != 0);
    m->items = sync_count(&p->sync);
    m->flows_cleared = p->sync.flows_cleared;
    m->unserved_internal = sync_unserved_here(&p->sync, UNSERVED_INTERNAL);
    m->unserved_external = sync_unserved_here(&p->sync, UNSERVED_EXTERNAL);
    pthread_mutex_unlock(&p->lock);
}

/* Is the node about to be taken away? Load balancers are then told to send no more. */
static bool node_leaves(struct proxy *p)
{
    struct arena arena = ARENA_INIT;
    struct cached *cached = informer_get(p->informers.node, p->sync.node_name);
    const struct json *node = cached ? cached_parse(cached, &arena) : NULL;
    bool leaves = json_at(node, "metadata.deletionTimestamp") != NULL;
    json_for_each (taint, json_at(node, "spec.taints"))
        leaves = leaves || strcmp(json_string_or(json_get(taint, "key"), ""), TAKEN_AWAY) == 0;
    cached_unref(cached);
    arena_done(&arena);
    return leaves;
}

static void look_at_node(struct proxy *p)
{
    bool leaves = node_leaves(p);
    pthread_mutex_lock(&p->lock);
    p->node_leaving = leaves;
    pthread_mutex_unlock(&p->lock);
}

static int one_sync(struct proxy *p, struct map *changed, bool node)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    int64_t began = clock_monotonic_ns();
    bool all = node && sync_node(&p->sync, &p->informers);
    if (node)
        look_at_node(p);
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

/* When the thread does what without being told. */
struct schedule {
    int64_t reload_at, look_at, not_before, retry_ms;
};

/* Must our tables be loaded anew, since their time has come or somebody took them away (flushed the ruleset,
 * reloaded a firewall)? */
static bool reload_is_due(struct proxy *p, struct schedule *when, int64_t now)
{
    if (now >= when->reload_at)
        return true;
    if (now < when->look_at)
        return false;
    when->look_at = now + LOOK_EVERY_NS;
    if (sync_intact(&p->sync))
        return false;
    log_warning("our nftables tables are gone or changed; they are loaded again");
    return true;
}

static void plan_next(struct proxy *p, struct schedule *when, int64_t began, bool failed)
{
    when->not_before = began + p->options->min_sync_ns;
    when->reload_at = began + (failed ? when->retry_ms * NS_PER_MS : RELOAD_EVERY_NS);
    when->retry_ms = failed ? MIN(when->retry_ms * 2, (int64_t)RETRY_MOST_MS) : RETRY_FIRST_MS;
}

static void *run(void *arg)
{
    struct proxy *p = arg;
    struct schedule when = {.reload_at = INT64_MAX, .look_at = INT64_MAX, .retry_ms = RETRY_FIRST_MS};
    struct map *changed;
    bool node = false;
    if (!wait_for_lists(p))
        return NULL;
    node_told(p); /* also when there is no such node: the defaults must be set */
    while ((changed = take_changes(p, MIN(when.reload_at, when.look_at), when.not_before, &node))) {
        int64_t began = clock_monotonic_ns();
        bool reload = reload_is_due(p, &when, began);
        if (reload)
            sync_reload(&p->sync);
        if (reload || node || map_count(changed))
            plan_next(p, &when, began, one_sync(p, changed, node) != 0);
        if (when.look_at == INT64_MAX)
            when.look_at = began + LOOK_EVERY_NS;
        map_free(changed);
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
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    sync_done(&p->sync);
    free(p);
}

static bool is_healthy(void *context)
{
    struct proxy_health health;
    proxy_health(context, &health);
    return health.healthy;
}

int proxy_start(struct client *client, const struct proxy_options *options, struct proxy **ret,
                struct error *err)
{
    _cleanup_free_ char *name = own_name(options->hostname);
    struct proxy *p = new0(struct proxy);
    p->options = options;
    p->waiting_since_ns = clock_monotonic_ns();
    if (sync_init(&p->sync, options, name, is_healthy, p, err) < 0) {
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

void proxy_health(struct proxy *p, struct proxy_health *ret)
{
    pthread_mutex_lock(&p->lock);
    int64_t since = p->waiting_since_ns;
    *ret = (struct proxy_health){.healthy = !since || clock_monotonic_ns() - since < LATE_NS,
                                 .node_eligible = !p->node_leaving,
                                 .last_sync_ns = p->metrics.last_sync_ns};
    pthread_mutex_unlock(&p->lock);
}

void proxy_count_health(struct proxy *p, enum health_kind kind, bool well)
{
    pthread_mutex_lock(&p->lock);
    p->metrics.asked[kind][!well]++;
    pthread_mutex_unlock(&p->lock);
}

void proxy_metrics(struct proxy *p, struct buffer *out)
{
    pthread_mutex_lock(&p->lock);
    metrics_print(&p->metrics, out);
    pthread_mutex_unlock(&p->lock);
}

static int remove_table(enum proxy_family family, struct error *err)
{
    struct buffer script = BUFFER_INIT;
    struct nft_ctx *nft = NULL;
    buffer_printf(&script, "add table %s\ndelete table %s\n", sync_table(family), sync_table(family));
    int failed = kernel_nft(&nft, script.data, err);
    kernel_nft_free(&nft);
    buffer_done(&script);
    return failed;
}

int proxy_cleanup(struct error *err)
{
    if (remove_table(PROXY_IPV4, err) < 0)
        return -1;
    return file_exists("/proc/net/if_inet6") ? remove_table(PROXY_IPV6, err) : 0;
}
