/* SPDX-License-Identifier: Apache-2.0 */
/* Work that depends on a lease. */
#include "core/daemon/elected.h"

#include <pthread.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/leader.h"

struct elected {
    struct client *client;
    struct leader *leader; /* NULL: no election */
    void *(*begin)(void *context);
    void (*end)(void *work);
    void *context;
    pthread_mutex_t lock; /* guards what follows; the election's thread makes the work */
    void *work;
    bool stopping;
};

static void begin(void *context)
{
    struct elected *e = context;
    pthread_mutex_lock(&e->lock);
    if (!e->stopping)
        e->work = e->begin(e->context);
    pthread_mutex_unlock(&e->lock);
}

/* Another may lead by now: nothing is written any more, from here on. */
static void lost(void *context)
{
    struct elected *e = context;
    client_fence(e->client);
    daemon_request_stop(1);
}

/* What is under way still, a plugin's call in the main, cannot be taken back, so it ends with the process. */
static void expired(void *context)
{
    log_error("another may lead, and this process has not come to its end: it is ended");
    _exit(1);
}

int election_check(const struct election_options *o, struct error *err)
{
    if (!o->leader_elect)
        return 0;
    if (o->retry_period_ns < NS_PER_MS)
        return error_set(err, ERR_BAD_REQUEST, "--leader-elect-retry-period must be at least 1ms");
    if (o->renew_deadline_ns <= o->retry_period_ns)
        return error_set(err, ERR_BAD_REQUEST,
                         "--leader-elect-renew-deadline must be longer than --leader-elect-retry-period");
    if (o->lease_duration_ns < NS_PER_S) /* a lease counts seconds */
        return error_set(err, ERR_BAD_REQUEST, "--leader-elect-lease-duration must be at least 1s");
    if (o->lease_duration_ns <= o->renew_deadline_ns)
        return error_set(
            err, ERR_BAD_REQUEST,
            "--leader-elect-lease-duration must be longer than --leader-elect-renew-deadline, or two "
            "could lead");
    return 0;
}

struct elected *elected_start(struct client *client, const struct election_options *o,
                              void *(*begin_work)(void *context), void (*end)(void *work), void *context)
{
    struct elected *e = new0(struct elected);
    e->client = client;
    e->begin = begin_work;
    e->end = end;
    e->context = context;
    pthread_mutex_init(&e->lock, NULL);
    if (!o->leader_elect) {
        begin(e);
        return e;
    }
    e->leader = leader_start(&(struct leader_config){
        .client = client,
        .lease_namespace = o->lease_namespace,
        .lease_name = o->lease_name,
        .lease_duration_ms = o->lease_duration_ns / 1000000,
        .renew_deadline_ms = o->renew_deadline_ns / 1000000,
        .retry_period_ms = o->retry_period_ns / 1000000,
        .started = begin,
        .stopped = lost,
        .expired = expired,
        .context = e,
    });
    return e;
}

void elected_end(struct elected *e)
{
    pthread_mutex_lock(&e->lock);
    void *work = TAKE_PTR(e->work);
    e->stopping = true;
    pthread_mutex_unlock(&e->lock);
    client_stop(e->client);
    if (work)
        e->end(work);
}

void elected_stop(struct elected *e, bool give_up)
{
    elected_end(e);
    if (e->leader)
        leader_stop(e->leader, give_up);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

bool elected_with(struct elected *e, void (*use)(void *work, void *argument), void *argument)
{
    pthread_mutex_lock(&e->lock);
    bool works = e->work != NULL;
    if (works)
        use(e->work, argument);
    pthread_mutex_unlock(&e->lock);
    return works;
}
