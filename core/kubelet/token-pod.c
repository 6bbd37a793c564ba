/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bound service account tokens. One entry for each pod, audience and life that was asked for; entries of pods
 * that are gone expire by themselves and are swept out when new ones come.
 */
#include "core/kubelet/token-pod.h"

#include <pthread.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define AGE_MAX_NS (24 * 3600 * NS_PER_S) /* a token of a longer life is renewed daily */

struct token {
    char *text;
    int64_t renew_ns, expires_ns;
};
struct pod_tokens {
    struct client *client;
    pthread_mutex_t lock; /* tokens */
    struct map *tokens;
};

static void token_free(void *value)
{
    struct token *t = value;
    if (!t)
        return;
    explicit_bzero(t->text, strlen(t->text));
    free(t->text);
    free(t);
}

struct pod_tokens *pod_tokens_new(struct client *client)
{
    struct pod_tokens *c = new0(struct pod_tokens);
    c->client = client;
    c->tokens = map_new(token_free);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void pod_tokens_free(struct pod_tokens *c)
{
    if (!c)
        return;
    map_free(c->tokens);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* NULL: none that is good until `now`, or that need not be renewed yet. */
static const char *find(struct pod_tokens *c, const char *key, bool even_if_due, struct arena *arena)
{
    int64_t now = clock_realtime_ns();
    pthread_mutex_lock(&c->lock);
    const struct token *t = map_get(c->tokens, key);
    bool good = t && now < (even_if_due ? t->expires_ns : t->renew_ns);
    const char *text = good ? arena_strdup(arena, t->text) : NULL;
    pthread_mutex_unlock(&c->lock);
    return text;
}

static void keep(struct pod_tokens *c, const char *key, const char *text, int64_t expires_ns)
{
    int64_t now = clock_realtime_ns();
    struct token *t = new0(struct token);
    t->text = xstrdup(text);
    t->expires_ns = expires_ns;
    t->renew_ns = now + MIN((expires_ns - now) / 5 * 4, AGE_MAX_NS);
    size_t cursor = 0;
    const char *old;
    void *value;
    pthread_mutex_lock(&c->lock);
    while (map_next(c->tokens, &cursor, &old, &value))
        if (((struct token *)value)->expires_ns <= now)
            map_remove(c->tokens, old);
    map_set(c->tokens, key, t);
    pthread_mutex_unlock(&c->lock);
}

static struct json *request_for(struct arena *arena, const struct json *pod, const char *audience,
                                int64_t expiration_s)
{
    struct json *request = object_new(arena, "authentication.k8s.io/v1", "TokenRequest", NULL, NULL);
    struct json *spec = json_set_object(arena, request, "spec");
    struct json *bound = json_set_object(arena, spec, "boundObjectRef");
    struct json *audiences = json_set_array(arena, spec, "audiences");
    if (audience[0])
        json_append_string(arena, audiences, audience);
    json_set_int(arena, spec, "expirationSeconds", expiration_s);
    json_set_string(arena, bound, "apiVersion", "v1");
    json_set_string(arena, bound, "kind", "Pod");
    json_set_string(arena, bound, "name", object_name(pod));
    json_set_string(arena, bound, "uid", object_uid(pod));
    return request;
}

static int fetch(struct pod_tokens *c, const char *key, const struct json *pod, const char *audience,
                 int64_t expiration_s, struct arena *arena, const char **ret, struct error *err)
{
    const char *account = json_string_or(json_at(pod, "spec.serviceAccountName"), "");
    struct json *answer = NULL;
    int64_t expires_ns;
    if (client_create_sub(c->client, RESOURCE("", "v1", "serviceaccounts"), object_namespace(pod),
                          account[0] ? account : "default", "token",
                          request_for(arena, pod, audience, expiration_s), arena, &answer, err) < 0)
        return error_prefix(err, "failed to fetch token");
    const char *text = json_string_at(answer, "status.token");
    if (!text || !text[0])
        return error_set(err, ERR_INTERNAL, "failed to fetch token: the answer holds none");
    if (!time_parse(json_slice(json_at(answer, "status.expirationTimestamp")), &expires_ns))
        expires_ns = clock_realtime_ns() + expiration_s * NS_PER_S;
    keep(c, key, text, expires_ns);
    *ret = text;
    return 0;
}

int pod_tokens_get(struct pod_tokens *c, const struct json *pod, const char *audience, int64_t expiration_s,
                   struct arena *arena, const char **ret, struct error *err)
{
    const char *key = arena_printf(arena, "%s/%lld/%s", object_uid(pod), (long long)expiration_s, audience);
    _cleanup_(error_done) struct error failure = ERROR_INIT;
    *ret = find(c, key, false, arena);
    if (*ret || fetch(c, key, pod, audience, expiration_s, arena, ret, &failure) == 0)
        return 0;
    *ret = find(c, key, true, arena);
    if (*ret) {
        log_warning("pod %s/%s: token not renewed yet: %s", object_namespace(pod), object_name(pod),
                    failure.message);
        return 0;
    }
    if (err)
        error_move(err, &failure);
    return -1;
}
