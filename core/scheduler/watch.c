/* SPDX-License-Identifier: Apache-2.0 */
/* What the informers tell becomes notes: on the client's loop, where documents are at hand, they are read;
 * the deciding thread gets no more than it needs. */
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/scheduler/resize.h"
#include "core/scheduler/scheduler.h"

/* --- pods --- */

static char *put(char **place, const char *text)
{
    size_t size = strlen(text) + 1;
    char *at = memcpy(*place, text, size);
    *place += size;
    return at;
}

static struct pod_note *pod_note_new(const char *key, const char *uid, const char *node,
                                     const char *nominated)
{
    size_t size = strlen(key) + strlen(uid) + strlen(node) + strlen(nominated) + 4;
    struct pod_note *n = xcalloc(1, sizeof(*n) + size);
    char *place = (char *)(n + 1);
    n->note.apply = picture_apply_pod;
    n->key = put(&place, key);
    n->uid = put(&place, uid);
    n->node = put(&place, node);
    n->nominated = put(&place, nominated);
    return n;
}

static int64_t started_ms(const struct json *pod)
{
    int64_t ns = 0;
    struct slice text = json_slice(json_at(pod, "status.startTime"));
    return text.size && time_parse(text, &ns) ? ns / NS_PER_MS : 0;
}

static uint64_t told(const struct json *pod)
{
    const struct json *condition = object_condition(pod, "PodScheduled");
    if (strcmp(json_string_or(json_get(condition, "status"), ""), "False") != 0)
        return 0;
    return condition_hash(json_string_or(json_get(condition, "reason"), ""),
                          json_string_or(json_get(condition, "message"), ""));
}

static bool evicted_by_scheduler(const struct json *pod)
{
    const char *reason = json_string_or(json_get(object_condition(pod, "DisruptionTarget"), "reason"), "");
    return object_is_deleted(pod) && strcmp(reason, "PreemptionByScheduler") == 0;
}

static void pod_changed(void *context, struct cached *old, struct cached *new_, const struct json *pod)
{
    struct scheduler *s = context;
    bool gone = !new_ || pod_is_terminal(pod);
    struct pod_note *n = pod_note_new(cached_key(new_ ? new_ : old), new_ ? new_->uid : old->uid,
                                      json_string_or(json_at(pod, "spec.nodeName"), ""),
                                      json_string_or(json_at(pod, "status.nominatedNodeName"), ""));
    if (!gone) {
        n->class = pod_class_of(pod);
        n->leaving = object_is_deleted(pod);
        n->evicted = evicted_by_scheduler(pod);
        n->started_ms = started_ms(pod);
        n->told = told(pod);
    }
    inbox_post(&s->inbox, &n->note);
}

/* --- nodes and namespaces --- */

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    struct scheduler *s = context;
    const char *name = cached_key(new_ ? new_ : old);
    struct node_note *n = xcalloc(1, sizeof(*n) + strlen(name) + 1);
    n->note.apply = picture_apply_node;
    memcpy(n->name, name, strlen(name));
    n->gone = !new_;
    if (new_)
        node_facts_read(&n->facts, node);
    inbox_post(&s->inbox, &n->note);
}

static void namespace_changed(void *context, struct cached *old, struct cached *new_,
                              const struct json *namespace_)
{
    struct scheduler *s = context;
    const char *name = cached_key(new_ ? new_ : old);
    struct namespace_note *n = xcalloc(1, sizeof(*n) + strlen(name) + 1);
    n->note.apply = picture_apply_namespace;
    memcpy(n->name, name, strlen(name));
    n->gone = !new_;
    if (new_)
        labels_read(&n->labels, json_at(namespace_, "metadata.labels"));
    inbox_post(&s->inbox, &n->note);
}

static void budget_changed(void *context, struct cached *old, struct cached *new_, const struct json *budget)
{
}

/* --- all of them --- */

static void apply_synced(struct scheduler *s, struct note *n)
{
    if (s)
        s->synced++;
}

static void synced(void *context)
{
    struct scheduler *s = context;
    struct note *n = new0(struct note);
    n->apply = apply_synced;
    inbox_post(&s->inbox, n);
}

static const struct watch {
    const char *group, *plural, *field_selector;
    bool metadata_only, keys_only;
    void (*trim)(struct json *document);
    void (*changed)(void *context, struct cached *old, struct cached *new_, const struct json *document);
} watches[WATCHES] = {
    [WATCH_NODES] = {"", "nodes", .keys_only = true, .changed = node_changed},
    [WATCH_PODS] = {"", "pods", "status.phase!=Succeeded,status.phase!=Failed", .keys_only = true,
                    .trim = resize_raise, .changed = pod_changed},
    [WATCH_NAMESPACES] = {"", "namespaces", .metadata_only = true, .keys_only = true,
                          .changed = namespace_changed},
    [WATCH_BUDGETS] = {"policy", "poddisruptionbudgets", .changed = budget_changed},
};

void watch_start(struct scheduler *s)
{
    for (unsigned i = 0; i < WATCHES; i++) {
        const struct watch *w = &watches[i];
        struct informer_config config = {.client = s->client,
                                         .resource = RESOURCE(w->group, "v1", w->plural),
                                         .field_selector = w->field_selector,
                                         .metadata_only = w->metadata_only,
                                         .keys_only = w->keys_only,
                                         .trim = w->trim};
        s->informers[i] = informer_new(&config);
        informer_add_handler(s->informers[i], &(struct informer_handler){
                                                  .changed = w->changed, .synced = synced, .context = s});
    }
    for (unsigned i = 0; i < WATCHES; i++)
        informer_start(s->informers[i]);
}
