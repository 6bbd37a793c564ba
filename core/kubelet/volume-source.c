/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ConfigMaps and Secrets for the pods of this node, from the API server, with a short memory: running pods
 * see a change within the memory's life plus their next refresh, and a pod that starts sees what was written
 * before it was made. While the server cannot be reached, what is remembered serves on.
 */
#include <pthread.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/kubelet/token-pod.h"
#include "core/kubelet/volume.h"

#define LIFE_NS   (30 * NS_PER_S)
#define UNUSED_NS (600 * NS_PER_S)

struct entry {
    struct bytes *text;
    int64_t fetched_ns, used_ns; /* monotonic */
    bool stale;                  /* a pod was added since */
    bool immutable;
};
struct source {
    struct volume_source base;
    struct client *client;
    struct pod_tokens *tokens;
    pthread_mutex_t lock; /* all below */
    struct map *entries;  /* "secrets/namespace/name" */
    int64_t added_ns, swept_ns;
};

static void entry_free(void *value)
{
    struct entry *e = value;
    bytes_unref(e->text);
    free(e);
}

/* *ret_fresh: it need not be asked for. A reference; NULL: nothing is remembered. */
static struct bytes *recall(struct source *s, const char *key, bool *ret_fresh)
{
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&s->lock);
    struct entry *e = map_get(s->entries, key);
    *ret_fresh = e && !e->stale && (e->immutable || now - e->fetched_ns < LIFE_NS);
    struct bytes *text = e ? bytes_ref(e->text) : NULL;
    if (e)
        e->used_ns = now;
    pthread_mutex_unlock(&s->lock);
    return text;
}

static void sweep(struct source *s, int64_t now)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    if (now - s->swept_ns < UNUSED_NS / 10)
        return;
    s->swept_ns = now;
    while (map_next(s->entries, &cursor, &key, &value))
        if (now - ((struct entry *)value)->used_ns > UNUSED_NS)
            map_remove(s->entries, key);
}

static void remember(struct source *s, const char *key, const struct json *document, int64_t asked_ns)
{
    struct buffer text = BUFFER_INIT;
    struct entry *e = new0(struct entry);
    json_write(&text, document);
    e->text = bytes_take_buffer(&text);
    buffer_done(&text);
    e->fetched_ns = e->used_ns = asked_ns;
    e->immutable = json_boolean_at(document, "immutable", false);
    pthread_mutex_lock(&s->lock);
    e->stale = asked_ns < s->added_ns;
    sweep(s, clock_monotonic_ns());
    map_set(s->entries, key, e);
    pthread_mutex_unlock(&s->lock);
}

static void forget(struct source *s, const char *key)
{
    pthread_mutex_lock(&s->lock);
    map_remove(s->entries, key);
    pthread_mutex_unlock(&s->lock);
}

static bool is_outage(enum error_code code)
{
    return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_SERVER_TIMEOUT ||
           code == ERR_TOO_MANY_REQUESTS || code == ERR_INTERNAL;
}

static int look_up(struct source *s, const char *plural, const char *word, const char *namespace_,
                   const char *name, struct arena *arena, struct json **ret, struct error *err)
{
    const char *key = arena_printf(arena, "%s/%s/%s", plural, namespace_, name);
    bool fresh;
    _cleanup_(cleanup_bytes_unref) struct bytes *old = recall(s, key, &fresh);
    _cleanup_(error_done) struct error failure = ERROR_INIT;
    int64_t asked_ns = clock_monotonic_ns();
    if (fresh)
        return json_parse(arena, bytes_slice(old), ret, err);
    if (client_get(s->client, RESOURCE("", "v1", plural), namespace_, name, arena, ret, &failure) == 0) {
        remember(s, key, *ret, asked_ns);
        return 0;
    }
    if (failure.code == ERR_NOT_FOUND) {
        forget(s, key);
        return error_set(err, ERR_NOT_FOUND, "%s \"%s\" not found", word, name);
    }
    if (old && is_outage(failure.code))
        return json_parse(arena, bytes_slice(old), ret, err);
    if (err)
        error_move(err, &failure);
    return error_prefix(err, "couldn't get %s %s/%s", word, namespace_, name);
}

static int source_config_map(void *context, const char *namespace_, const char *name, struct arena *arena,
                             struct json **ret, struct error *err)
{
    return look_up(context, "configmaps", "configmap", namespace_, name, arena, ret, err);
}

static int source_secret(void *context, const char *namespace_, const char *name, struct arena *arena,
                         struct json **ret, struct error *err)
{
    return look_up(context, "secrets", "secret", namespace_, name, arena, ret, err);
}

static int source_token(void *context, const struct json *pod, const char *audience, int64_t expiration_s,
                        struct arena *arena, const char **ret, struct error *err)
{
    struct source *s = context;
    return pod_tokens_get(s->tokens, pod, audience, expiration_s, arena, ret, err);
}

/* All of the pod's namespace: which of it the pod refers to does not matter enough to be worked out. */
static void source_pod_added(void *context, const struct json *pod)
{
    struct source *s = context;
    _cleanup_free_ char *part = xasprintf("/%s/", object_namespace(pod));
    size_t cursor = 0;
    const char *key;
    void *value;
    pthread_mutex_lock(&s->lock);
    s->added_ns = clock_monotonic_ns();
    while (map_next(s->entries, &cursor, &key, &value)) {
        const char *slash = strchr(key, '/');
        if (slash && strncmp(slash, part, strlen(part)) == 0)
            ((struct entry *)value)->stale = true;
    }
    pthread_mutex_unlock(&s->lock);
}

struct volume_source *volume_source_new(struct client *client)
{
    struct source *s = new0(struct source);
    s->base = (struct volume_source){.config_map = source_config_map,
                                     .secret = source_secret,
                                     .token = source_token,
                                     .pod_added = source_pod_added,
                                     .context = s};
    s->client = client;
    s->tokens = pod_tokens_new(client);
    s->entries = map_new(entry_free);
    pthread_mutex_init(&s->lock, NULL);
    return &s->base;
}

void volume_source_free(struct volume_source *source)
{
    if (!source)
        return;
    struct source *s = container_of(source, struct source, base);
    pod_tokens_free(s->tokens);
    map_free(s->entries);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
