/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The node life cycle controller: a node that is not ready and whose instance is shut down is tainted, one
 * whose instance is gone is removed (node-verdict.h says when). Nodes that are ready are not asked about,
 * but once after their cloud said that something changed there: that is how evidence is at hand when they
 * cease to be ready. And a question that failed is asked until it is answered, whatever became of the node:
 * that is how it is known that the cloud is well again.
 *
 * Each cloud has a worker that asks about all its nodes whose time has come, in one question.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/client/workqueue.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/cloud-controller-manager/node-state.h"
#include "core/cloud-controller-manager/node-verdict.h"

#define ASK_AGAIN_MAX_MS   60000 /* doubled from the monitor period to this, as long as a node is not ready */
#define CHANGED_AGAIN_MS   1000  /* the node changed between look and removal */
#define ANNOTATION_CONFIRM "keelson.io/confirm-gone"
#define LOOK_KEY           "look"

/* What is known of a node. */
struct watched {
    char *uid, *provider_id;
    struct node_facts facts;
    bool confirmed; /* somebody says that it is gone if its cloud says so */
    bool hinted;    /* ready, and asked about all the same */
    bool told;      /* what is odd about it was told */
    struct evidence evidence;
    int64_t due_ns; /* monotonic */
    unsigned tries;
};
struct lifecycle;
/* One provider, as this controller works on it. */
struct cloud {
    struct lifecycle *controller;
    const struct provider *provider;
    char *name;              /* the queue's */
    struct workqueue *queue; /* of one key */
    struct guard guard;      /* the worker's */
    bool frozen;             /* the worker's */
};
struct lifecycle {
    struct client *client;
    const struct providers *providers;
    struct owners *owners;
    struct informer *nodes;
    struct event_recorder *events;
    struct verdict_policy policy;
    int64_t period_ms;
    struct cloud *clouds; /* by provider.index */
    pthread_mutex_t lock; /* below */
    struct map *all;      /* node name → struct watched */
    atomic_uint_fast64_t tainted, removed;
};

static const struct resource *nodes_resource(void)
{
    return RESOURCE("", "v1", "nodes");
}

static void watched_free(void *value)
{
    struct watched *w = value;
    free(w->uid);
    free(w->provider_id);
    free(w);
}

static struct node_facts facts_of(const struct json *node)
{
    return (struct node_facts){.ready = object_condition_is(node, "Ready", "True"),
                               .tainted = node_is_shut_down(node)};
}

static const char *provider_id_of(const struct json *node)
{
    return json_string_or(json_at(node, "spec.providerID"), "");
}

static bool is_worth_a_look(const struct watched *w)
{
    return !w->facts.ready || w->facts.tainted || w->hinted || w->evidence.last_gone_ns;
}

static void wake_owner(struct lifecycle *c, const char *name)
{
    struct owner owner = owners_get(c->owners, name);
    if (owner.ownership == OWNERSHIP_FOUND)
        workqueue_add(c->clouds[owner.provider->index].queue, LOOK_KEY);
}

/* ---- Nodes come and change ---- */

static void start_over(struct watched *w, const char *uid, const char *id)
{
    free(w->uid);
    free(w->provider_id);
    *w = (struct watched){.uid = xstrdup(uid), .provider_id = xstrdup(id)};
}

/* Under the lock. Evidence is of one node with one instance. */
static struct watched *watched_at(struct lifecycle *c, const char *name, const char *uid, const char *id)
{
    struct watched *w = map_get(c->all, name);
    if (!w) {
        w = new0(struct watched);
        start_over(w, uid, id);
        map_set(c->all, name, w);
    } else if (strcmp(w->uid, uid) != 0 || (*w->provider_id && strcmp(w->provider_id, id) != 0)) {
        start_over(w, uid, id);
    } else if (strcmp(w->provider_id, id) != 0) {
        free(w->provider_id);
        w->provider_id = xstrdup(id);
    }
    return w;
}

/* Under the lock. A node that has just ceased to be ready may be back before anybody need be asked. */
static void take_facts(struct lifecycle *c, struct watched *w, struct node_facts facts, bool fresh)
{
    if (!facts.ready && (w->facts.ready || fresh)) {
        w->due_ns = clock_monotonic_ns() + c->period_ms * NS_PER_MS;
        w->tries = 0;
        w->told = false;
    }
    w->facts = facts;
}

static bool is_confirmed(const struct json *node)
{
    const char *text = object_annotation(node, ANNOTATION_CONFIRM);
    return text && strcmp(text, "false") != 0;
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    struct lifecycle *c = context;
    const char *name = cached_key(new_ ? new_ : old);
    bool look = false;
    pthread_mutex_lock(&c->lock);
    if (new_ && !object_is_deleted(node)) {
        struct watched *w = watched_at(c, name, object_uid(node), provider_id_of(node));
        take_facts(c, w, facts_of(node), !old);
        if (is_confirmed(node) && !w->confirmed)
            w->due_ns = 0;
        w->confirmed = is_confirmed(node);
        look = is_worth_a_look(w);
    } else {
        map_remove(c->all, name);
    }
    pthread_mutex_unlock(&c->lock);
    if (look)
        wake_owner(c, name);
}

static void owner_changed(void *context, const char *name)
{
    wake_owner(context, name);
}

/* ---- Asking ---- */

struct batch {
    struct arena arena;
    uint32_t count;
    const char *names[KEELSON_CLOUD_NODES_MAX];
    const struct json *nodes[KEELSON_CLOUD_NODES_MAX];
    struct provider_metadata reports[KEELSON_CLOUD_NODES_MAX];
    bool known[KEELSON_CLOUD_NODES_MAX];
    int64_t asked_ns;
};

static bool is_own(const struct cloud *cloud, const char *name)
{
    struct owner owner = owners_get(cloud->controller->owners, name);
    return owner.ownership == OWNERSHIP_FOUND && owner.provider == cloud->provider;
}

static int64_t pause_ms(const struct lifecycle *c, unsigned tries)
{
    int64_t ms = c->period_ms;
    for (unsigned i = 0; i < tries && ms < ASK_AGAIN_MAX_MS; i++)
        ms *= 2;
    return MIN(ms, ASK_AGAIN_MAX_MS);
}

static bool is_asked_about(const struct watched *w)
{
    return !w->facts.ready || w->hinted;
}

/* Under the lock: those whose time has come, or is near. */
static void add_those(struct cloud *cloud, struct batch *b, bool near, int64_t now)
{
    struct lifecycle *c = cloud->controller;
    size_t cursor = 0;
    const char *name;
    void *value;
    while (b->count < KEELSON_CLOUD_NODES_MAX && map_next(c->all, &cursor, &name, &value)) {
        const struct watched *w = value;
        int64_t left_ms = (w->due_ns - now) / NS_PER_MS;
        bool due = w->due_ns <= now, soon = !due && left_ms <= pause_ms(c, w->tries ? w->tries - 1 : 0) / 2;
        if ((near ? soon : due) && is_asked_about(w) && is_own(cloud, name))
            b->names[b->count++] = arena_strdup(&b->arena, name);
    }
}

/* Those whose time is near come along with those whose time has come, in what place these leave. */
static void collect(struct cloud *cloud, struct batch *b)
{
    struct lifecycle *c = cloud->controller;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    add_those(cloud, b, false, now);
    if (b->count)
        add_those(cloud, b, true, now);
    pthread_mutex_unlock(&c->lock);
}

static struct json *read_node(struct lifecycle *c, const char *name, struct arena *arena)
{
    struct cached *cached = informer_get(c->nodes, name);
    struct json *node = cached ? cached_parse(cached, arena) : NULL;
    cached_unref(cached);
    return node;
}

static void read_nodes(struct lifecycle *c, struct batch *b)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct json *node = read_node(c, b->names[i], &b->arena);
        if (!node)
            continue;
        b->names[kept] = b->names[i];
        b->nodes[kept++] = node;
    }
    b->count = kept;
}

/* Under the lock. After GONE the second question comes as soon as it counts. */
static void plan_next(const struct lifecycle *c, struct watched *w, int64_t now, int64_t least_ms)
{
    int64_t next_ns = now + MAX(pause_ms(c, w->tries++), least_ms) * NS_PER_MS;
    bool half_proven = evidence_says_gone(&w->evidence, now) && !w->evidence.proven;
    if (half_proven && !least_ms)
        next_ns = w->evidence.first_gone_ns + c->policy.confirm_ns;
    w->due_ns = MAX(next_ns, now + NS_PER_MS);
    w->hinted = w->hinted && half_proven;
}

/* One answer, of the node as it was asked about. */
static void take_report(struct lifecycle *c, const struct batch *b, uint32_t i, bool answered,
                        int64_t least_ms)
{
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    struct watched *w = map_get(c->all, b->names[i]);
    if (w && strcmp(w->uid, object_uid(b->nodes[i])) == 0 &&
        strcmp(w->provider_id, provider_id_of(b->nodes[i])) == 0) {
        if (answered && b->known[i])
            evidence_take(&w->evidence, b->reports[i].state, &c->policy, b->asked_ns, now);
        plan_next(c, w, now, least_ms);
        w->hinted = w->hinted || !answered;
    }
    pthread_mutex_unlock(&c->lock);
}

static bool ask(struct cloud *cloud, struct batch *b)
{
    struct lifecycle *c = cloud->controller;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    b->asked_ns = clock_monotonic_ns();
    bool answered = provider_describe(cloud->provider, b->nodes, b->count, KEELSON_WANT_STATE, c->events,
                                      &b->arena, b->reports, b->known, &err) == 0;
    if (!answered)
        log_warning("%s; nothing is done about %u nodes", err.message, b->count);
    for (uint32_t i = 0; i < b->count; i++)
        take_report(c, b, i, answered, (int64_t)err.retry_after_s * 1000);
    return answered;
}

/* ---- Acting ---- */

struct taint {
    const struct json *node; /* that its cloud was asked about */
    bool shut_down;
};

/* Not of another one that came under its name. */
static int set_taint(void *context, struct arena *arena, struct json *node, struct error *err)
{
    const struct taint *t = context;
    if (strcmp(object_uid(node), object_uid(t->node)) != 0)
        return error_set(err, ERR_NOT_FOUND, "node %s is another one", object_name(node));
    return node_set_shut_down(arena, node, t->shut_down) ? 0 : 1;
}

/* False: it is to be tried again. */
static bool taint(struct lifecycle *c, const char *name, const struct json *node, bool shut_down,
                  const char *evidence)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct taint wanted = {node, shut_down};
    if (client_modify(c->client, nodes_resource(), NULL, name, NULL, set_taint, &wanted, &err) < 0) {
        if (err.code != ERR_NOT_FOUND)
            log_warning("node %s: %s", name, err.message);
        return err.code == ERR_NOT_FOUND;
    }
    atomic_fetch_add(&c->tainted, shut_down);
    event_record(c->events, node, NULL, "Normal", shut_down ? "InstanceShutDown" : "InstanceRuns", "%s%s%s",
                 shut_down ? "The node's instance is shut down" : "The node's instance runs",
                 evidence ? ": " : "", evidence ? evidence : "");
    return true;
}

/* As it is on the server at this moment: the node that was asked about, and still not ready. */
static bool is_still_the_same(const struct json *live, const struct json *node)
{
    return strcmp(object_uid(live), object_uid(node)) == 0 &&
           strcmp(provider_id_of(live), provider_id_of(node)) == 0 && !object_is_deleted(live) &&
           !facts_of(live).ready;
}

/* The server may have done what it was asked to, or will. */
static bool may_be_done(const struct error *err)
{
    return err->code == ERR_TIMEOUT || err->code == ERR_UNAVAILABLE || err->code == ERR_SERVER_TIMEOUT ||
           err->code == ERR_INTERNAL;
}

/* Nothing but what was looked at is removed; and it counts as removed though the answer be lost, or more than
 * the share could go while no answer is heard. */
static int remove_node(struct cloud *cloud, const char *name, const struct json *node, const char *evidence,
                       struct error *err)
{
    struct lifecycle *c = cloud->controller;
    struct arena arena = ARENA_INIT;
    struct json *live = NULL;
    int result = client_get(c->client, nodes_resource(), NULL, name, &arena, &live, err);
    if (result == 0 && !is_still_the_same(live, node))
        result = error_set(err, ERR_CONFLICT, "node %s changed", name);
    if (result == 0) {
        struct client_delete_options options = {
            .grace_period_s = -1, .uid = object_uid(live), .resource_version = object_resource_version(live)};
        event_record(c->events, live, NULL, "Normal", "DeletingNode",
                     "Deleting node %s because it does not exist in the cloud provider: %s said so in two "
                     "answers (%s)",
                     name, cloud->provider->name, evidence ? evidence : "without saying why");
        log_info("node %s: removed, since %s said twice that it is gone (%s)", name, cloud->provider->name,
                 evidence ? evidence : "without saying why");
        result = client_delete(c->client, nodes_resource(), NULL, name, &options, err);
        if (result == 0 || may_be_done(err))
            guard_removed(&cloud->guard, clock_monotonic_ns());
    }
    arena_done(&arena);
    return result;
}

/* How many of the cloud's nodes are said to be gone, and nobody confirmed it. */
static unsigned count_gone(struct cloud *cloud)
{
    struct lifecycle *c = cloud->controller;
    unsigned count = 0;
    size_t cursor = 0;
    const char *name;
    void *value;
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    while (map_next(c->all, &cursor, &name, &value)) {
        const struct watched *w = value;
        count += !w->confirmed && evidence_says_gone(&w->evidence, now) && is_own(cloud, name);
    }
    pthread_mutex_unlock(&c->lock);
    return count;
}

/* Looks whether the cloud is to be believed, and tells when that has changed. */
static void look_whether_frozen(struct cloud *cloud)
{
    struct lifecycle *c = cloud->controller;
    unsigned gone = count_gone(cloud), owned = owners_count(c->owners, cloud->provider);
    bool ill = gone && provider_health_is_ill(cloud->provider->health);
    bool share = guard_is_frozen(&cloud->guard, &c->policy, owned, gone, clock_monotonic_ns());
    _cleanup_free_ char *why = xasprintf("says that %u of %u nodes are gone: none is removed%s", gone, owned,
                                         ill ? " while its API fails" : "");
    if ((ill || share) != cloud->frozen)
        log_warning("cloud %s %s", cloud->provider->name,
                    ill || share ? why : "may have nodes removed again");
    cloud->frozen = ill || share;
    provider_health_freeze(cloud->provider->health, cloud->frozen ? why : NULL,
                           "if they are gone, annotate them with " ANNOTATION_CONFIRM "=true");
}

/* Copied, since acting takes time. */
struct judgement {
    const struct json *node;
    enum node_verdict verdict;
    bool confirmed, tell;
};

static struct judgement judge(struct lifecycle *c, const char *name, const struct json *node)
{
    struct judgement j = {.node = node, .verdict = NODE_STAYS};
    int64_t now = clock_monotonic_ns();
    pthread_mutex_lock(&c->lock);
    struct watched *w = map_get(c->all, name);
    if (w && strcmp(w->uid, object_uid(node)) == 0) {
        bool odd = evidence_says_gone(&w->evidence, now) && w->evidence.proven;
        j.verdict = node_verdict(w->facts, &w->evidence, now);
        j.confirmed = w->confirmed;
        j.tell = odd && !w->told;
        w->told = w->told || odd;
    }
    pthread_mutex_unlock(&c->lock);
    return j;
}

static void look_again_in(struct lifecycle *c, const char *name, int64_t ns)
{
    pthread_mutex_lock(&c->lock);
    struct watched *w = map_get(c->all, name);
    if (w)
        w->due_ns = clock_monotonic_ns() + ns;
    pthread_mutex_unlock(&c->lock);
}

static void act_on_gone(struct cloud *cloud, const char *name, const struct judgement *j,
                        const char *evidence)
{
    struct lifecycle *c = cloud->controller;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    bool ill = provider_health_is_ill(cloud->provider->health);
    if (ill || (cloud->frozen && !j->confirmed)) {
        if (j->tell)
            event_record(
                c->events, j->node, NULL, "Warning", "NodeRemovalFrozen",
                "%s said twice that the instance is gone, but too much of it is, or it fails; annotate "
                "the node with " ANNOTATION_CONFIRM "=true if it is",
                cloud->provider->name);
        return;
    }
    int64_t wait_ns = guard_take(&cloud->guard, &c->policy, clock_monotonic_ns());
    if (wait_ns) {
        look_again_in(c, name, wait_ns);
    } else if (remove_node(cloud, name, j->node, evidence, &err) == 0) {
        atomic_fetch_add(&c->removed, 1);
    } else if (err.code != ERR_NOT_FOUND) {
        log_info("node %s is not removed now: %s", name, err.message);
        look_again_in(c, name, CHANGED_AGAIN_MS * NS_PER_MS);
    }
}

static void act(struct cloud *cloud, const char *name, const struct json *node, const char *evidence)
{
    struct lifecycle *c = cloud->controller;
    struct judgement j = judge(c, name, node);
    switch (j.verdict) {
    case NODE_SHUT_DOWN:
    case NODE_RUNS:
        taint(c, name, node, j.verdict == NODE_SHUT_DOWN, evidence);
        break;
    case NODE_GONE:
        act_on_gone(cloud, name, &j, evidence);
        break;
    case NODE_STAYS:
        if (j.tell)
            event_record(c->events, node, NULL, "Warning", "InstanceGone",
                         "%s says that the instance is gone (%s), but the node is ready: it stays",
                         cloud->provider->name, evidence ? evidence : "without saying why");
        break;
    }
}

/* Nodes that are ready again need nobody to be asked. False: some are to be tried again, of which no question
 * reminds us. */
static bool untaint_ready(struct cloud *cloud)
{
    struct lifecycle *c = cloud->controller;
    struct arena arena = ARENA_INIT;
    const char *name;
    unsigned count = 0;
    bool done = true;
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&c->lock);
    const char **names = arena_alloc0(&arena, (map_count(c->all) + 1) * sizeof(*names));
    while (map_next(c->all, &cursor, &name, &value)) {
        const struct watched *w = value;
        if (w->facts.ready && w->facts.tainted && is_own(cloud, name))
            names[count++] = arena_strdup(&arena, name);
    }
    pthread_mutex_unlock(&c->lock);
    for (unsigned i = 0; i < count; i++) {
        const struct json *node = read_node(c, names[i], &arena);
        if (node && facts_of(node).ready && facts_of(node).tainted)
            done &= taint(c, names[i], node, false, NULL);
    }
    arena_done(&arena);
    return done;
}

/* Until the next question is due; 0: there is none. */
static int64_t next_ms(struct cloud *cloud)
{
    struct lifecycle *c = cloud->controller;
    int64_t now = clock_monotonic_ns(), first = INT64_MAX;
    size_t cursor = 0;
    const char *name;
    void *value;
    pthread_mutex_lock(&c->lock);
    while (map_next(c->all, &cursor, &name, &value)) {
        const struct watched *w = value;
        if (is_asked_about(w) && w->due_ns < first && is_own(cloud, name))
            first = w->due_ns;
    }
    pthread_mutex_unlock(&c->lock);
    return first == INT64_MAX ? 0 : MAX((first - now) / NS_PER_MS + 1, 1);
}

static int64_t look(void *context, const char *key, struct error *err)
{
    struct cloud *cloud = context;
    struct batch *b = new0(struct batch);
    bool untainted = untaint_ready(cloud);
    if (cloud->provider->instances)
        collect(cloud, b);
    read_nodes(cloud->controller, b);
    bool answered = b->count && ask(cloud, b);
    look_whether_frozen(cloud);
    for (uint32_t i = 0; answered && i < b->count; i++)
        act(cloud, b->names[i], b->nodes[i], b->known[i] ? b->reports[i].evidence : NULL);
    arena_done(&b->arena);
    free(b);
    int64_t next = cloud->provider->instances ? next_ms(cloud) : 0, period = cloud->controller->period_ms;
    return untainted ? next : next ? MIN(next, period) : period;
}

/* ---- The row ---- */

static void *start(const struct cloud_context *context, struct event_recorder *events)
{
    const struct cloud_options *o = context->options;
    struct lifecycle *c = new0(struct lifecycle);
    c->client = context->client;
    c->providers = context->providers;
    c->owners = context->owners;
    c->nodes = context->nodes;
    c->events = events;
    c->period_ms = o->node_monitor_period / NS_PER_MS;
    c->policy = (struct verdict_policy){.confirm_ns = o->node_gone_confirmation,
                                        .interval_ns = o->node_removal_interval,
                                        .burst = (unsigned)o->node_removal_burst,
                                        .percent_max = (unsigned)o->node_removal_max_percent,
                                        .nodes_min = 3,
                                        .window_ns = o->node_removal_window};
    c->all = map_new(watched_free);
    pthread_mutex_init(&c->lock, NULL);
    c->clouds = newa0(struct cloud, c->providers->count + 1);
    for (unsigned i = 0; i < c->providers->count; i++) {
        c->clouds[i] = (struct cloud){.controller = c, .provider = &c->providers->list[i]};
        c->clouds[i].name = xasprintf("cloud-node-lifecycle-%s", c->providers->list[i].name);
        c->clouds[i].queue = workqueue_new(&(struct workqueue_config){
            .name = c->clouds[i].name, .workers = 1, .reconcile = look, .context = &c->clouds[i]});
    }
    informer_add_handler(c->nodes, &(struct informer_handler){.changed = node_changed, .context = c});
    owners_add_handler(c->owners, owner_changed, c);
    return c;
}

static void begin(void *self)
{
    const struct lifecycle *c = self;
    for (unsigned i = 0; i < c->providers->count; i++)
        workqueue_start(c->clouds[i].queue);
}

static void refresh(void *self, const struct plugin_instance *instance)
{
    struct lifecycle *c = self;
    for (unsigned i = 0; i < c->providers->count; i++) {
        if (instance && c->providers->list[i].instance != instance)
            continue;
        size_t cursor = 0;
        const char *name;
        void *value;
        pthread_mutex_lock(&c->lock);
        while (map_next(c->all, &cursor, &name, &value)) {
            struct watched *w = value;
            if (!is_own(&c->clouds[i], name))
                continue;
            w->hinted = true;
            w->due_ns = 0;
            w->tries = 0;
        }
        pthread_mutex_unlock(&c->lock);
        workqueue_add(c->clouds[i].queue, LOOK_KEY);
    }
}

static void metrics(void *self, struct buffer *out)
{
    const struct lifecycle *c = self;
    buffer_printf(
        out,
        "# TYPE keelson_cloud_nodes_shut_down_total counter\nkeelson_cloud_nodes_shut_down_total %llu\n"
        "# TYPE keelson_cloud_nodes_removed_total counter\nkeelson_cloud_nodes_removed_total %llu\n",
        (unsigned long long)atomic_load(&c->tainted), (unsigned long long)atomic_load(&c->removed));
}

static void stop(void *self)
{
    struct lifecycle *c = self;
    for (unsigned i = 0; i < c->providers->count; i++) {
        workqueue_free(c->clouds[i].queue);
        free(c->clouds[i].name);
        guard_done(&c->clouds[i].guard);
        provider_health_freeze(c->clouds[i].provider->health, NULL, NULL);
    }
    free(c->clouds);
    map_free(c->all);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct cloud_controller controller_node_lifecycle = {
    .name = "cloud-node-lifecycle-controller",
    .alias = "cloud-node-lifecycle",
    .component = "cloud-node-lifecycle-controller",
    .start = start,
    .begin = begin,
    .refresh = refresh,
    .metrics = metrics,
    .stop = stop,
};
