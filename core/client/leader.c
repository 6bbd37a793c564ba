/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leader election. One thread, which tries every retry period while it follows, renews as often while it
 * leads, and gives up leading when no renewal succeeded within the renew deadline. Another's lease counts as
 * valid for its duration from when this process saw it change, by this process' own clock: clocks of
 * different machines are never compared.
 */
#include "core/client/leader.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/base/workers.h"
#include "core/client/events.h"
#include "core/client/request.h"

#define LEASE_DURATION_MS 15000
#define RENEW_DEADLINE_MS 10000
#define RETRY_PERIOD_MS   2000

struct leader {
    struct leader_config config;
    char *identity, *namespace_, *name;
    const struct resource *leases;
    pthread_mutex_t lock; /* guards stopping */
    pthread_cond_t wake;
    bool stopping;
    unsigned long thread;
    /* The election's thread only. */
    struct buffer observed; /* the spec as last seen */
    struct buffer written;  /* the lease as the server answered our last write; empty: look first */
    int64_t observed_ms;    /* when it changed, monotonic */
    char *holder;           /* whom it names */
    int64_t renewed_ms;     /* when the last write of ours that succeeded was begun: others count from then */
    bool leading;
    struct event_recorder *events;
};

/* False when the election is being stopped. */
static bool wait_ms(struct leader *l, int64_t delay_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + delay_ms % 1000 * NS_PER_MS;
    until.tv_sec += delay_ms / 1000 + ns / NS_PER_S;
    until.tv_nsec = ns % NS_PER_S;
    pthread_mutex_lock(&l->lock);
    while (!l->stopping && pthread_cond_timedwait(&l->wake, &l->lock, &until) == 0)
        ;
    bool go_on = !l->stopping;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

/* Remembers what the lease says, and when that changed. */
static void observe(struct leader *l, const struct json *lease)
{
    struct buffer spec = BUFFER_INIT;
    if (json_get(lease, "spec"))
        json_write(&spec, json_get(lease, "spec"));
    const char *holder = json_string_or(json_at(lease, "spec.holderIdentity"), "");
    if (!slice_equal((struct slice){spec.data, spec.size},
                     (struct slice){l->observed.data, l->observed.size})) {
        buffer_done(&l->observed);
        l->observed = spec;
        spec = BUFFER_INIT;
        l->observed_ms = clock_monotonic_ms();
        if (!l->holder || strcmp(l->holder, holder) != 0) {
            free(l->holder);
            l->holder = xstrdup(holder);
            log_info("lease %s/%s: the leader is %s", l->namespace_, l->name, holder[0] ? holder : "nobody");
        }
    }
    buffer_done(&spec);
}

static int perform(struct leader *l, const char *method, const char *name, const struct json *body,
                   int64_t timeout_ms, struct arena *arena, struct json **ret, struct error *err)
{
    struct buffer target = BUFFER_INIT, text = BUFFER_INIT;
    client_path(&target, l->leases, l->namespace_, name, NULL);
    if (body)
        json_write(&text, body);
    struct client_request request = {
        .method = method, .target = target.data, .body = {text.data, text.size}, .timeout_ms = timeout_ms};
    int rc = client_perform(l->config.client, &request, arena, ret, err);
    buffer_done(&target);
    buffer_done(&text);
    return rc;
}

/* The spec as we would have it. */
static void claim(struct leader *l, struct arena *arena, struct json *lease)
{
    char now[TIME_TEXT_MAX];
    time_format_micro(clock_realtime_ns(), now);
    struct json *spec = json_ensure(arena, lease, "spec", JSON_OBJECT);
    const char *holder = json_string_or(json_get(spec, "holderIdentity"), "");
    if (strcmp(holder, l->identity) != 0) {
        bool fresh = !json_get(spec, "leaseTransitions") && !holder[0];
        json_set_int(arena, spec, "leaseTransitions",
                     fresh ? 0 : json_integer_or(json_get(spec, "leaseTransitions"), 0) + 1);
        json_set_string(arena, spec, "acquireTime", now);
    }
    json_set_string(arena, spec, "holderIdentity", l->identity);
    json_set_int(arena, spec, "leaseDurationSeconds", l->config.lease_duration_ms / 1000);
    json_set_string(arena, spec, "renewTime", now);
}

/* What the server answered to a write of ours: the next renewal begins with it. */
static void keep_written(struct leader *l, const struct json *lease)
{
    buffer_clear(&l->written);
    json_write(&l->written, lease);
    observe(l, lease);
}

static int write_claim(struct leader *l, const char *method, const char *name, struct json *lease,
                       int64_t timeout_ms, struct arena *arena, struct error *err)
{
    struct json *answer = NULL;
    int64_t began_ms = clock_monotonic_ms();
    claim(l, arena, lease);
    if (perform(l, method, name, lease, timeout_ms, arena, &answer, err) < 0)
        return -1;
    l->renewed_ms = began_ms;
    keep_written(l, answer);
    return 0;
}

static int create_lease(struct leader *l, struct arena *arena, int64_t timeout_ms, struct error *err)
{
    struct json *lease = object_new(arena, "coordination.k8s.io/v1", "Lease", l->namespace_, l->name);
    return write_claim(l, "POST", NULL, lease, timeout_ms, arena, err);
}

static bool held_by_another(const struct leader *l, const struct json *lease)
{
    const char *holder = json_string_or(json_at(lease, "spec.holderIdentity"), "");
    int64_t duration_ms = json_integer_at(lease, "spec.leaseDurationSeconds", 0) * 1000;
    return holder[0] && strcmp(holder, l->identity) != 0 &&
           l->observed_ms + duration_ms > clock_monotonic_ms();
}

/* A leader whom nobody interfered with needs no look at the lease: its resource version guards the write. */
static bool renew_unseen(struct leader *l, int64_t timeout_ms, struct arena *arena)
{
    struct json *lease = NULL;
    struct slice text = {l->written.data, l->written.size};
    bool done = text.size && json_parse(arena, text, &lease, NULL) == 0 &&
                write_claim(l, "PUT", l->name, lease, timeout_ms, arena, NULL) == 0;
    if (!done)
        buffer_clear(&l->written);
    return done;
}

static int acquire_or_renew(struct leader *l, int64_t timeout_ms, struct arena *arena, struct error *err)
{
    struct json *lease = NULL;
    struct error local = ERROR_INIT;
    int rc = perform(l, "GET", l->name, NULL, timeout_ms, arena, &lease, &local);
    if (rc < 0 && local.code == ERR_NOT_FOUND) {
        error_done(&local);
        return create_lease(l, arena, timeout_ms, err);
    }
    if (rc < 0) {
        error_move(err, &local);
        error_done(&local);
        return -1;
    }
    observe(l, lease);
    if (held_by_another(l, lease))
        return error_set(err, ERR_CONFLICT, "the lease is held by %s", l->holder);
    return write_claim(l, "PUT", l->name, lease, timeout_ms, arena, err);
}

static int try_acquire_or_renew(struct leader *l, int64_t timeout_ms, struct error *err)
{
    struct arena arena = ARENA_INIT;
    int64_t began_ms = clock_monotonic_ms();
    bool done = l->leading && renew_unseen(l, timeout_ms, &arena);
    int64_t left_ms = MAX(timeout_ms - (clock_monotonic_ms() - began_ms), (int64_t)1);
    int rc = done ? 0 : acquire_or_renew(l, left_ms, &arena, err);
    arena_done(&arena);
    return rc;
}

/* The pause before the next try: upstream's jittered period while another leads. A server that cannot be
 * asked yet (it starts at the same time as we do, and its roles are not there) is asked again sooner, twice
 * as late each time. */
static int64_t acquire_pause_ms(const struct leader *l, bool asked, unsigned *failures)
{
    int64_t period_ms = l->config.retry_period_ms, soon_ms = INT64_C(25) << MIN((*failures)++, 10u);
    if (!asked && soon_ms < period_ms)
        return soon_ms;
    return period_ms + (int64_t)random_below((uint64_t)(period_ms * 6 / 5));
}

static bool acquire(struct leader *l)
{
    enum error_code last = ERR_NONE;
    unsigned failures = 0;
    for (;;) {
        struct error err = ERROR_INIT;
        int rc = try_acquire_or_renew(l, l->config.renew_deadline_ms, &err);
        if (rc < 0 && err.code != ERR_CONFLICT && err.code != last)
            log_warning("lease %s/%s: %s", l->namespace_, l->name, err.message ? err.message : "failed");
        last = err.code;
        bool asked = rc >= 0 || err.code == ERR_CONFLICT;
        error_done(&err);
        if (rc == 0)
            return true;
        if (!wait_ms(l, acquire_pause_ms(l, asked, &failures)))
            return false;
    }
}

static bool is_taken(const struct leader *l)
{
    return l->holder && strcmp(l->holder, l->identity) != 0;
}

/* Until the lease is lost (false) or the election is being stopped (true). */
static bool keep(struct leader *l)
{
    for (;;) {
        if (!wait_ms(l, l->config.retry_period_ms))
            return true;
        struct error err = ERROR_INIT;
        int64_t left = l->renewed_ms + l->config.renew_deadline_ms - clock_monotonic_ms();
        int rc = left > 0 ? try_acquire_or_renew(l, left, &err) : -1;
        if (rc < 0 && left > 0)
            log_warning("lease %s/%s: not renewed: %s", l->namespace_, l->name,
                        err.message ? err.message : "failed");
        error_done(&err);
        if ((rc < 0 && clock_monotonic_ms() - l->renewed_ms >= l->config.renew_deadline_ms) || is_taken(l))
            return false;
    }
}

/* What has not ended by the time that another may lead is told so. */
static void await_end(struct leader *l)
{
    int64_t left_ms = l->renewed_ms + l->config.lease_duration_ms - clock_monotonic_ms();
    if ((is_taken(l) || wait_ms(l, MAX(left_ms, (int64_t)0))) && l->config.expired)
        l->config.expired(l->config.context);
}

static void tell(struct leader *l, const char *what)
{
    struct arena arena = ARENA_INIT;
    struct json *lease = object_new(&arena, "coordination.k8s.io/v1", "Lease", l->namespace_, l->name);
    if (!l->events)
        l->events = event_recorder_new(l->config.client, l->name, "");
    event_record(l->events, lease, NULL, "Normal", "LeaderElection", "%s %s", l->identity, what);
    arena_done(&arena);
}

static void release(struct leader *l)
{
    struct arena arena = ARENA_INIT;
    struct json *lease = NULL;
    struct error err = ERROR_INIT;
    char now[TIME_TEXT_MAX];
    int64_t timeout_ms = MIN(l->config.retry_period_ms, (int64_t)2000);
    if (perform(l, "GET", l->name, NULL, timeout_ms, &arena, &lease, &err) == 0 &&
        !strcmp(json_string_or(json_at(lease, "spec.holderIdentity"), ""), l->identity)) {
        struct json *spec = json_get(lease, "spec");
        time_format_micro(clock_realtime_ns(), now);
        json_set_string(&arena, spec, "holderIdentity", "");
        json_set_int(&arena, spec, "leaseDurationSeconds", 1);
        json_set_string(&arena, spec, "renewTime", now);
        json_set_string(&arena, spec, "acquireTime", now);
        perform(l, "PUT", l->name, lease, timeout_ms, &arena, NULL, &err);
    }
    if (err.code)
        log_info("lease %s/%s: not released: %s", l->namespace_, l->name, err.message);
    error_done(&err);
    arena_done(&arena);
}

static void *run(void *arg)
{
    struct leader *l = arg;
    if (!acquire(l))
        return NULL;
    log_info("lease %s/%s: leading as %s", l->namespace_, l->name, l->identity);
    tell(l, "became leader");
    l->leading = true;
    l->config.started(l->config.context);
    if (!keep(l)) {
        l->leading = false;
        log_error("lease %s/%s: lost", l->namespace_, l->name);
        tell(l, "stopped leading");
        l->config.stopped(l->config.context);
        await_end(l);
    }
    return NULL;
}

static char *default_identity(void)
{
    char host[256] = "localhost", uuid[UUID_TEXT_MAX];
    gethostname(host, sizeof(host) - 1);
    random_uuid(uuid);
    return xasprintf("%s_%s", host, uuid);
}

struct leader *leader_start(const struct leader_config *config)
{
    struct leader *l = new0(struct leader);
    l->config = *config;
    if (!l->config.lease_duration_ms)
        l->config.lease_duration_ms = LEASE_DURATION_MS;
    if (!l->config.renew_deadline_ms)
        l->config.renew_deadline_ms = RENEW_DEADLINE_MS;
    if (!l->config.retry_period_ms)
        l->config.retry_period_ms = RETRY_PERIOD_MS;
    l->identity = config->identity ? xstrdup(config->identity) : default_identity();
    l->namespace_ = xstrdup(config->lease_namespace);
    l->name = xstrdup(config->lease_name);
    l->leases = RESOURCE("coordination.k8s.io", "v1", "leases");
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&l->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&l->lock, NULL);
    require(thread_start("leader", 0, run, l, &l->thread) == 0);
    return l;
}

void leader_stop(struct leader *l, bool give_up)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_broadcast(&l->wake);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    if (l->leading && give_up)
        release(l);
    event_recorder_free(l->events);
    buffer_done(&l->observed);
    buffer_done(&l->written);
    free(l->holder);
    free(l->identity);
    free(l->namespace_);
    free(l->name);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
