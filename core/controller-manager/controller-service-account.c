/* SPDX-License-Identifier: Apache-2.0 */
/* The service account controller: every namespace has a service account named "default". */
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

struct service_accounts {
    struct client *client;
    const struct resource *resource;
    struct informer *namespaces, *accounts;
    struct workqueue *queue; /* of namespaces */
};

static void namespace_changed(void *self, struct cached *old, struct cached *new_,
                              const struct json *namespace_)
{
    struct service_accounts *c = self;
    if (new_)
        workqueue_add(c->queue, cached_key(new_));
}

static void account_changed(void *self, struct cached *old, struct cached *new_, const struct json *account)
{
    struct service_accounts *c = self;
    if (!new_ && !strcmp(object_name(account), "default"))
        workqueue_add(c->queue, object_namespace(account));
}

static int create(struct service_accounts *c, const char *namespace_, struct arena *arena, struct error *err)
{
    struct json *account = object_new(arena, "v1", "ServiceAccount", namespace_, "default");
    struct error one = ERROR_INIT;
    int rc = client_create(c->client, c->resource, namespace_, account, arena, NULL, &one);
    /* the namespace may have begun to go */
    if (rc < 0 && (one.code == ERR_ALREADY_EXISTS || one.code == ERR_NOT_FOUND))
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct service_accounts *c = self;
    struct arena arena = ARENA_INIT;
    int rc = 0;
    const struct json *namespace_ = object_cached_key(c->namespaces, key, &arena);
    if (namespace_ && !object_is_deleted(namespace_) && !object_cached(c->accounts, key, "default", &arena))
        rc = create(c, key, &arena, err);
    arena_done(&arena);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct service_accounts *c = new0(struct service_accounts);
    c->client = manager_client(m);
    c->resource = RESOURCE("", "v1", "serviceaccounts");
    c->queue = controller_queue("serviceaccount", 1, reconcile, c);
    c->namespaces = controller_watch(run, RESOURCE("", "v1", "namespaces"), namespace_changed, c);
    c->accounts = controller_watch(run, c->resource, account_changed, c);
    return c;
}

static void begin(void *self)
{
    struct service_accounts *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct service_accounts *c = self;
    workqueue_free(c->queue);
    free(c);
}

const struct controller controller_service_account = {
    .name = "serviceaccount-controller",
    .alias = "serviceaccount",
    .account = "service-account-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
