/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times to live as etcd's leases. Keys that are put within a short time with the same TTL share a lease,
 * which is granted that much longer, as the API server upstream does: an hour of Events is sixty leases and
 * not one for each Event.
 */
#include <stdlib.h>

#include "plugins/store-etcd/etcd.h"

#define SHARE_PART   20 /* of the TTL: so long a lease is given to further keys … */
#define SHARE_S_MAX  60 /* … but not longer than this */
#define USES_MAX     1000
#define ANSWER_NS    INT64_C(1000000000)
#define ASK_AGAIN_NS INT64_C(60000000000)

static int64_t share_s(int64_t ttl_s)
{
    return ttl_s / SHARE_PART < SHARE_S_MAX ? ttl_s / SHARE_PART : SHARE_S_MAX;
}

void leases_done(struct leases *leases)
{
    free(leases->items);
}

/* Lock held. */
static void leases_prune(struct leases *leases, int64_t now_ns)
{
    for (size_t i = 0; i < leases->count;) {
        if (leases->items[i].expires_ns <= now_ns)
            leases->items[i] = leases->items[--leases->count];
        else
            i++;
    }
}

static void lease_add(struct leases *leases, const struct lease *lease)
{
    pthread_mutex_lock(&leases->lock);
    leases_prune(leases, clock_ns());
    if (leases->count == leases->capacity) {
        leases->capacity = leases->capacity * 2 + 16;
        leases->items = realloc(leases->items, leases->capacity * sizeof(*leases->items));
        if (!leases->items)
            abort();
    }
    leases->items[leases->count++] = *lease;
    pthread_mutex_unlock(&leases->lock);
}

/* 0: none. */
static int64_t lease_share(struct leases *leases, int64_t ttl_s)
{
    int64_t id = 0, now_ns = clock_ns();
    pthread_mutex_lock(&leases->lock);
    for (size_t i = 0; i < leases->count && !id; i++) {
        struct lease *lease = &leases->items[i];
        if (lease->ttl_s != ttl_s || lease->uses >= USES_MAX ||
            now_ns - lease->granted_ns >= share_s(ttl_s) * INT64_C(1000000000))
            continue;
        lease->uses++;
        id = lease->id;
    }
    pthread_mutex_unlock(&leases->lock);
    return id;
}

enum keelson_status lease_take(struct etcd *etcd, const struct keelson_call *call, int64_t ttl_s,
                               int64_t *ret, struct failure *failure)
{
    Etcd__LeaseGrantRequest request = ETCD__LEASE_GRANT_REQUEST__INIT;
    Etcd__LeaseGrantResponse *response;
    *ret = lease_share(&etcd->leases, ttl_s);
    if (*ret)
        return KEELSON_OK;
    request.ttl = ttl_s + share_s(ttl_s);
    int64_t now_ns = clock_ns();
    /* Granting twice does no harm: a lease without keys ends unnoticed. */
    enum keelson_status status =
        cluster_call(etcd, call->deadline_ns, call->cancel_fd, "/etcdserverpb.Lease/LeaseGrant",
                     CALL_REPEATABLE, &request, &etcd__lease_grant_response__descriptor, &response, failure);
    if (status != KEELSON_OK)
        return status;
    const struct lease lease = {.id = response->id,
                                .ttl_s = ttl_s,
                                .granted_ns = now_ns,
                                .expires_ns = now_ns + response->ttl * INT64_C(1000000000),
                                .uses = 1};
    etcd__lease_grant_response__free_unpacked(response, NULL);
    lease_add(&etcd->leases, &lease);
    *ret = lease.id;
    return KEELSON_OK;
}

void lease_forget(struct etcd *etcd, int64_t id)
{
    struct leases *leases = &etcd->leases;
    pthread_mutex_lock(&leases->lock);
    for (size_t i = 0; i < leases->count; i++) {
        if (leases->items[i].id == id)
            leases->items[i].expires_ns = 0;
    }
    leases_prune(leases, clock_ns());
    pthread_mutex_unlock(&leases->lock);
}

static int64_t seconds_left(int64_t expires_ns)
{
    int64_t left_ns = expires_ns - clock_ns();
    return left_ns < INT64_C(1000000000) ? 1 : left_ns / INT64_C(1000000000);
}

/* 0: not known here. */
static int64_t lease_known_left(struct leases *leases, int64_t id)
{
    int64_t left = 0;
    pthread_mutex_lock(&leases->lock);
    for (size_t i = 0; i < leases->count && !left; i++) {
        if (leases->items[i].id == id)
            left = seconds_left(leases->items[i].expires_ns);
    }
    pthread_mutex_unlock(&leases->lock);
    return left;
}

int64_t lease_left(struct etcd *etcd, int64_t id, int64_t deadline_ns, int cancel_fd)
{
    Etcd__LeaseTimeToLiveRequest request = ETCD__LEASE_TIME_TO_LIVE_REQUEST__INIT;
    Etcd__LeaseTimeToLiveResponse *response;
    struct failure failure;
    int64_t left = id ? lease_known_left(&etcd->leases, id) : 0, now_ns = clock_ns();
    if (!id || left)
        return left;
    request.id = id;
    deadline_ns = deadline_ns < now_ns + ANSWER_NS ? deadline_ns : now_ns + ANSWER_NS;
    if (cluster_call(etcd, deadline_ns, cancel_fd, "/etcdserverpb.Lease/LeaseTimeToLive", CALL_REPEATABLE,
                     &request, &etcd__lease_time_to_live_response__descriptor, &response,
                     &failure) != KEELSON_OK)
        return 1;
    left = response->ttl > 0 ? response->ttl : 1;
    /* Others may keep their leases alive: asked again in a minute. */
    int64_t expires_ns = now_ns + left * INT64_C(1000000000);
    const struct lease lease = {
        .id = id, .expires_ns = expires_ns < now_ns + ASK_AGAIN_NS ? expires_ns : now_ns + ASK_AGAIN_NS};
    etcd__lease_time_to_live_response__free_unpacked(response, NULL);
    lease_add(&etcd->leases, &lease);
    return left;
}
