/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three threads meet at the board, under one lock: the client's loop tells it of leases, a loop of our own
 * decides and speaks on the LAN, and a thread writes the lease, since writing blocks. Whoever changed
 * something wakes the other two.
 */
#include "core/announce/announcer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "core/announce/picture.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"

#define DECIDE_MS   250 /* at least so often */
#define COMPLAIN_NS (10 * NS_PER_S)

/* An announcement is told three times, since a frame may be lost. */
static const int64_t repeat_after_ms[] = {200, 1000};

struct repeat {
    struct address address;
    unsigned told; /* repeats */
    int64_t due_ms;
};
struct announcer {
    struct announcer_config config;
    struct picture_told told;
    struct lan_told lan_told;
    struct address_range *ranges;
    struct picture *picture;
    pthread_mutex_t lock; /* board, usable, stopping */
    pthread_cond_t renew;
    struct board *board;
    char *usable; /* by the interfaces */
    bool stopping;
    unsigned long renewer;
    atomic_bool dirty;  /* Services, endpoints or our node changed */
    atomic_bool posted; /* a decision is on its way to the loop */
    atomic_uint_fast64_t begun, claims, failures;
    /* The loop's thread only. */
    struct loop *loop;
    struct lan *lan;
    struct loop_timer decide, repeat;
    struct repeat *repeats;
    size_t repeats_count, repeats_capacity;
    struct repeat *changes; /* of one decision: address, told: announcing */
    size_t changes_count, changes_capacity;
    int64_t complained_ns;
};

static void decide(void *context);

static void decide_posted(void *context)
{
    struct announcer *a = context;
    atomic_store(&a->posted, false);
    decide(a);
}

/* Any thread. */
static void wake(struct announcer *a)
{
    if (!atomic_exchange(&a->posted, true))
        loop_post(a->loop, decide_posted, a);
}

static void lease_told(void *context, const struct lease_view *lease, bool gone)
{
    struct announcer *a = context;
    pthread_mutex_lock(&a->lock);
    if (gone)
        board_gone(a->board, lease->node);
    else
        board_seen(a->board, lease->node, lease->renewed, lease->revision, lease->duration_s,
                   lease->announces, clock_monotonic_ns());
    pthread_mutex_unlock(&a->lock);
    wake(a);
}

static void cluster_changed(void *context)
{
    struct announcer *a = context;
    atomic_store(&a->dirty, true);
    wake(a);
}

/* Under the lock. What our interfaces serve, unless the node is not to serve load balancers. */
static void look_at_cluster(struct announcer *a)
{
    bool excluded;
    free(picture_node(a->picture, &excluded));
    board_usable(a->board, excluded ? "" : a->usable);
    board_begin(a->board);
    picture_addresses(a->picture, a->ranges, a->config.ranges_count, a->board);
}

static void note_change(void *context, const struct address *address, bool announcing)
{
    struct announcer *a = context;
    a->changes = xgrow(a->changes, &a->changes_capacity, a->changes_count + 1, sizeof(*a->changes));
    a->changes[a->changes_count++] = (struct repeat){.address = *address, .told = announcing};
}

static void forget_repeats(struct announcer *a, const struct address *address)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->repeats_count; i++)
        if (address_compare(&a->repeats[i].address, address) != 0)
            a->repeats[kept++] = a->repeats[i];
    a->repeats_count = kept;
}

static void start_repeats(struct announcer *a)
{
    int64_t first_ms = INT64_MAX;
    for (size_t i = 0; i < a->repeats_count; i++)
        first_ms = MIN(first_ms, a->repeats[i].due_ms);
    if (first_ms != INT64_MAX)
        loop_timer_start(&a->repeat, MAX(first_ms - clock_monotonic_ms(), (int64_t)1));
}

static void begin(struct announcer *a, const struct address *address)
{
    lan_listen(a->lan, address, true);
    lan_announce(a->lan, address);
    a->repeats = xgrow(a->repeats, &a->repeats_capacity, a->repeats_count + 1, sizeof(*a->repeats));
    a->repeats[a->repeats_count++] =
        (struct repeat){.address = *address, .due_ms = clock_monotonic_ms() + repeat_after_ms[0]};
    atomic_fetch_add(&a->begun, 1);
}

static void apply_changes(struct announcer *a)
{
    for (size_t i = 0; i < a->changes_count; i++) {
        char text[ADDRESS_TEXT_MAX];
        const struct address *address = &a->changes[i].address;
        address_format(address, text);
        log_info("%s: %s", text,
                 a->changes[i].told ? "announced from here" : "not announced from here any more");
        forget_repeats(a, address);
        if (a->changes[i].told)
            begin(a, address);
        else
            lan_listen(a->lan, address, false);
    }
    a->changes_count = 0;
    start_repeats(a);
}

static bool announces(struct announcer *a, const struct address *address)
{
    pthread_mutex_lock(&a->lock);
    bool ours = board_announces(a->board, address, clock_monotonic_ns());
    pthread_mutex_unlock(&a->lock);
    return ours;
}

static void repeat_due(void *context)
{
    struct announcer *a = context;
    int64_t now_ms = clock_monotonic_ms();
    size_t kept = 0;
    for (size_t i = 0; i < a->repeats_count; i++) {
        struct repeat r = a->repeats[i];
        if (r.due_ms <= now_ms) {
            if (announces(a, &r.address))
                lan_announce(a->lan, &r.address);
            if (++r.told == ARRAY_SIZE(repeat_after_ms))
                continue;
            r.due_ms = now_ms + repeat_after_ms[r.told];
        }
        a->repeats[kept++] = r;
    }
    a->repeats_count = kept;
    start_repeats(a);
}

static void decide(void *context)
{
    struct announcer *a = context;
    uint64_t revision = picture_revision(a->picture); /* before the lock: what it covers was told already */
    if (!picture_synced(a->picture)) {
        loop_timer_start(&a->decide, DECIDE_MS / 10);
        return;
    }
    pthread_mutex_lock(&a->lock);
    int64_t now_ns = clock_monotonic_ns();
    if (atomic_exchange(&a->dirty, false))
        look_at_cluster(a);
    board_confirm(a->board, revision, now_ns);
    board_decide(a->board, now_ns, note_change, a);
    int64_t wakes_ns = board_wakes_ns(a->board, now_ns);
    pthread_cond_signal(&a->renew);
    pthread_mutex_unlock(&a->lock);
    apply_changes(a);
    int64_t wait_ms = wakes_ns == INT64_MAX ? DECIDE_MS : (wakes_ns - now_ns) / NS_PER_MS + 1;
    loop_timer_start(&a->decide, MIN(MAX(wait_ms, (int64_t)1), (int64_t)DECIDE_MS));
}

static bool question(void *context, const struct address *target)
{
    return announces(context, target);
}

static void claim(void *context, const struct address *target, const uint8_t mac[6], const char *interface)
{
    struct announcer *a = context;
    char text[ADDRESS_TEXT_MAX];
    int64_t now_ns = clock_monotonic_ns();
    if (!announces(a, target))
        return;
    atomic_fetch_add(&a->claims, 1);
    if (a->complained_ns && now_ns - a->complained_ns < COMPLAIN_NS)
        return;
    a->complained_ns = now_ns;
    address_format(target, text);
    log_warning("%s: %02x:%02x:%02x:%02x:%02x:%02x on %s says that it has this address, too", text, mac[0],
                mac[1], mac[2], mac[3], mac[4], mac[5], interface);
}

static void usable_changed(void *context, const char *ranges)
{
    struct announcer *a = context;
    pthread_mutex_lock(&a->lock);
    free(a->usable);
    a->usable = xstrdup(ranges);
    pthread_mutex_unlock(&a->lock);
    atomic_store(&a->dirty, true);
    decide(a);
}

/* Under the lock, which is given up while it waits. */
static void wait_until(struct announcer *a, int64_t due_ns)
{
    struct timespec until = {.tv_sec = due_ns / NS_PER_S, .tv_nsec = due_ns % NS_PER_S};
    pthread_cond_timedwait(&a->renew, &a->lock, &until);
}

/* Under the lock, which is given up while it writes. */
static void renew_now(struct announcer *a, const struct board_renewal *r, bool *failing)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    char renewed[TIME_TEXT_MAX];
    bool excluded;
    uint64_t revision = 0;
    _cleanup_free_ char *uid = picture_node(a->picture, &excluded), *text = xstrdup(r->announces);
    time_format_micro(clock_realtime_ns(), renewed);
    board_sent(a->board, renewed, r->duration_s, clock_monotonic_ns());
    pthread_mutex_unlock(&a->lock);
    const struct lease_text lease = {
        a->config.lease_namespace, a->config.node, uid, renewed, text, r->duration_s};
    int result = lease_write(a->config.client, &lease, &revision, &err);
    if (result < 0 && !*failing)
        log_warning("the lease could not be renewed: %s", err.message);
    else if (result == 0 && *failing)
        log_info("the lease is renewed again");
    *failing = result < 0;
    atomic_fetch_add(&a->failures, result < 0);
    pthread_mutex_lock(&a->lock);
    if (result == 0)
        board_written(a->board, revision);
}

static void *renew_run(void *context)
{
    struct announcer *a = context;
    bool failing = false;
    pthread_mutex_lock(&a->lock);
    while (!a->stopping) {
        struct board_renewal r;
        int64_t now_ns = clock_monotonic_ns();
        board_next(a->board, now_ns, &r);
        if (!picture_synced(a->picture)) {
            wait_until(a, now_ns + DECIDE_MS * NS_PER_MS);
        } else if (r.due_ns > now_ns) {
            wait_until(a, r.due_ns);
        } else {
            renew_now(a, &r, &failing);
            wake(a);
        }
    }
    pthread_mutex_unlock(&a->lock);
    return NULL;
}

int announcer_start(const struct announcer_config *config, struct announcer **ret, struct error *err)
{
    struct announcer *a = new0(struct announcer);
    pthread_condattr_t monotonic;
    a->config = *config;
    a->told = (struct picture_told){lease_told, cluster_changed, a};
    a->lan_told = (struct lan_told){question, claim, usable_changed, a};
    a->board = board_new(config->node);
    a->usable = xstrdup("");
    a->ranges = newa0(struct address_range, config->ranges_count + 1);
    for (size_t i = 0; i < config->ranges_count; i++)
        a->ranges[i] = config->ranges[i].range;
    pthread_mutex_init(&a->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&a->renew, &monotonic);
    pthread_condattr_destroy(&monotonic);
    a->loop = loop_new();
    if (lan_new(a->loop, config->ranges, config->ranges_count, &a->lan_told, &a->lan, err) < 0) {
        loop_free(a->loop);
        board_free(a->board);
        free(a->usable);
        free(a->ranges);
        free(a);
        return -1;
    }
    loop_timer_init(&a->decide, a->loop, decide, a);
    loop_timer_init(&a->repeat, a->loop, repeat_due, a);
    a->picture = picture_start(config->client, config->lease_namespace, config->node, &a->told);
    loop_post(a->loop, lan_refresh, a->lan);
    require(loop_start_thread(a->loop, "lan") == 0);
    require(thread_start("renew", 0, renew_run, a, &a->renewer) == 0);
    *ret = a;
    return 0;
}

/* Falls silent on the LAN's thread, and only then lets the lease go. */
static void retire(void *context)
{
    struct announcer *a = context;
    pthread_mutex_lock(&a->lock);
    board_retire(a->board, note_change, a);
    a->stopping = true;
    pthread_cond_signal(&a->renew);
    pthread_mutex_unlock(&a->lock);
    apply_changes(a);
}

void announcer_stop(struct announcer *a)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    loop_post(a->loop, retire, a);
    pthread_join(a->renewer, NULL);
    if (lease_release(a->config.client, a->config.lease_namespace, a->config.node, &err) < 0 &&
        err.code != ERR_NOT_FOUND)
        log_warning("the lease could not be given up, so others take over when it ran out: %s", err.message);
    picture_stop(a->picture);
    loop_join_thread(a->loop);
    lan_free(a->lan);
    loop_free(a->loop);
    board_free(a->board);
    pthread_cond_destroy(&a->renew);
    pthread_mutex_destroy(&a->lock);
    free(a->repeats);
    free(a->changes);
    free(a->ranges);
    free(a->usable);
    free(a);
}

bool announcer_synced(const struct announcer *a)
{
    return picture_synced(a->picture);
}

void announcer_metrics(struct announcer *a, struct buffer *out)
{
    struct board_counts c;
    pthread_mutex_lock(&a->lock);
    board_count(a->board, clock_monotonic_ns(), &c);
    pthread_mutex_unlock(&a->lock);
    const struct {
        const char *name, *type, *help;
        uint64_t value;
    } rows[] = {
        {"addresses", "gauge", "Load balancer addresses that may be announced from here.", c.addresses},
        {"addresses_announced", "gauge", "Those that are.", c.announced},
        {"members", "gauge", "Nodes with a lease.", c.members},
        {"members_live", "gauge", "Those that are taken for alive.", c.live},
        {"begun_total", "counter", "Addresses that were begun to be announced.", atomic_load(&a->begun)},
        {"answers_total", "counter", "Questions that were answered.", lan_answers(a->lan)},
        {"foreign_claims_total", "counter", "Frames of others that claimed an address announced from here.",
         atomic_load(&a->claims)},
        {"renewals_failed_total", "counter", "Lease renewals that failed.", atomic_load(&a->failures)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        buffer_printf(
            out, "# HELP keelson_announce_%s %s\n# TYPE keelson_announce_%s %s\nkeelson_announce_%s %llu\n",
            rows[i].name, rows[i].help, rows[i].name, rows[i].type, rows[i].name,
            (unsigned long long)rows[i].value);
}
