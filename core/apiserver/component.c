/* SPDX-License-Identifier: Apache-2.0 */
/* Putting the API server together, in the order in which its parts need each other, and taking it apart in
 * the reverse order. */
#include "core/apiserver/component.h"

#include <errno.h>
#include <malloc.h>
#include <time.h>

#include "core/apiserver/admission.h"
#include "core/apiserver/bootstrap.h"
#include "core/apiserver/cache-feed.h"
#include "core/apiserver/kubelet-access.h"
#include "core/apiserver/metrics.h"
#include "core/apiserver/openapi-serve.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/server.h"
#include "core/apiserver/storage.h"
#include "core/apiserver/watch.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/random.h"

enum {
    WORKERS_MAX = 64,
    HOUSEKEEPING_MS = 30000,
    STOP_DRAIN_MS = 5000,
    STALL_MS = 60000,
    AWAIT_WRITES_MS = 2,
    /* What requests free is kept for the next ones until the next housekeeping: pages that come and go cost
     * more than all the rest of a request. */
    KEPT_BYTES = 2 * 1024 * 1024,
    MAPPED_BYTES_MIN = 1024 * 1024,
};

struct component {
    struct server server;
    struct apiserver_options options; /* borrowed texts */
    struct store *store;
    struct loop *chores; /* housekeeping and bootstrap */
    struct loop_timer housekeeping;
    int64_t compact_due_ms;
    uint64_t compact_revision; /* what was newest one interval ago */
    bool serving;
};

static char *join(const struct flag_list *list)
{
    struct buffer out = BUFFER_INIT;
    for (size_t i = 0; i < list->count; i++)
        buffer_printf(&out, "%s%s", i ? "," : "", list->items[i]);
    return buffer_take(&out);
}

/* NULL-terminated, NULL when empty; the caller frees the array. */
static const char **list_of(const struct flag_list *list)
{
    const char **out = list->count ? newa0(const char *, list->count + 1) : NULL;
    for (size_t i = 0; i < list->count; i++)
        out[i] = list->items[i];
    return out;
}

static int start_registry(struct component *c, struct error *err)
{
    struct registry_config registry = {.server = &c->server,
                                       .event_ttl_s = c->options.event_ttl_ns / NS_PER_S,
                                       .store_prefix = c->options.etcd_prefix,
                                       .wake = watches_wake,
                                       .context = c->server.watches};
    struct strategy_config strategies = {c->options.service_cluster_ip_range,
                                         c->options.service_node_port_range};
    if (storage_open(&c->options, &c->server.plugins, &c->store, err) < 0)
        return error_prefix(err, "store");
    registry.store = c->store;
    if (registry_new(&registry, &c->server.registry, err) < 0)
        return error_prefix(err, "store");
    return strategy_start(c->server.registry, &strategies, err);
}

static int configure_admission(struct component *c, struct error *err)
{
    _cleanup_free_ char *enable = join(&c->options.enable_admission_plugins),
                        *disable = join(&c->options.disable_admission_plugins);
    return admission_configure(enable, disable, err);
}

static int start_auth(struct component *c, struct error *err)
{
    const struct apiserver_options *o = &c->options;
    const char *signing[] = {o->service_account_signing_key_file, NULL};
    _cleanup_free_ const char **keys = list_of(&o->service_account_key_files),
                              **audiences = list_of(&o->api_audiences);
    struct authn_config config = {
        .registry = c->server.registry,
        .service_account_key_files = keys ? keys : signing,
        .service_account_signing_key_file = o->service_account_signing_key_file,
        .service_account_issuer =
            o->service_account_issuers.count ? o->service_account_issuers.items[0] : NULL,
        .api_audiences = audiences,
        .token_auth_file = o->token_auth_file,
        .bootstrap_tokens = o->enable_bootstrap_token_auth,
        .anonymous = o->anonymous_auth,
        .token_max_expiration_s = o->service_account_max_token_expiration_ns / NS_PER_S,
    };
    if (authn_new(&config, &c->server.authn, err) < 0)
        return -1;
    _cleanup_free_ char *modes = join(&o->authorization_mode);
    c->server.authz = authz_new(c->server.registry, modes, err);
    return c->server.authz ? 0 : -1;
}

static struct tls_settings *tls_of(const struct apiserver_options *o, struct error *err)
{
    struct tls_server_config config = {.cert_file = o->tls_cert_file,
                                       .key_file = o->tls_private_key_file,
                                       .client_ca_file = o->client_ca_file};
    if (!o->tls_cert_file || !o->tls_private_key_file) {
        error_set(err, ERR_BAD_REQUEST, "--tls-cert-file and --tls-private-key-file are needed");
        return NULL;
    }
    return tls_server_new(&config, err);
}

static int start_http(struct component *c, struct error *err)
{
    struct tls_settings *tls = tls_of(&c->options, err);
    if (!tls)
        return -1;
    if (c->options.secure_port < 0 || c->options.secure_port > 65535) {
        tls_settings_unref(tls);
        return error_set(err, ERR_BAD_REQUEST, "--secure-port %lld is not between 0 and 65535",
                         (long long)c->options.secure_port);
    }
    struct http_server_config config = {
        .name = "https",
        .address = c->options.bind_address,
        .port = (uint16_t)c->options.secure_port,
        .tls = tls,
        .stall_ms = STALL_MS,
        .handler = server_handle,
        .refused = server_refused,
        .context = &c->server,
    };
    int status = http_server_start(&config, &c->server.http, err);
    tls_settings_unref(tls);
    if (status == 0)
        c->server.port = http_server_port(c->server.http);
    return status;
}

/* History is kept for one interval: what was newest at the last turn is compacted at this one. */
static void compact(void *context)
{
    struct component *c = context;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (c->compact_revision && store_compact(c->store, (int64_t)c->compact_revision, &err) < 0 &&
        err.code != ERR_EXPIRED)
        log_warning("compacting the store: %s", err.message);
    c->compact_revision = caches_revision(c->server.registry->caches);
}

static void refresh_job(void *context)
{
    struct component *c = context;
    bootstrap_refresh(&c->server);
}

static void housekeeping(void *context)
{
    struct component *c = context;
    int64_t now = clock_monotonic_ms(), interval_ms = c->options.etcd_compaction_interval_ns / NS_PER_MS;
    caches_age(c->server.registry->caches, now);
    openapi_age(now);
    if (interval_ms > 0 && now >= c->compact_due_ms) {
        c->compact_due_ms = now + interval_ms;
        workers_submit(c->server.workers, compact, c);
    }
    workers_submit(c->server.workers, refresh_job, c);
    malloc_trim(0);
    loop_timer_start(&c->housekeeping, interval_ms > 0 ? MIN(interval_ms, HOUSEKEEPING_MS) : HOUSEKEEPING_MS);
}

static void begin_housekeeping(void *context)
{
    struct component *c = context;
    c->compact_due_ms = clock_monotonic_ms();
    housekeeping(c);
}

static void bootstrap_job(void *context)
{
    struct component *c = context;
    bootstrap_run(&c->server);
}

/* Not ready any more, but serving: load balancers have this long to notice. */
static void linger(const struct component *c)
{
    int64_t delay_ns = c->options.shutdown_delay_ns;
    struct timespec left = {delay_ns / NS_PER_S, delay_ns % NS_PER_S};
    if (!c->serving || delay_ns <= 0)
        return;
    log_info("not ready any more; serving for another %lld s", (long long)left.tv_sec);
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* Writes that were given to the store end there, whoever asked for them. */
static void await_writes(const struct server *s)
{
    const struct timespec moment = {0, AWAIT_WRITES_MS * NS_PER_MS};
    while (atomic_load(&s->in_flight_write))
        nanosleep(&moment, NULL);
}

static void stop(void *component)
{
    struct component *c = component;
    struct server *s = &c->server;
    atomic_store(&s->stopping, true);
    linger(c);
    if (s->watches)
        watches_stop(s->watches);
    if (s->http)
        http_server_stop(s->http, STOP_DRAIN_MS);
    if (c->chores)
        loop_free(c->chores);
    await_writes(s);
    workers_free(s->workers);
    registry_stop(s->registry);
    authz_free(s->authz);
    authn_free(s->authn);
    registry_free(s->registry);
    store_free(c->store);
    if (s->plugins)
        plugin_host_free(s->plugins);
    kubelet_access_free(s->kubelets);
    watches_free(s->watches);
    metrics_free(s->metrics);
    free(c);
}

static int start_all(struct component *c, struct error *err)
{
    struct workers_config workers = {.name = "write", .threads_max = WORKERS_MAX};
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES_MIN);
    c->server.options = &c->options;
    c->server.started_ns = clock_realtime_ns();
    c->server.audit_seed = random_u64();
    c->server.metrics = metrics_new();
    c->server.watches = watches_new(c->server.metrics);
    c->server.workers = workers_new(&workers);
    c->server.kubelets = kubelet_access_new(&c->options, err);
    if (!c->server.kubelets || start_registry(c, err) < 0 || configure_admission(c, err) < 0 ||
        start_auth(c, err) < 0 || start_http(c, err) < 0)
        return -1;
    c->chores = loop_new();
    loop_timer_init(&c->housekeeping, c->chores, housekeeping, c);
    loop_post(c->chores, begin_housekeeping, c);
    if (loop_start_thread(c->chores, "chores") < 0)
        return error_set(err, ERR_INTERNAL, "cannot start a thread");
    workers_submit(c->server.workers, bootstrap_job, c);
    c->serving = true;
    log_info("serving on %s port %u", c->options.bind_address, c->server.port);
    return 0;
}

static int start(const void *options, void **ret_component, struct error *err)
{
    struct component *c = new0(struct component);
    c->options = *(const struct apiserver_options *)options;
    if (start_all(c, err) < 0) {
        stop(c);
        return -1;
    }
    *ret_component = c;
    return 0;
}

/* New connections get the certificate that the files now hold. */
static int reload_certificate(struct component *c, struct error *err)
{
    struct tls_settings *tls = tls_of(&c->options, err);
    if (!tls)
        return -1;
    http_server_set_tls(c->server.http, tls);
    tls_settings_unref(tls);
    return 0;
}

/* What fails keeps nothing else from being read again. */
static int reload(void *component, struct error *err)
{
    struct component *c = component;
    int store = storage_reload(&c->options, c->server.plugins, err);
    return reload_certificate(c, err) < 0 || store < 0 ? -1 : 0;
}

const struct daemon apiserver_daemon = {
    .name = "kube-apiserver",
    .summary = "serves the Kubernetes API over a store plugin",
    .flags = apiserver_flags,
    .flags_count = APISERVER_FLAGS,
    .options_size = sizeof(struct apiserver_options),
    .start = start,
    .reload = reload,
    .stop = stop,
    .bind_address_offset = (size_t)-1,
    .port_offset = (size_t)-1,
};
