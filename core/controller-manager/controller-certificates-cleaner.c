/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate cleaner: requests that nobody answered go after a day, answered ones after an hour, and
 * those with a certificate that has run out. */
#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/controller-manager/certificates.h"

#define PENDING_NS  (24 * 3600 * NS_PER_S)
#define ANSWERED_NS (3600 * NS_PER_S)
#define NEVER       INT64_MAX

struct cleaner {
    struct client *client;
    const struct resource *resource;
    struct informer *requests;
    struct workqueue *queue;
};

static void request_changed(void *self, struct cached *old, struct cached *new_, const struct json *request)
{
    struct cleaner *c = self;
    if (new_)
        workqueue_add(c->queue, cached_key(new_));
}

/* When the last of the conditions was set; 0: there is none that answers. */
static int64_t answered_ns(const struct json *request)
{
    int64_t latest = 0;
    json_for_each (condition, json_at(request, "status.conditions")) {
        int64_t at = 0;
        struct slice type = json_slice(json_get(condition, "type"));
        bool answer = slice_is(type, "Approved") || slice_is(type, "Denied") || slice_is(type, "Failed");
        if (answer && time_parse(json_slice(json_get(condition, "lastUpdateTime")), &at))
            latest = MAX(latest, at);
    }
    return latest;
}

static int64_t due_ns(const struct json *request)
{
    struct buffer pem = BUFFER_INIT;
    int64_t due = NEVER, ends = 0, answered = answered_ns(request);
    struct slice certificate = json_slice(json_at(request, "status.certificate"));
    if (certificate.size && base64_decode(&pem, certificate, BASE64_STANDARD) &&
        certificate_not_after((struct slice){pem.data, pem.size}, &ends))
        due = ends;
    if (answered)
        due = MIN(due, answered + ANSWERED_NS);
    else if (!certificate.size)
        due = object_created_ns(request) + PENDING_NS;
    buffer_done(&pem);
    return due;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct cleaner *c = self;
    struct arena arena = ARENA_INIT;
    struct error one = ERROR_INIT;
    int64_t result = 0;
    const struct json *request = object_cached_key(c->requests, key, &arena);
    int64_t due = request ? due_ns(request) : NEVER, now = clock_realtime_ns();
    if (due != NEVER && due > now) {
        result = (due - now) / NS_PER_MS + 1;
    } else if (due != NEVER) {
        struct client_delete_options options = {.grace_period_s = -1, .uid = object_uid(request)};
        result = client_delete(c->client, c->resource, NULL, key, &options, &one);
        if (result < 0 && one.code == ERR_NOT_FOUND)
            result = 0;
        if (result < 0)
            error_move(err, &one);
    }
    error_done(&one);
    arena_done(&arena);
    return result;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct cleaner *c = new0(struct cleaner);
    c->client = manager_client(m);
    c->resource = RESOURCE("certificates.k8s.io", "v1", "certificatesigningrequests");
    c->queue = controller_queue("csr-cleaner", 1, reconcile, c);
    c->requests = controller_watch(run, c->resource, request_changed, c);
    return c;
}

static void begin(void *self)
{
    struct cleaner *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct cleaner *c = self;
    workqueue_free(c->queue);
    free(c);
}

const struct controller controller_certificates_cleaner = {
    .name = "certificatesigningrequest-cleaner-controller",
    .alias = "csrcleaner",
    .account = "certificate-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
