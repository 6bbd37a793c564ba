/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blocking client: builds a request, lets the transport carry it, and says what came back. Retrying
 * stands here, above the transport, so that both transports behave the same.
 */
#include "core/client/client.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/client/account.h"
#include "core/client/request.h"
#include "core/client/transport-https.h"

struct client {
    struct transport *transport;
    struct loop *loop;
    bool loop_owned;
    struct client *base;     /* of a service account's client: the one whose transport it uses */
    struct account *account; /* NULL: acts as the transport does */
    double requests_per_s;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    bool stopping, fenced;
    int64_t complained_ms;
    int64_t next_slot_ns; /* when the client-side limit lets the next request go */
};

struct loop *client_loop(struct client *client)
{
    return client->loop;
}

struct transport *client_transport(struct client *c)
{
    return c->transport;
}

static void init_locks(struct client *c)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&c->lock, NULL);
}

static int start_loop(struct client *c, struct loop *loop, struct error *err)
{
    c->loop = loop;
    if (loop)
        return 0;
    c->loop = loop_new();
    c->loop_owned = true;
    int rc = loop_start_thread(c->loop, "client");
    return rc ? error_set(err, ERR_INTERNAL, "starting the client's loop failed") : 0;
}

int client_new(const struct client_config *config, struct client **ret, struct error *err)
{
    struct client *c = new0(struct client);
    init_locks(c);
    c->requests_per_s = config->requests_per_s;
    c->transport = config->transport;
    if (start_loop(c, config->loop, err) < 0)
        goto fail;
    if (!c->transport &&
        !(c->transport = transport_https_new(c->loop, config->kubeconfig, config->user_agent, err)))
        goto fail;
    *ret = c;
    return 0;
fail:
    if (config->transport)
        c->transport = NULL;
    client_free(c);
    return -1;
}

struct client *client_new_account(struct client *base, const char *namespace_, const char *name)
{
    struct client *c = new0(struct client);
    init_locks(c);
    c->transport = base->transport;
    c->loop = base->loop;
    c->base = base;
    c->account = account_new(base, namespace_, name);
    return c;
}

void client_stop(struct client *c)
{
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void client_fence(struct client *c)
{
    pthread_mutex_lock(&c->lock);
    c->fenced = true;
    pthread_mutex_unlock(&c->lock);
    client_stop(c);
}

static bool is_fenced(struct client *c)
{
    if (c->base)
        c = c->base;
    pthread_mutex_lock(&c->lock);
    bool fenced = c->fenced;
    pthread_mutex_unlock(&c->lock);
    return fenced;
}

bool client_may_complain(struct client *c)
{
    int64_t now = clock_monotonic_ms();
    pthread_mutex_lock(&c->lock);
    bool may = !c->complained_ms || now - c->complained_ms >= 10000;
    if (may)
        c->complained_ms = now;
    pthread_mutex_unlock(&c->lock);
    return may;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    account_free(client->account);
    if (client->transport && !client->base)
        client->transport->free(client->transport);
    if (client->loop_owned) {
        loop_stop(client->loop);
        loop_free(client->loop);
    }
    pthread_cond_destroy(&client->wake);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

/* False when the client is being stopped. */
static bool wait_ms(struct client *c, int64_t delay_ms)
{
    if (c->base)
        c = c->base;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + delay_ms % 1000 * NS_PER_MS;
    until.tv_sec += delay_ms / 1000 + ns / NS_PER_S;
    until.tv_nsec = ns % NS_PER_S;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping && pthread_cond_timedwait(&c->wake, &c->lock, &until) == 0)
        ;
    bool go_on = !c->stopping;
    pthread_mutex_unlock(&c->lock);
    return go_on;
}

/* Reserves a slot under the client-side limit and waits for it. Ten requests may go in a burst. */
static bool wait_for_slot(struct client *c)
{
    if (c->requests_per_s <= 0)
        return true;
    int64_t step = (int64_t)(1e9 / c->requests_per_s), now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    c->next_slot_ns = MAX(c->next_slot_ns + step, now - 10 * step);
    int64_t delay = c->next_slot_ns - now;
    pthread_mutex_unlock(&c->lock);
    return delay <= 0 || wait_ms(c, delay / NS_PER_MS + 1);
}

static int read_answer(const struct http_client_response *response, struct arena *arena, struct json **ret,
                       struct error *err)
{
    struct slice body = {response->body.data, response->body.size};
    if (response->status < 200 || response->status > 299)
        return client_status_error(response->status, response->headers, response->headers_count, body, err);
    if (!ret)
        return 0;
    if (json_parse(arena, body, ret, err) < 0)
        return error_set(err, ERR_INTERNAL, "the server's answer is not JSON: %s",
                         err && err->message ? err->message : "");
    return 0;
}

/* One exchange. Returns how many milliseconds to wait before another try: 0 when the result stands. */
static int64_t exchange(struct client *c, const struct transport_request *request, unsigned attempt,
                        struct arena *arena, struct json **ret, int *ret_result, struct error *err)
{
    struct http_client_response response = {0};
    if (c->transport->request(c->transport, request, &response, err) < 0) {
        *ret_result = -1;
        int64_t backoff = INT64_C(20) << MIN(attempt, 6u);
        return err->code == ERR_UNAVAILABLE ? backoff + (int64_t)random_below((uint64_t)backoff) : 0;
    }
    *ret_result = read_answer(&response, arena, ret, err);
    int status = response.status;
    http_client_response_done(&response);
    if (status == 401 && c->account && attempt == 0) {
        account_forget(c->account);
        return 1;
    }
    return (status == 429 || status == 503) && *ret_result < 0 ? (int64_t)err->retry_after_s * 1000 : 0;
}

static int64_t try_once(struct client *c, const struct client_request *request, int64_t timeout_ms,
                        unsigned attempt, struct arena *arena, struct json **ret, int *ret_result,
                        struct error *err)
{
    _cleanup_free_ char *token = c->account ? account_token(c->account, err) : NULL;
    *ret_result = -1;
    if (c->account && !token)
        return 0;
    struct transport_request out = {request->method,
                                    request->target,
                                    request->content_type,
                                    request->accept,
                                    request->body,
                                    timeout_ms,
                                    token};
    return exchange(c, &out, attempt, arena, ret, ret_result, err);
}

int client_perform(struct client *c, const struct client_request *request, struct arena *arena,
                   struct json **ret, struct error *err)
{
    struct error local = ERROR_INIT;
    int64_t deadline = clock_monotonic_ms() + (request->timeout_ms ? request->timeout_ms : CLIENT_TIMEOUT_MS);
    int result = -1;
    for (unsigned attempt = 0;; attempt++) {
        if (!wait_for_slot(c) || is_fenced(c)) {
            error_set(&local, ERR_CANCELLED, "the client is stopping");
            break;
        }
        int64_t left = MAX(deadline - clock_monotonic_ms(), (int64_t)1);
        error_done(&local);
        local = ERROR_INIT;
        int64_t again_ms = try_once(c, request, left, attempt, arena, ret, &result, &local);
        if (!again_ms || clock_monotonic_ms() + again_ms >= deadline || !wait_ms(c, again_ms))
            break;
    }
    if (result < 0 && err)
        error_move(err, &local);
    error_done(&local);
    return result;
}

static int perform_json(struct client *c, const char *method, const char *target, const char *content_type,
                        const struct json *body, struct arena *arena, struct json **ret, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    if (body)
        json_write(&text, body);
    struct client_request request = {
        .method = method, .target = target, .content_type = content_type, .body = {text.data, text.size}};
    struct json *answer = NULL;
    int rc = client_perform(c, &request, arena, ret ? &answer : NULL, err);
    buffer_done(&text);
    if (rc == 0 && ret)
        *ret = answer;
    return rc;
}

int client_raw(struct client *c, const char *method, const char *target, const struct json *body,
               struct arena *arena, struct json **ret, struct error *err)
{
    return perform_json(c, method, target, NULL, body, arena, ret, err);
}

static int perform_resource(struct client *c, const char *method, const struct resource *r,
                            const char *namespace_, const char *name, const char *sub,
                            const struct json *body, struct arena *arena, struct json **ret,
                            struct error *err)
{
    struct buffer target = BUFFER_INIT;
    client_path(&target, r, namespace_, name, sub);
    int rc = perform_json(c, method, target.data, NULL, body, arena, ret, err);
    buffer_done(&target);
    return rc;
}

int client_get(struct client *c, const struct resource *r, const char *namespace_, const char *name,
               struct arena *arena, struct json **ret, struct error *err)
{
    return perform_resource(c, "GET", r, namespace_, name, NULL, NULL, arena, ret, err);
}

int client_create(struct client *c, const struct resource *r, const char *namespace_,
                  const struct json *object, struct arena *arena, struct json **ret, struct error *err)
{
    return perform_resource(c, "POST", r, namespace_, NULL, NULL, object, arena, ret, err);
}

int client_create_sub(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                      const char *sub, const struct json *object, struct arena *arena, struct json **ret,
                      struct error *err)
{
    return perform_resource(c, "POST", r, namespace_, name, sub, object, arena, ret, err);
}

int client_update(struct client *c, const struct resource *r, const char *sub, const struct json *object,
                  struct arena *arena, struct json **ret, struct error *err)
{
    return perform_resource(c, "PUT", r, object_namespace(object), object_name(object), sub, object, arena,
                            ret, err);
}

int client_patch(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                 const char *sub, enum patch_type type, const struct json *patch, struct arena *arena,
                 struct json **ret, struct error *err)
{
    static const char *const content_types[] = {
        [PATCH_JSON] = "application/json-patch+json",
        [PATCH_MERGE] = "application/merge-patch+json",
        [PATCH_STRATEGIC] = "application/strategic-merge-patch+json",
    };
    struct buffer target = BUFFER_INIT;
    client_path(&target, r, namespace_, name, sub);
    int rc = perform_json(c, "PATCH", target.data, content_types[type], patch, arena, ret, err);
    buffer_done(&target);
    return rc;
}

static struct json *delete_options(struct arena *arena, const struct client_delete_options *options)
{
    struct json *body = json_new_object(arena);
    json_set_string(arena, body, "kind", "DeleteOptions");
    json_set_string(arena, body, "apiVersion", "v1");
    if (options->grace_period_s >= 0)
        json_set_int(arena, body, "gracePeriodSeconds", options->grace_period_s);
    if (options->uid || options->resource_version) {
        struct json *preconditions = json_set_object(arena, body, "preconditions");
        json_set_string(arena, preconditions, "uid", options->uid);
        json_set_string(arena, preconditions, "resourceVersion", options->resource_version);
    }
    json_set_string(arena, body, "propagationPolicy", options->propagation);
    return body;
}

int client_delete(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                  const struct client_delete_options *options, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *body = options ? delete_options(&arena, options) : NULL;
    int rc = perform_resource(c, "DELETE", r, namespace_, name, NULL, body, &arena, NULL, err);
    arena_done(&arena);
    return rc;
}

int client_list(struct client *c, const struct resource *r, const char *namespace_,
                const struct client_list_options *options, struct arena *arena, struct json **ret,
                struct error *err)
{
    struct buffer target = BUFFER_INIT;
    client_path(&target, r, namespace_, NULL, NULL);
    if (options) {
        char limit[24] = "";
        if (options->limit > 0)
            snprintf(limit, sizeof(limit), "%lld", (long long)options->limit);
        client_query(&target, "labelSelector", options->label_selector);
        client_query(&target, "fieldSelector", options->field_selector);
        client_query(&target, "resourceVersion", options->resource_version);
        client_query(&target, "limit", limit);
        client_query(&target, "continue", options->continue_);
    }
    int rc = perform_json(c, "GET", target.data, NULL, NULL, arena, ret, err);
    buffer_done(&target);
    return rc;
}

/* One round of reading, changing and writing. */
static int modify_once(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                       const char *sub,
                       int (*change)(void *context, struct arena *arena, struct json *object,
                                     struct error *err),
                       void *context, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *object = NULL;
    int rc = client_get(c, r, namespace_, name, &arena, &object, err);
    if (rc == 0) {
        rc = change(context, &arena, object, err);
        if (rc == 0)
            rc = client_update(c, r, sub, object, &arena, NULL, err);
        else if (rc > 0)
            rc = 0;
    }
    arena_done(&arena);
    return rc;
}

int client_modify(struct client *c, const struct resource *r, const char *namespace_, const char *name,
                  const char *sub,
                  int (*change)(void *context, struct arena *arena, struct json *object, struct error *err),
                  void *context, struct error *err)
{
    struct error local = ERROR_INIT;
    int rc = -1;
    for (unsigned attempt = 0; attempt < 20; attempt++) {
        error_done(&local);
        local = ERROR_INIT;
        rc = modify_once(c, r, namespace_, name, sub, change, context, &local);
        if (rc == 0 || local.code != ERR_CONFLICT || !wait_ms(c, (int64_t)random_below(5 + 5 * attempt)))
            break;
    }
    if (rc < 0 && err)
        error_move(err, &local);
    error_done(&local);
    return rc;
}
