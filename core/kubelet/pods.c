/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of pods. Handlers of the informer run on the client's loop and only take notes; everything that
 * may block happens in the queues.
 */
#include "core/kubelet/pods.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define WORKERS_LEAST  64
#define WORKERS_SPARE  32 /* beyond one for each pod, which may have to wait for its containers' end */
#define STATUS_WORKERS 4
#define RETRY_FIRST_MS 200
#define RETRY_MAX_MS   30000

/* Which states may follow each. */
static const unsigned allowed[POD_STATES] = {
    [POD_SYNC] = 1u << POD_TERMINATING,
    [POD_TERMINATING] = 1u << POD_TERMINATED,
    [POD_TERMINATED] = 1u << POD_FINISHED,
    [POD_FINISHED] = 0,
};

static void unref_cached(void *cached)
{
    cached_unref(cached);
}

struct pods *pods_new(struct kubelet *k)
{
    struct pods *p = new0(struct pods);
    p->k = k;
    pthread_mutex_init(&p->lock, NULL);
    p->by_uid = map_new(NULL);
    p->mirrors = map_new(unref_cached);
    struct workqueue_config work = {
        .name = "pods",
        .workers = (unsigned)MAX(k->config->max_pods + WORKERS_SPARE, (int64_t)WORKERS_LEAST),
        .base_delay_ms = RETRY_FIRST_MS,
        .max_delay_ms = RETRY_MAX_MS,
        .reconcile = pod_work,
        .context = p};
    struct workqueue_config statuses = {.name = "pod-status",
                                        .workers = STATUS_WORKERS,
                                        .base_delay_ms = 20,
                                        .max_delay_ms = 10000,
                                        .reconcile = pod_status_send,
                                        .context = p};
    p->work = workqueue_new(&work);
    p->statuses = workqueue_new(&statuses);
    return p;
}

static void memory_done(struct container_memory *m)
{
    char *owned[] = {m->name,         m->waiting_reason,    m->waiting_message,      m->probed_id,
                     m->restart_id,   m->unhealthy_message, m->post_start_failed_id, m->image_ref,
                     m->backoff_hash, m->pull_image,        m->pull_message};
    for (size_t i = 0; i < ARRAY_SIZE(owned); i++)
        free(owned[i]);
}

struct pod *pod_ref(struct pod *pod)
{
    atomic_fetch_add(&pod->refs, 1);
    return pod;
}

void pod_unref(struct pod *pod)
{
    if (!pod || atomic_fetch_sub(&pod->refs, 1) != 1)
        return;
    for (size_t i = 0; i < pod->memories_count; i++)
        memory_done(&pod->memories[i]);
    free(pod->memories);
    cached_unref(pod->api);
    bytes_unref(pod->file);
    bytes_unref(pod->status);
    bytes_unref(pod->sent);
    free(pod->fail_reason);
    free(pod->fail_message);
    free(pod->uid);
    free(pod->key);
    close(pod->interrupt_fd);
    free(pod);
}

static struct pod *pod_new(const char *uid, const char *key)
{
    struct pod *pod = new0(struct pod);
    atomic_init(&pod->refs, 1);
    pod->uid = xstrdup(uid);
    pod->key = xstrdup(key);
    pod->grace_s = -1;
    pod->accepted_ns = clock_realtime_ns();
    pod->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return pod;
}

void pods_wake(struct pods *p, const char *uid)
{
    workqueue_add(p->work, uid);
}

void pods_wake_after(struct pods *p, const char *uid, int64_t delay_ms)
{
    workqueue_add_after(p->work, uid, delay_ms);
}

struct pod *pods_get(struct pods *p, const char *uid)
{
    pthread_mutex_lock(&p->lock);
    struct pod *pod = map_get(p->by_uid, uid);
    pod = pod ? pod_ref(pod) : NULL;
    pthread_mutex_unlock(&p->lock);
    return pod;
}

struct pod **pods_all(struct pods *p, size_t *ret_count)
{
    pthread_mutex_lock(&p->lock);
    struct pod **all = newa0(struct pod *, map_count(p->by_uid) + 1);
    size_t cursor = 0;
    const char *uid;
    void *value;
    *ret_count = 0;
    while (map_next(p->by_uid, &cursor, &uid, &value))
        all[(*ret_count)++] = pod_ref(value);
    pthread_mutex_unlock(&p->lock);
    return all;
}

void pods_all_free(struct pod **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pod_unref(all[i]);
    free(all);
}

void pods_wake_all(struct pods *p)
{
    size_t count;
    struct pod **all = pods_all(p, &count);
    for (size_t i = 0; i < count; i++)
        pods_wake(p, all[i]->uid);
    pods_all_free(all, count);
}

struct pod *pods_find(struct pods *p, const char *namespace_, const char *name, const char *uid)
{
    char *key = xasprintf("%s/%s", namespace_, name);
    struct pod *found = NULL;
    size_t cursor = 0;
    const char *each;
    void *value;
    pthread_mutex_lock(&p->lock);
    while (map_next(p->by_uid, &cursor, &each, &value)) {
        struct pod *pod = value;
        if (strcmp(pod->key, key) != 0 || (uid && uid[0] && strcmp(uid, pod->uid) != 0))
            continue;
        if (!found || pod->state < found->state)
            found = pod;
    }
    found = found ? pod_ref(found) : NULL;
    pthread_mutex_unlock(&p->lock);
    free(key);
    return found;
}

/* --- what is known of a pod --- */

struct json *pod_document(struct pods *p, struct pod *pod, struct arena *arena)
{
    pthread_mutex_lock(&p->lock);
    struct cached *api = cached_ref(pod->api);
    struct bytes *file = bytes_ref(pod->file);
    pthread_mutex_unlock(&p->lock);
    struct json *document = NULL, *mirror = api ? cached_parse(api, arena) : NULL;
    if (!file) {
        document = mirror;
    } else if (json_parse(arena, bytes_slice(file), &document, NULL) == 0 && json_get(mirror, "status")) {
        json_set(arena, document, "status", json_copy(arena, json_get(mirror, "status")));
    }
    if (document) {
        json_set_string(arena, document, "apiVersion", "v1");
        json_set_string(arena, document, "kind", "Pod");
    }
    cached_unref(api);
    bytes_unref(file);
    return document;
}

static const char *copy_or_null(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

size_t pod_memories(struct pods *p, struct pod *pod, struct arena *arena, struct container_memory **ret)
{
    pthread_mutex_lock(&p->lock);
    size_t count = pod->memories_count;
    struct container_memory *copy = arena_alloc0(arena, (count + 1) * sizeof(*copy));
    for (size_t i = 0; i < count; i++) {
        copy[i] = pod->memories[i];
        char **texts[] = {&copy[i].name,
                          &copy[i].waiting_reason,
                          &copy[i].waiting_message,
                          &copy[i].probed_id,
                          &copy[i].image_ref,
                          &copy[i].unhealthy_message,
                          &copy[i].post_start_failed_id,
                          &copy[i].restart_id,
                          &copy[i].backoff_hash,
                          &copy[i].pull_image,
                          &copy[i].pull_message};
        for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
            *texts[j] = (char *)copy_or_null(arena, *texts[j]);
    }
    pthread_mutex_unlock(&p->lock);
    *ret = copy;
    return count;
}

void pod_remember(struct pods *p, struct pod *pod, const char *container,
                  void (*change)(void *context, struct container_memory *memory), void *context)
{
    struct container_memory *found = NULL;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < pod->memories_count; i++)
        if (strcmp(pod->memories[i].name, container) == 0)
            found = &pod->memories[i];
    if (!found) {
        pod->memories = xrealloc(pod->memories, (pod->memories_count + 1) * sizeof(*pod->memories));
        found = &pod->memories[pod->memories_count++];
        *found = (struct container_memory){.name = xstrdup(container), .unhealthy_grace_s = -1};
    }
    change(context, found);
    pthread_mutex_unlock(&p->lock);
}

enum pod_state pod_get_state(struct pods *p, struct pod *pod)
{
    pthread_mutex_lock(&p->lock);
    enum pod_state state = pod->state;
    pthread_mutex_unlock(&p->lock);
    return state;
}

void pod_set_state(struct pods *p, struct pod *pod, enum pod_state state)
{
    pthread_mutex_lock(&p->lock);
    require(pod->state == state || (allowed[pod->state] & (1u << state)));
    pod->state = state;
    pthread_mutex_unlock(&p->lock);
}

/* Whoever waits for something on behalf of this pod looks again. */
static void interrupt(struct pod *pod)
{
    if (eventfd_write(pod->interrupt_fd, 1) < 0)
        log_debug("pod %s: interrupting failed", pod->key);
}

void pods_fail(struct pods *p, struct pod *pod, const char *reason, const char *message, int64_t grace_s)
{
    pthread_mutex_lock(&p->lock);
    bool first = !pod->fail_reason;
    if (first) {
        pod->fail_reason = xstrdup(reason);
        pod->fail_message = xstrdup(message);
        if (grace_s >= 0 && (pod->grace_s < 0 || grace_s < pod->grace_s))
            pod->grace_s = grace_s;
    }
    pthread_mutex_unlock(&p->lock);
    if (!first)
        return;
    interrupt(pod);
    pods_wake(p, pod->uid);
}

bool pod_is_failed(struct pods *p, struct pod *pod, struct arena *arena, const char **ret_reason,
                   const char **ret_message)
{
    pthread_mutex_lock(&p->lock);
    bool failed = pod->fail_reason != NULL;
    *ret_reason = copy_or_null(arena, pod->fail_reason);
    *ret_message = copy_or_null(arena, pod->fail_message);
    pthread_mutex_unlock(&p->lock);
    return failed;
}

void pods_set_status(struct pods *p, struct pod *pod, const struct json *status)
{
    struct buffer text = BUFFER_INIT;
    json_write(&text, status);
    struct bytes *block = bytes_new(text.data, text.size);
    buffer_done(&text);
    pthread_mutex_lock(&p->lock);
    bytes_unref(pod->status);
    pod->status = block;
    pthread_mutex_unlock(&p->lock);
    if (p->k->client)
        workqueue_add(p->statuses, pod->uid);
}

void pods_add_orphan(struct pods *p, const char *uid, const char *key)
{
    pthread_mutex_lock(&p->lock);
    if (!map_has(p->by_uid, uid)) {
        struct pod *pod = pod_new(uid, key);
        pod->runtime_only = true;
        pod->removed = true;
        map_set(p->by_uid, uid, pod);
    }
    pthread_mutex_unlock(&p->lock);
    pods_wake(p, uid);
}

void pods_forget(struct pods *p, struct pod *pod)
{
    pthread_mutex_lock(&p->lock);
    struct pod *held = map_get(p->by_uid, pod->uid) == pod ? map_take(p->by_uid, pod->uid) : NULL;
    pthread_mutex_unlock(&p->lock);
    if (pod->is_static)
        workqueue_add(p->k->chores, CHORE_STATIC); /* its file may have come back meanwhile */
    pod_unref(held);
}

bool pods_static_is_replaced(struct pods *p, struct pod *pod)
{
    size_t cursor = 0;
    const char *uid;
    void *value;
    bool found = false;
    pthread_mutex_lock(&p->lock);
    while (map_next(p->by_uid, &cursor, &uid, &value)) {
        const struct pod *other = value;
        found = found || (other != pod && other->is_static && other->removed && other->state < POD_FINISHED &&
                          strcmp(other->key, pod->key) == 0);
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* --- from the API server; the client's loop --- */

static void mirror_changed(struct pods *p, struct cached *new_, const char *key)
{
    size_t cursor = 0;
    const char *uid;
    void *value;
    if (new_)
        map_set(p->mirrors, key, cached_ref(new_));
    else
        map_remove(p->mirrors, key);
    while (map_next(p->by_uid, &cursor, &uid, &value)) {
        struct pod *pod = value;
        if (!pod->is_static || strcmp(pod->key, key) != 0)
            continue;
        cached_unref(pod->api);
        pod->api = new_ ? cached_ref(new_) : NULL;
        workqueue_add(p->work, uid);
        workqueue_add(p->statuses, uid);
    }
}

/* Is this a change of nothing but the status, which we made ourselves? Conditions that readiness waits for
 * are others'. */
static bool only_status_changed(struct cached *old, const struct json *document, int64_t generation)
{
    struct arena arena = ARENA_INIT;
    const struct json *before = old ? cached_parse(old, &arena) : NULL;
    static const char *const parts[] = {"labels", "annotations", "deletionTimestamp",
                                        "deletionGracePeriodSeconds"};
    bool same = before && object_generation(before) == generation &&
                !json_count(json_at(document, "spec.readinessGates"));
    for (size_t i = 0; same && i < ARRAY_SIZE(parts); i++)
        same = json_equal_semantic(json_get(json_get(before, "metadata"), parts[i]),
                                   json_get(json_get(document, "metadata"), parts[i]));
    same = same && json_equal_semantic(json_get(before, "spec"), json_get(document, "spec"));
    arena_done(&arena);
    return same;
}

static void api_changed(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    struct pods *p = context;
    struct cached *now = new_ ? new_ : old;
    const char *uid = object_uid(document);
    pthread_mutex_lock(&p->lock);
    if (object_annotation(document, ANNOTATION_MIRROR)) {
        mirror_changed(p, new_, cached_key(now));
        pthread_mutex_unlock(&p->lock);
        return;
    }
    struct pod *pod = map_get(p->by_uid, uid);
    if (!pod && new_) {
        pod = pod_new(uid, cached_key(now));
        map_set(p->by_uid, uid, pod);
    }
    bool wake = pod && !(new_ && only_status_changed(old, document, object_generation(document)));
    bool cut = false;
    if (pod) {
        int64_t grace = json_integer_at(document, "metadata.deletionGracePeriodSeconds", -1);
        cut = (!new_ && !pod->removed) || (object_is_deleted(document) && grace != pod->grace_s);
        pod->removed = !new_;
        if (object_is_deleted(document))
            pod->grace_s = new_                            ? grace
                           : pod->state >= POD_TERMINATING ? pod->grace_s
                                                           : MIN(grace, (int64_t)2);
        else if (!new_)
            pod->grace_s = 1;
        if (new_) {
            cached_unref(pod->api);
            pod->api = cached_ref(new_);
        }
        if (cut)
            interrupt(pod);
    }
    pthread_mutex_unlock(&p->lock);
    if (wake || cut)
        workqueue_add(p->work, uid);
}

static void api_synced(void *context)
{
    struct pods *p = context;
    p->api_synced = true;
    workqueue_add(p->k->chores, CHORE_RELIST);
}

/* --- from files --- */

static bool is_among(struct map *uids, const char *uid)
{
    return map_has(uids, uid);
}

static void add_static(struct pods *p, struct bytes *document, struct map *uids)
{
    struct arena arena = ARENA_INIT;
    struct json *pod_json;
    if (json_parse(&arena, bytes_slice(document), &pod_json, NULL) == 0) {
        const char *uid = object_uid(pod_json);
        const char *key = object_key(&arena, pod_json);
        map_set(uids, uid, p);
        if (!map_has(p->by_uid, uid)) {
            struct pod *pod = pod_new(uid, key);
            pod->is_static = true;
            pod->file = bytes_ref(document);
            pod->api = cached_ref(map_get(p->mirrors, key));
            map_set(p->by_uid, uid, pod);
            workqueue_add(p->work, uid);
        }
    }
    arena_done(&arena);
}

void pods_set_static(struct pods *p, struct bytes *const *documents, size_t count)
{
    struct map *uids = map_new(NULL);
    size_t cursor = 0;
    const char *uid;
    void *value;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < count; i++)
        add_static(p, documents[i], uids);
    while (map_next(p->by_uid, &cursor, &uid, &value)) {
        struct pod *pod = value;
        if (!pod->is_static || pod->removed || is_among(uids, uid))
            continue;
        pod->removed = true;
        interrupt(pod);
        workqueue_add(p->work, uid);
    }
    p->files_synced = true;
    pthread_mutex_unlock(&p->lock);
    map_free(uids);
    workqueue_add(p->k->chores, CHORE_RELIST);
}

/* --- life --- */

int pods_start(struct pods *p, struct error *err)
{
    if (p->k->client) {
        char *field = xasprintf("spec.nodeName=%s", p->k->config->node_name);
        struct informer_config config = {
            .client = p->k->client, .resource = RESOURCE("", "v1", "pods"), .field_selector = field};
        struct informer_handler handler = {.changed = api_changed, .synced = api_synced, .context = p};
        p->informer = informer_new(&config);
        informer_add_handler(p->informer, &handler);
        free(field);
        informer_start(p->informer);
    } else {
        p->api_synced = true;
    }
    workqueue_start(p->work);
    workqueue_start(p->statuses);
    return 0;
}

/* Workers that wait are called back; what the containers do is their own affair, they go on running. */
void pods_stop(struct pods *p)
{
    size_t count;
    struct pod **all = pods_all(p, &count);
    for (size_t i = 0; i < count; i++)
        interrupt(all[i]);
    pods_all_free(all, count);
    if (p->informer)
        informer_free(p->informer);
    p->informer = NULL;
    workqueue_free(p->work);
    workqueue_free(p->statuses);
    p->work = p->statuses = NULL;
}

void pods_free(struct pods *p)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    if (!p)
        return;
    while (map_next(p->by_uid, &cursor, &key, &value))
        pod_unref(value);
    map_free(p->by_uid);
    map_free(p->mirrors);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
