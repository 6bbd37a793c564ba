/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two maps: pods by uid, and the pod of each sandbox and container by id. An entry's texts stand in one
 * allocation. An entry that came after a list had begun is not taken for gone because that list lacks it.
 */
#include "core/kubelet/runtime-state.h"

#include <pthread.h>

#include "core/base/list.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"

struct entry {
    struct list link; /* of its pod */
    struct state_pod *pod;
    uint64_t serial; /* when it was added */
    bool is_sandbox, dirty, seen, message_set;
    struct arena *arena; /* behind the texts of one of these */
    union {
        struct runtime_sandbox sandbox;
        struct runtime_container container;
    };
    char id[];
};
struct state_pod {
    struct list entries;
    char uid[];
};
struct runtime_state {
    struct runtime *runtime;
    void (*changed)(void *context, const char *uid);
    void *context;
    pthread_mutex_t lock; /* of everything below */
    struct map *pods, *entries;
    uint64_t serial;
    bool listed;
};

struct runtime_state *runtime_state_new(struct runtime *runtime,
                                        void (*changed)(void *context, const char *uid), void *context)
{
    struct runtime_state *s = new0(struct runtime_state);
    s->runtime = runtime;
    s->changed = changed;
    s->context = context;
    s->pods = map_new(NULL);
    s->entries = map_new(NULL);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void drop_details(struct entry *e)
{
    if (e->arena) {
        arena_done(e->arena);
        free(e->arena);
    }
    e->arena = NULL;
}

static void entry_drop(struct runtime_state *s, struct entry *e)
{
    struct state_pod *pod = e->pod;
    list_remove(&e->link);
    map_remove(s->entries, e->id);
    drop_details(e);
    free(e);
    if (list_empty(&pod->entries)) {
        map_remove(s->pods, pod->uid);
        free(pod);
    }
}

void runtime_state_free(struct runtime_state *s)
{
    if (!s)
        return;
    const char *key;
    void *value;
    for (size_t cursor = 0; map_next(s->entries, &cursor, &key, &value); cursor = 0)
        entry_drop(s, value);
    map_free(s->entries);
    map_free(s->pods);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct entry *entry_add(struct runtime_state *s, const char *uid, const char *id, bool is_sandbox)
{
    struct entry *e = map_get(s->entries, id);
    if (e) {
        e->dirty = true;
        return e;
    }
    struct state_pod *pod = map_get(s->pods, uid);
    if (!pod) {
        pod = xcalloc(1, sizeof(*pod) + strlen(uid) + 1);
        memcpy(pod->uid, uid, strlen(uid) + 1);
        list_init(&pod->entries);
        map_set(s->pods, uid, pod);
    }
    e = xcalloc(1, sizeof(*e) + strlen(id) + 1);
    memcpy(e->id, id, strlen(id) + 1);
    e->pod = pod;
    e->is_sandbox = is_sandbox;
    e->dirty = true;
    e->serial = ++s->serial;
    list_append(&pod->entries, &e->link);
    map_set(s->entries, id, e);
    return e;
}

void runtime_state_added(struct runtime_state *s, const char *uid, const char *sandbox_id,
                         const char *container_id, const char *name)
{
    pthread_mutex_lock(&s->lock);
    struct entry *e = entry_add(s, uid, container_id ? container_id : sandbox_id, !container_id);
    if (container_id && !e->arena) {
        e->arena = new0(struct arena);
        e->container = (struct runtime_container){.state = KEELSON_CONTAINER_CREATED};
        struct runtime_container c = {.id = container_id,
                                      .sandbox_id = sandbox_id,
                                      .name = name,
                                      .pod_uid = uid,
                                      .image = "",
                                      .image_id = "",
                                      .reason = "",
                                      .message = "",
                                      .log_path = "",
                                      .hash = "",
                                      .termination_path = "",
                                      .termination_policy = "",
                                      .resize_hash = ""};
        runtime_container_copy(e->arena, &e->container, &c);
    }
    pthread_mutex_unlock(&s->lock);
}

void runtime_state_removed(struct runtime_state *s, const char *id)
{
    pthread_mutex_lock(&s->lock);
    struct entry *e = map_get(s->entries, id);
    if (e)
        entry_drop(s, e);
    pthread_mutex_unlock(&s->lock);
}

void runtime_state_mark(struct runtime_state *s, const char *uid)
{
    pthread_mutex_lock(&s->lock);
    struct state_pod *pod = map_get(s->pods, uid);
    if (pod)
        list_for_each (it, &pod->entries)
            list_entry(it, struct entry, link)->dirty = true;
    pthread_mutex_unlock(&s->lock);
}

void runtime_state_set_message(struct runtime_state *s, const char *container_id, const char *message)
{
    pthread_mutex_lock(&s->lock);
    struct entry *e = map_get(s->entries, container_id);
    if (e && !e->is_sandbox && e->arena) {
        e->container.message = arena_strdup(e->arena, message);
        e->message_set = true;
    }
    pthread_mutex_unlock(&s->lock);
}

bool runtime_state_event(struct runtime_state *s, const char *container_id, const char *sandbox_id)
{
    char *uid = NULL;
    if (!container_id[0] && !sandbox_id[0])
        return false;
    pthread_mutex_lock(&s->lock);
    struct entry *e = map_get(s->entries, container_id[0] ? container_id : sandbox_id);
    if (e) {
        e->dirty = true;
        uid = xstrdup(e->pod->uid);
    }
    pthread_mutex_unlock(&s->lock);
    if (uid)
        s->changed(s->context, uid);
    free(uid);
    return true;
}

/* --- asking about what changed --- */

struct answer {
    const char *id;
    bool is_sandbox, gone;
    struct runtime_sandbox *sandbox;
    struct runtime_container *container;
};

static size_t collect_dirty(struct runtime_state *s, const char *uid, struct arena *arena,
                            struct answer **ret)
{
    size_t count = 0;
    pthread_mutex_lock(&s->lock);
    struct state_pod *pod = map_get(s->pods, uid);
    if (pod) {
        size_t all = 0;
        list_for_each (it, &pod->entries)
            all++;
        *ret = arena_alloc0(arena, all * sizeof(**ret));
        list_for_each (it, &pod->entries) {
            struct entry *e = list_entry(it, struct entry, link);
            if (!e->dirty)
                continue;
            (*ret)[count++] = (struct answer){.id = arena_strdup(arena, e->id), .is_sandbox = e->is_sandbox};
            e->dirty = false;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return count;
}

static int ask(struct runtime_state *s, struct arena *arena, struct answer *a, struct error *err)
{
    struct error why = ERROR_INIT;
    int rc = a->is_sandbox ? runtime_sandbox_status(s->runtime, a->id, arena, &a->sandbox, &why)
                           : runtime_container_status(s->runtime, a->id, arena, &a->container, &why);
    a->gone = rc < 0 && why.code == ERR_NOT_FOUND;
    if (rc < 0 && !a->gone) {
        if (err)
            error_move(err, &why);
        error_done(&why);
        return -1;
    }
    error_done(&why);
    return 0;
}

static void keep(struct runtime_state *s, const struct answer *a)
{
    struct entry *e = map_get(s->entries, a->id);
    if (!e)
        return;
    if (a->gone) {
        entry_drop(s, e);
        return;
    }
    struct arena *arena = new0(struct arena);
    if (a->is_sandbox) {
        runtime_sandbox_copy(arena, &e->sandbox, a->sandbox);
    } else {
        struct runtime_container c = *a->container;
        if (e->message_set)
            c.message = e->container.message;
        runtime_container_copy(arena, &e->container, &c);
    }
    drop_details(e);
    e->arena = arena;
}

static int compare_sandboxes(const void *a, const void *b)
{
    int64_t x = ((const struct runtime_sandbox *)a)->created_ns,
            y = ((const struct runtime_sandbox *)b)->created_ns;
    return x < y ? 1 : x > y ? -1 : 0;
}

static int compare_containers(const void *a, const void *b)
{
    int64_t x = ((const struct runtime_container *)a)->created_ns,
            y = ((const struct runtime_container *)b)->created_ns;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void copy_out(struct runtime_state *s, const char *uid, struct arena *arena, struct pod_runtime *ret)
{
    struct state_pod *pod = map_get(s->pods, uid);
    size_t all = 0;
    *ret = (struct pod_runtime){0};
    if (!pod)
        return;
    list_for_each (it, &pod->entries)
        all++;
    ret->sandboxes = arena_alloc0(arena, all * sizeof(*ret->sandboxes));
    ret->containers = arena_alloc0(arena, all * sizeof(*ret->containers));
    list_for_each (it, &pod->entries) {
        struct entry *e = list_entry(it, struct entry, link);
        if (e->arena && e->is_sandbox)
            runtime_sandbox_copy(arena, &ret->sandboxes[ret->sandboxes_count++], &e->sandbox);
        else if (e->arena)
            runtime_container_copy(arena, &ret->containers[ret->containers_count++], &e->container);
    }
    qsort(ret->sandboxes, ret->sandboxes_count, sizeof(*ret->sandboxes), compare_sandboxes);
    qsort(ret->containers, ret->containers_count, sizeof(*ret->containers), compare_containers);
}

int runtime_state_pod(struct runtime_state *s, const char *uid, struct arena *arena, struct pod_runtime *ret,
                      struct error *err)
{
    struct answer *answers = NULL;
    size_t count = collect_dirty(s, uid, arena, &answers);
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = ask(s, arena, &answers[i], err);
    if (rc < 0) {
        runtime_state_mark(s, uid);
        return -1;
    }
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < count; i++)
        keep(s, &answers[i]);
    copy_out(s, uid, arena, ret);
    pthread_mutex_unlock(&s->lock);
    return 0;
}

size_t runtime_state_uids(struct runtime_state *s, struct arena *arena, const char ***ret)
{
    pthread_mutex_lock(&s->lock);
    size_t count = 0, cursor = 0;
    const char **uids = arena_alloc(arena, (map_count(s->pods) + 1) * sizeof(*uids));
    const char *key;
    void *value;
    while (map_next(s->pods, &cursor, &key, &value))
        uids[count++] = arena_strdup(arena, key);
    pthread_mutex_unlock(&s->lock);
    *ret = uids;
    return count;
}

/* --- listing --- */

struct relist {
    struct runtime_state *state;
    struct arena arena;
    struct map *changed; /* uid → itself */
    uint64_t serial;     /* of the last entry before the list began */
};

static void note_changed(struct relist *r, struct entry *e)
{
    e->dirty = true;
    map_set(r->changed, e->pod->uid, r);
}

static void see_sandbox(struct relist *r, const struct runtime_sandbox *found)
{
    if (!found->uid[0])
        return;
    struct entry *e = map_get(r->state->entries, found->id);
    bool fresh = !e;
    e = e ? e : entry_add(r->state, found->uid, found->id, true);
    e->seen = true;
    if (fresh || !e->arena || e->sandbox.ready != found->ready)
        note_changed(r, e);
}

static void see_container(struct relist *r, const struct runtime_container *found)
{
    if (!found->pod_uid[0])
        return;
    struct entry *e = map_get(r->state->entries, found->id);
    bool fresh = !e;
    e = e ? e : entry_add(r->state, found->pod_uid, found->id, false);
    e->seen = true;
    if (fresh || !e->arena || e->container.state != found->state)
        note_changed(r, e);
}

static void drop_unseen(struct relist *r)
{
    const char *key;
    void *value;
    for (size_t cursor = 0; map_next(r->state->entries, &cursor, &key, &value);) {
        struct entry *e = value;
        if (!e->seen && e->serial <= r->serial) {
            map_set(r->changed, e->pod->uid, r);
            entry_drop(r->state, e);
            continue;
        }
        e->seen = false;
    }
}

int runtime_state_relist(struct runtime_state *s, struct error *err)
{
    struct relist r = {.state = s, .changed = map_new(NULL)};
    struct runtime_sandbox *sandboxes;
    struct runtime_container *containers;
    size_t sandboxes_count, containers_count;
    pthread_mutex_lock(&s->lock);
    r.serial = s->serial;
    pthread_mutex_unlock(&s->lock);
    int rc = runtime_sandbox_list(s->runtime, &r.arena, &sandboxes, &sandboxes_count, err);
    if (rc == 0)
        rc = runtime_container_list(s->runtime, &r.arena, &containers, &containers_count, err);
    if (rc == 0) {
        pthread_mutex_lock(&s->lock);
        for (size_t i = 0; i < sandboxes_count; i++)
            see_sandbox(&r, &sandboxes[i]);
        for (size_t i = 0; i < containers_count; i++)
            see_container(&r, &containers[i]);
        drop_unseen(&r);
        s->listed = true;
        pthread_mutex_unlock(&s->lock);
        const char *uid;
        void *value;
        for (size_t cursor = 0; map_next(r.changed, &cursor, &uid, &value);)
            s->changed(s->context, uid);
    }
    map_free(r.changed);
    arena_done(&r.arena);
    return rc;
}

bool runtime_state_is_known(struct runtime_state *s)
{
    pthread_mutex_lock(&s->lock);
    bool listed = s->listed;
    pthread_mutex_unlock(&s->lock);
    return listed;
}
