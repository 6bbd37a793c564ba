/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owners of nodes; see owners.h. Each provider has a worker that asks it about all nodes whose time has come;
 * each answer, whoever it comes from, may decide.
 */
#include "core/cloud-controller-manager/owners.h"

#include <pthread.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/node-state.h"

#define UNKNOWN_AGAIN_MS     2000   /* doubled each time, … */
#define UNKNOWN_AGAIN_MAX_MS 120000 /* … to this */
#define NO_AGAIN_MS          30000
#define NO_AGAIN_MAX_MS      600000
#define NO_HOLDS_MS          60000 /* how old a NO may be when a later provider says YES */
#define SILENCE_MS           20000 /* a node that waits so long gets an event, … */
#define TELL_AGAIN_MS        300000
#define HANDLERS_MAX         4u
#define ASK_KEY              "ask"

struct answer {
    enum keelson_owns owns;
    bool candidate;
    unsigned tries;              /* answers of this kind in a row */
    int64_t answered_ns, due_ns; /* monotonic; 0: not yet, and at once */
};
struct entry {
    char *uid, *provider_id;
    uint64_t generation; /* an answer to what the node was before is none */
    struct owner owner;
    bool settled; /* nobody is asked */
    int64_t since_ns, told_ns;
    struct answer answers[]; /* by provider.index */
};
struct asker {
    struct owners *owners;
    const struct provider *provider;
    char *name;              /* the queue's */
    struct workqueue *queue; /* of one key: the worker asks for all that is due */
    unsigned failures;       /* in a row; the worker's */
};
struct handler {
    void (*changed)(void *context, const char *node);
    void *context;
};
struct owners {
    const struct providers *providers;
    struct informer *nodes;
    struct event_recorder *events;
    struct asker *askers; /* by provider.index */
    struct handler handlers[HANDLERS_MAX];
    unsigned handlers_count;
    pthread_mutex_t lock; /* below */
    struct map *entries;  /* node name → struct entry */
    uint64_t generations;
    bool stopping; /* the askers' queues go */
};

static void entry_free(void *value)
{
    struct entry *e = value;
    free(e->uid);
    free(e->provider_id);
    free(e);
}

static void tell(const struct owners *o, const char *node)
{
    for (unsigned i = 0; i < o->handlers_count; i++)
        o->handlers[i].changed(o->handlers[i].context, node);
}

/* ---- What the answers say; under the lock ---- */

static void wake(struct owners *o, unsigned index)
{
    if (!o->stopping)
        workqueue_add(o->askers[index].queue, ASK_KEY);
}

static bool holds(const struct answer *a, int64_t now)
{
    return a->owns == KEELSON_OWNS_NO && now - a->answered_ns < NO_HOLDS_MS * NS_PER_MS;
}

/* All before it said NO: those whose NO is too old are asked again, and it is not decided. */
static bool stands(struct owners *o, struct entry *e, unsigned index, int64_t now)
{
    bool stands = true;
    for (unsigned i = 0; i < index; i++) {
        if (!e->answers[i].candidate || holds(&e->answers[i], now))
            continue;
        stands = false;
        if (e->answers[i].owns == KEELSON_OWNS_NO) {
            e->answers[i].due_ns = 0;
            wake(o, i);
        }
    }
    return stands;
}

/* The first that does not say NO decides. */
static struct owner decide(struct owners *o, struct entry *e, int64_t now)
{
    for (unsigned i = 0; i < o->providers->count; i++) {
        if (!e->answers[i].candidate || e->answers[i].owns == KEELSON_OWNS_NO)
            continue;
        if (e->answers[i].owns == KEELSON_OWNS_YES && stands(o, e, i, now))
            return (struct owner){OWNERSHIP_FOUND, &o->providers->list[i]};
        return (struct owner){OWNERSHIP_UNKNOWN, NULL};
    }
    return (struct owner){OWNERSHIP_NOBODY, NULL};
}

/* Whether what is known has changed. */
static bool settle(struct entry *e, struct owner now)
{
    bool changed = e->owner.ownership != now.ownership || e->owner.provider != now.provider;
    e->owner = now;
    e->settled = e->settled || now.ownership == OWNERSHIP_FOUND;
    return changed;
}

/* ---- Nodes come and change ---- */

/* Clouds that are left by the provider ID (without one, all), or the one of them that is named. */
static unsigned choose_candidates(struct owners *o, struct entry *e, const char *named, unsigned *ret_last)
{
    unsigned left = 0;
    bool has_id = *e->provider_id;
    for (unsigned i = 0; i < o->providers->count; i++) {
        const struct provider *p = &o->providers->list[i];
        bool is = !has_id || provider_has_scheme(p, e->provider_id);
        e->answers[i] = (struct answer){.candidate = is};
        if (!is)
            continue;
        *ret_last = i;
        if (has_id && named && strcmp(named, p->name) == 0)
            return 1;
        left++;
    }
    return left;
}

/* Under the lock. The only one that is left owns it, but not when the node was another's, which is configured
 * no more: then it is asked as others are. */
static void narrow(struct owners *o, struct entry *e, const char *named)
{
    unsigned last = 0, left = choose_candidates(o, e, named, &last);
    bool was_anothers = left == 1 && named && strcmp(named, o->providers->list[last].name) != 0;
    e->generation = ++o->generations;
    e->since_ns = clock_monotonic_ns();
    e->told_ns = 0;
    e->settled = *e->provider_id && left <= 1 && !was_anothers;
    e->owner = (struct owner){OWNERSHIP_UNKNOWN, NULL};
    if (e->settled)
        settle(e, left ? (struct owner){OWNERSHIP_FOUND, &o->providers->list[last]}
                       : (struct owner){OWNERSHIP_NOBODY, NULL});
    for (unsigned i = 0; !e->settled && i < o->providers->count; i++)
        if (e->answers[i].candidate)
            wake(o, i);
}

/* Under the lock. The owner's scheme was written where there was no provider ID: by us, mostly. */
static bool only_got_its_id(const struct entry *e, const char *uid, const char *id)
{
    return e->owner.ownership == OWNERSHIP_FOUND && !*e->provider_id && strcmp(e->uid, uid) == 0 &&
           provider_has_scheme(e->owner.provider, id);
}

static struct entry *entry_at(struct owners *o, const char *name)
{
    struct entry *e = map_get(o->entries, name);
    if (!e) {
        e = xcalloc(1, sizeof(*e) + o->providers->count * sizeof(struct answer));
        e->uid = xstrdup("");
        e->provider_id = xstrdup("");
        map_set(o->entries, name, e);
    }
    return e;
}

static void replace(char **text, const char *now)
{
    free(*text);
    *text = xstrdup(now);
}

static void look_at(struct owners *o, const char *name, const struct json *node)
{
    const char *uid = object_uid(node), *id = json_string_or(json_at(node, "spec.providerID"), "");
    pthread_mutex_lock(&o->lock);
    struct entry *e = entry_at(o, name);
    bool fresh = e->generation == 0;
    struct owner before = e->owner;
    if (!fresh && only_got_its_id(e, uid, id)) {
        replace(&e->provider_id, id);
    } else if (fresh || strcmp(e->uid, uid) != 0 || strcmp(e->provider_id, id) != 0) {
        replace(&e->uid, uid);
        replace(&e->provider_id, id);
        narrow(o, e, object_annotation(node, ANNOTATION_CLOUD));
    }
    struct owner now = e->owner;
    pthread_mutex_unlock(&o->lock);
    if (before.ownership != now.ownership || before.provider != now.provider)
        tell(o, name);
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    struct owners *o = context;
    if (new_) {
        look_at(o, cached_key(new_), node);
        return;
    }
    pthread_mutex_lock(&o->lock);
    map_remove(o->entries, cached_key(old));
    pthread_mutex_unlock(&o->lock);
}

/* ---- Asking ---- */

struct batch {
    struct arena arena;
    uint32_t count;
    const char *names[KEELSON_CLOUD_NODES_MAX];
    uint64_t generations[KEELSON_CLOUD_NODES_MAX];
    const struct json *nodes[KEELSON_CLOUD_NODES_MAX];
    enum keelson_owns answers[KEELSON_CLOUD_NODES_MAX];
};

/* All whose time has come, so that nodes which appear together are one question. */
static void collect(struct owners *o, unsigned index, struct batch *b)
{
    size_t cursor = 0;
    const char *name;
    void *value;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&o->lock);
    while (b->count < KEELSON_CLOUD_NODES_MAX && map_next(o->entries, &cursor, &name, &value)) {
        const struct entry *e = value;
        if (e->settled || !e->answers[index].candidate || e->answers[index].due_ns > now)
            continue;
        b->generations[b->count] = e->generation;
        b->names[b->count++] = arena_strdup(&b->arena, name);
    }
    pthread_mutex_unlock(&o->lock);
}

static void read_nodes(struct owners *o, struct batch *b)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        struct cached *cached = informer_get(o->nodes, b->names[i]);
        if (!cached)
            continue;
        b->generations[kept] = b->generations[i];
        b->names[kept] = b->names[i];
        b->nodes[kept++] = cached_parse(cached, &b->arena);
        cached_unref(cached);
    }
    b->count = kept;
}

static int64_t doubled_ms(int64_t first_ms, unsigned times, int64_t max_ms)
{
    int64_t ms = first_ms;
    for (unsigned i = 0; i < times && ms < max_ms; i++)
        ms *= 2;
    return MIN(ms, max_ms);
}

/* Under the lock. */
static void take_answer(struct answer *a, enum keelson_owns owns, int64_t now, int64_t least_ms)
{
    a->tries = a->answered_ns && a->owns == owns ? a->tries + 1 : 0;
    a->owns = owns;
    a->answered_ns = now;
    int64_t again_ms = owns == KEELSON_OWNS_UNKNOWN
                           ? doubled_ms(UNKNOWN_AGAIN_MS, a->tries, UNKNOWN_AGAIN_MAX_MS)
                           : doubled_ms(NO_AGAIN_MS, a->tries, NO_AGAIN_MAX_MS);
    a->due_ns = now + MAX(again_ms, least_ms) * NS_PER_MS;
}

/* Under the lock: who the decision waits for, the first of those that are silent. NULL: nobody. */
static const struct provider *silent_one(const struct owners *o, const struct entry *e)
{
    for (unsigned i = 0; i < o->providers->count; i++)
        if (e->answers[i].candidate && e->answers[i].owns == KEELSON_OWNS_UNKNOWN)
            return &o->providers->list[i];
    return NULL;
}

/* Under the lock: whether it waits for so long that an event is due. */
static bool is_to_be_told(struct entry *e, int64_t now)
{
    if (e->settled || now - e->since_ns < SILENCE_MS * NS_PER_MS ||
        (e->told_ns && now - e->told_ns < TELL_AGAIN_MS * NS_PER_MS))
        return false;
    e->told_ns = now;
    return true;
}

/* A node that does not wait for a cloud may well be nobody's. */
static void tell_owner(const struct asker *asker, const struct json *node, const struct provider *silent,
                       const struct error *failure)
{
    const char *why = silent == asker->provider && failure->message ? failure->message : NULL;
    if (!silent && node_needs_setup(node))
        event_record(asker->owners->events, node, NULL, "Warning", "CloudUnknown",
                     "None of the configured clouds knows this node");
    if (!silent)
        return;
    event_record(asker->owners->events, node, NULL, "Warning", "CloudUnknown",
                 "Whose node this is is not known yet: %s could not say%s%s", silent->name, why ? ": " : "",
                 why ? why : "");
}

static void take_one(struct asker *asker, const struct batch *b, uint32_t i, const struct error *failure)
{
    struct owners *o = asker->owners;
    const struct provider *silent = NULL;
    int64_t now = clock_monotonic_ns();
    bool changed = false, told = false;
    pthread_mutex_lock(&o->lock);
    struct entry *e = map_get(o->entries, b->names[i]);
    if (e && e->generation == b->generations[i] && !e->settled) {
        take_answer(&e->answers[asker->provider->index], b->answers[i], now,
                    (int64_t)failure->retry_after_s * 1000);
        changed = settle(e, decide(o, e, now));
        told = is_to_be_told(e, now);
        silent = silent_one(o, e);
    }
    pthread_mutex_unlock(&o->lock);
    if (told)
        tell_owner(asker, b->nodes[i], silent, failure);
    if (changed)
        tell(o, b->names[i]);
}

/* Until the next question is due; 0: there is none. */
static int64_t next_ms(struct owners *o, unsigned index)
{
    int64_t now = clock_monotonic_ns(), first = INT64_MAX;
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&o->lock);
    while (map_next(o->entries, &cursor, NULL, &value)) {
        const struct entry *e = value;
        if (!e->settled && e->answers[index].candidate)
            first = MIN(first, e->answers[index].due_ns);
    }
    pthread_mutex_unlock(&o->lock);
    return first == INT64_MAX ? 0 : MAX((first - now) / NS_PER_MS + 1, 1);
}

static void ask(struct asker *asker, struct batch *b)
{
    _cleanup_(error_done) struct error failure = ERROR_INIT;
    const struct owners *o = asker->owners;
    if (provider_owns(asker->provider, b->nodes, b->count, o->events, b->answers, &failure) < 0) {
        memset(b->answers, 0, sizeof(b->answers)); /* KEELSON_OWNS_UNKNOWN */
        if (asker->failures++ == 0)
            log_warning("%s; the owner of %u nodes is not known", failure.message, b->count);
    } else {
        asker->failures = 0;
    }
    for (uint32_t i = 0; i < b->count; i++)
        take_one(asker, b, i, &failure);
}

static int64_t ask_what_is_due(void *context, const char *key, struct error *err)
{
    struct asker *asker = context;
    struct batch *b = new0(struct batch);
    collect(asker->owners, asker->provider->index, b);
    read_nodes(asker->owners, b);
    if (b->count)
        ask(asker, b);
    arena_done(&b->arena);
    free(b);
    return next_ms(asker->owners, asker->provider->index);
}

/* ---- What others see ---- */

struct owners *owners_new(const struct providers *providers, struct informer *nodes,
                          struct event_recorder *events)
{
    struct owners *o = new0(struct owners);
    o->providers = providers;
    o->nodes = nodes;
    o->events = events;
    o->entries = map_new(entry_free);
    pthread_mutex_init(&o->lock, NULL);
    o->askers = newa0(struct asker, providers->count + 1);
    for (unsigned i = 0; i < providers->count; i++) {
        struct asker *asker = &o->askers[i];
        *asker = (struct asker){.owners = o, .provider = &providers->list[i]};
        asker->name = xasprintf("owners-%s", providers->list[i].name);
        asker->queue = workqueue_new(&(struct workqueue_config){
            .name = asker->name, .workers = 1, .reconcile = ask_what_is_due, .context = asker});
    }
    informer_add_handler(nodes, &(struct informer_handler){.changed = node_changed, .context = o});
    return o;
}

void owners_add_handler(struct owners *o, void (*changed)(void *context, const char *node), void *context)
{
    require(o->handlers_count < HANDLERS_MAX);
    o->handlers[o->handlers_count++] = (struct handler){changed, context};
}

void owners_begin(struct owners *o)
{
    for (unsigned i = 0; i < o->providers->count; i++)
        workqueue_start(o->askers[i].queue);
}

struct owner owners_get(struct owners *o, const char *node)
{
    pthread_mutex_lock(&o->lock);
    const struct entry *e = map_get(o->entries, node);
    struct owner owner = e ? e->owner : (struct owner){OWNERSHIP_UNKNOWN, NULL};
    pthread_mutex_unlock(&o->lock);
    return owner;
}

static unsigned count_of(struct owners *o, enum ownership ownership, const struct provider *p)
{
    unsigned count = 0;
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&o->lock);
    while (map_next(o->entries, &cursor, NULL, &value)) {
        const struct entry *e = value;
        count += e->owner.ownership == ownership && e->owner.provider == p;
    }
    pthread_mutex_unlock(&o->lock);
    return count;
}

unsigned owners_count(struct owners *o, const struct provider *p)
{
    return count_of(o, OWNERSHIP_FOUND, p);
}

unsigned owners_unknown_count(struct owners *o)
{
    return count_of(o, OWNERSHIP_UNKNOWN, NULL);
}

void owners_refresh(struct owners *o, const struct plugin_instance *instance)
{
    for (unsigned i = 0; i < o->providers->count; i++) {
        if (instance && o->providers->list[i].instance != instance)
            continue;
        size_t cursor = 0;
        void *value;
        pthread_mutex_lock(&o->lock);
        while (map_next(o->entries, &cursor, NULL, &value))
            ((struct entry *)value)->answers[i].due_ns = 0;
        wake(o, i);
        pthread_mutex_unlock(&o->lock);
    }
}

void owners_stop(struct owners *o)
{
    pthread_mutex_lock(&o->lock);
    o->stopping = true;
    pthread_mutex_unlock(&o->lock);
    for (unsigned i = 0; i < o->providers->count; i++) {
        workqueue_free(o->askers[i].queue);
        free(o->askers[i].name);
    }
}

void owners_free(struct owners *o)
{
    if (!o)
        return;
    free(o->askers);
    map_free(o->entries);
    pthread_mutex_destroy(&o->lock);
    free(o);
}
