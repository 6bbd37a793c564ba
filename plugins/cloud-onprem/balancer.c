/* SPDX-License-Identifier: Apache-2.0 */
/* See balancer.h. */
#include "plugins/cloud-onprem/balancer.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-onprem/choose.h"

struct balancer {
    const struct keelson_host *host;
    struct keelson_token *token;
    pthread_mutex_t lock; /* pools, allocator */
    struct pools pools;
    struct allocator *allocator;
};

struct balancer *balancer_new(const struct keelson_host *host, struct keelson_token *token)
{
    struct balancer *b = calloc(1, sizeof(*b));
    if (!b)
        return NULL;
    *b = (struct balancer){.host = host, .token = token, .allocator = allocator_new()};
    if (!b->allocator) {
        free(b);
        return NULL;
    }
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void balancer_free(struct balancer *b)
{
    if (!b)
        return;
    allocator_free(b->allocator);
    pools_done(&b->pools);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* Under the lock. */
static void count_used(struct balancer *b)
{
    for (uint32_t i = 0; i < b->pools.count; i++) {
        const struct pool *p = &b->pools.list[i];
        double used = 0, all = 0;
        for (uint32_t j = 0; j < p->ranges_count; j++) {
            used += (double)allocator_used(b->allocator, &p->ranges[j]);
            all += (double)address_range_count(&p->ranges[j]);
        }
        b->host->metric_set(b->token, "addresses_used", p->name, used);
        b->host->metric_set(b->token, "addresses", p->name, all);
    }
}

void balancer_configure(struct balancer *b, struct pools *pools)
{
    pthread_mutex_lock(&b->lock);
    struct pools before = b->pools;
    b->pools = *pools;
    *pools = (struct pools){0};
    count_used(b);
    pthread_mutex_unlock(&b->lock);
    pools_done(&before);
}

static enum keelson_status put(const struct keelson_load_balancer_sink *sink, const struct choice *c)
{
    char texts[2][ADDRESS_TEXT_MAX];
    struct keelson_ingress ingress[2];
    for (uint32_t i = 0; i < c->count; i++) {
        address_format(&c->addresses[i], texts[i]);
        ingress[i] = (struct keelson_ingress){.ip = texts[i], .ip_mode = "VIP"};
    }
    const struct keelson_load_balancer said = {.size = sizeof(said),
                                               .ingress_count = c->count,
                                               .ingress_size = sizeof(ingress[0]),
                                               .ingress = ingress};
    sink->put(sink, &said);
    return KEELSON_OK;
}

/* Under the lock. What was had beside it is given back. */
static enum keelson_status take(struct balancer *b, const struct keelson_call *call, const struct request *q,
                                const struct choice *c)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (!allocator_take(b->allocator, &c->addresses[i], &q->claim)) /* a retry finds what was taken */
            return b->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    allocator_release(b->allocator, q->claim.uid, c->addresses, c->count);
    count_used(b);
    return KEELSON_OK;
}

enum keelson_status balancer_get(struct balancer *b, const struct keelson_call *call,
                                 const struct keelson_object *service,
                                 const struct keelson_load_balancer_sink *sink)
{
    struct request q;
    struct choice c;
    enum keelson_status status = request_read(b->host, call, service, &q);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&b->lock);
    c.count = allocator_held(b->allocator, q.claim.uid, c.addresses, 2);
    if (c.count == 0) {
        choose_present(&b->pools, b->allocator, &q, &c);
        status = c.count ? take(b, call, &q, &c) : KEELSON_NOT_FOUND;
    }
    pthread_mutex_unlock(&b->lock);
    request_done(&q);
    return status == KEELSON_OK ? put(sink, &c) : status;
}

static bool has(const struct choice *c, const struct address *a)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (address_compare(&c->addresses[i], a) == 0)
            return true;
    return false;
}

/* Its owner should hear why an address that clients may know is another now. */
static void tell_of_moves(const struct balancer *b, const struct keelson_call *call, const struct request *q,
                          const struct choice *c)
{
    for (uint32_t i = 0; i < q->current_count; i++) {
        char text[ADDRESS_TEXT_MAX], why[512];
        if (has(c, &q->current[i]))
            continue;
        address_format(&q->current[i], text);
        if (allocator_may_take(b->allocator, &q->current[i], &q->claim, why, sizeof(why)))
            snprintf(why, sizeof(why),
                     "another one is asked for, or no pool that this Service may use has it");
        b->host->event(call, KEELSON_LOG_WARNING, "LoadBalancerAddressChanged", "%s could not be kept: %s",
                       text, why);
    }
}

enum keelson_status balancer_ensure(struct balancer *b, const struct keelson_call *call,
                                    const struct keelson_object *service,
                                    const struct keelson_load_balancer_sink *sink)
{
    struct request q;
    struct choice c;
    char why[1024] = "";
    enum keelson_status status = request_read(b->host, call, service, &q);
    if (status != KEELSON_OK)
        return status;
    request_tell_unknown(b->host, call, service);
    pthread_mutex_lock(&b->lock);
    if (q.current_count == 0) /* the answer before this one may have been lost */
        q.current_count = allocator_held(b->allocator, q.claim.uid, q.current, REQUEST_CURRENT_MAX);
    status = choose(&b->pools, b->allocator, &q, &c, why, sizeof(why));
    if (status == KEELSON_OK) {
        tell_of_moves(b, call, &q, &c);
        status = take(b, call, &q, &c);
    } else {
        b->host->fail(call, status, "%s", why);
    }
    pthread_mutex_unlock(&b->lock);
    request_done(&q);
    return status == KEELSON_OK ? put(sink, &c) : status;
}

enum keelson_status balancer_remove(struct balancer *b, const struct keelson_call *call,
                                    const struct keelson_object *service)
{
    struct keelson_bytes uid = {"", 0};
    b->host->object_string(service, "metadata.uid", &uid);
    char *text = strndup(uid.size ? uid.data : "", uid.size);
    if (!text)
        return b->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    pthread_mutex_lock(&b->lock);
    allocator_release(b->allocator, text, NULL, 0);
    count_used(b);
    pthread_mutex_unlock(&b->lock);
    free(text);
    return KEELSON_OK;
}
