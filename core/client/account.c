/* SPDX-License-Identifier: Apache-2.0 */
/* Service accounts' tokens, each valid for an hour and replaced after four fifths of its time. */
#include "core/client/account.h"

#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

#define VALID_S 3600

struct account {
    struct client *base;
    char *namespace_, *name;
    pthread_mutex_t
        lock; /* guards what follows; held while a token is fetched, since the others need it too */
    char *token;
    int64_t renew_ns; /* monotonic */
};

struct account *account_new(struct client *base, const char *namespace_, const char *name)
{
    struct account *a = new0(struct account);
    a->base = base;
    a->namespace_ = xstrdup(namespace_);
    a->name = xstrdup(name);
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

void account_free(struct account *a)
{
    if (!a)
        return;
    pthread_mutex_destroy(&a->lock);
    free(a->namespace_);
    free(a->name);
    free(a->token);
    free(a);
}

static int request_token(struct account *a, struct arena *arena, struct json **ret, struct error *err)
{
    struct json *request = json_new_object(arena);
    json_set_string(arena, request, "kind", "TokenRequest");
    json_set_string(arena, request, "apiVersion", "authentication.k8s.io/v1");
    json_set_int(arena, json_set_object(arena, request, "spec"), "expirationSeconds", VALID_S);
    const struct resource *accounts = RESOURCE("", "v1", "serviceaccounts");
    return client_create_sub(a->base, accounts, a->namespace_, a->name, "token", request, arena, ret, err);
}

static int create_account(struct account *a, struct arena *arena, struct error *err)
{
    struct error one = ERROR_INIT;
    struct json *object = object_new(arena, "v1", "ServiceAccount", a->namespace_, a->name);
    int rc = client_create(a->base, RESOURCE("", "v1", "serviceaccounts"), a->namespace_, object, arena, NULL,
                           &one);
    if (rc < 0 && one.code == ERR_ALREADY_EXISTS)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

/* Under the lock. */
static int fetch(struct account *a, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *answer = NULL;
    struct error one = ERROR_INIT;
    int rc = request_token(a, &arena, &answer, &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND) {
        error_done(&one);
        one = ERROR_INIT;
        rc = create_account(a, &arena, &one);
        if (rc == 0)
            rc = request_token(a, &arena, &answer, &one);
    }
    const char *token = json_string_at(answer, "status.token");
    if (rc == 0 && !token)
        rc = error_set(&one, ERR_INTERNAL, "the answer holds no token");
    if (rc == 0) {
        free(a->token);
        a->token = xstrdup(token);
        a->renew_ns = clock_monotonic_ns() + VALID_S * NS_PER_S / 5 * 4;
    } else {
        error_move(err, &one);
        error_prefix(err, "token of service account %s/%s", a->namespace_, a->name);
    }
    error_done(&one);
    arena_done(&arena);
    return rc;
}

char *account_token(struct account *a, struct error *err)
{
    pthread_mutex_lock(&a->lock);
    bool good = a->token && clock_monotonic_ns() < a->renew_ns;
    char *token = good || fetch(a, err) == 0 ? xstrdup(a->token) : NULL;
    pthread_mutex_unlock(&a->lock);
    return token;
}

void account_forget(struct account *a)
{
    pthread_mutex_lock(&a->lock);
    a->renew_ns = 0;
    pthread_mutex_unlock(&a->lock);
}
