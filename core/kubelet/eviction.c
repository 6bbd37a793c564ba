/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upstream's order and words. What containers use is asked of the runtime, what volumes use is counted on
 * disk; both only when somebody has a limit, or when the node is short.
 */
#include "core/kubelet/eviction.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/images.h"
#include "core/kubelet/node.h"
#include "core/kubelet/stats.h"

#define PRIORITY_CRITICAL 2000000000
#define GRACE_S           1 /* of a pod that has to go at once */
#define DEPTH_MAX         64

struct looking {
    struct kubelet *k;
    struct arena arena;
    struct stats stats; /* what containers use; asked for once */
    bool asked;
};

/* --- what is used --- */

static int64_t folder_bytes(int parent, const char *name, unsigned depth)
{
    int64_t sum = 0;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 && depth < DEPTH_MAX ? fdopendir(fd) : NULL;
    if (!d) {
        cleanup_close(&fd);
        return 0;
    }
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        sum += (int64_t)st.st_blocks * 512;
        if (S_ISDIR(st.st_mode))
            sum += folder_bytes(dirfd(d), e->d_name, depth + 1);
    }
    closedir(d);
    return sum;
}

static const struct stats *usage(struct looking *l)
{
    if (!l->asked &&
        stats_collect(l->k->runtime.instance, l->k->runtime.table, &l->arena, &l->stats, NULL) < 0)
        l->stats = (struct stats){0};
    l->asked = true;
    return &l->stats;
}

/* Of one container, or (name NULL) of all of the pod's. */
static int64_t written_bytes(struct looking *l, const char *uid, const char *name)
{
    const struct stats *s = usage(l);
    int64_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->containers[i].uid, uid) == 0 && (!name || strcmp(s->containers[i].name, name) == 0))
            sum += (int64_t)s->containers[i].writable_bytes;
    return sum;
}

/* Of one container, or (name NULL) of all of the pod's. */
static int64_t memory_bytes(struct looking *l, const char *uid, const char *name)
{
    const struct stats *s = usage(l);
    int64_t sum = 0;
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->containers[i].uid, uid) == 0 && (!name || strcmp(s->containers[i].name, name) == 0))
            sum += (int64_t)s->containers[i].memory_working_set_bytes;
    return sum;
}

static bool is_on_disk(const struct json *volume)
{
    const struct json *empty = json_get(volume, "emptyDir");
    return empty && !json_string_or(json_get(empty, "medium"), "")[0];
}

static int64_t volume_bytes(struct looking *l, const struct json *pod, const struct json *volume)
{
    const char *path;
    if (volumes_path(l->k->volumes, pod, json_string_or(json_get(volume, "name"), ""), &l->arena, &path,
                     NULL) < 0)
        return 0;
    return folder_bytes(AT_FDCWD, path, 0);
}

static int64_t volumes_bytes(struct looking *l, const struct json *pod)
{
    int64_t sum = 0;
    json_for_each (volume, json_at(pod, "spec.volumes"))
        sum += is_on_disk(volume) ? volume_bytes(l, pod, volume) : 0;
    return sum;
}

static int64_t amount_of(struct arena *arena, const struct json *pod, const char *what, const char *name)
{
    struct resource_list list = {0};
    pod_resources(arena, pod, what, &list);
    const struct quantity *q = resource_list_find(&list, name);
    return q ? quantity_value(q) : 0;
}

static const char *bytes_text(struct arena *arena, int64_t bytes)
{
    struct quantity q = {.nano = (__int128)bytes * 1000000000, .format = QUANTITY_BINARY_SI};
    char text[QUANTITY_TEXT_MAX];
    quantity_format(&q, text);
    return arena_strdup(arena, text);
}

/* --- ending a pod --- */

static void evict(struct kubelet *k, struct pod *pod, const struct json *document, const char *message)
{
    if (k->events)
        event_record(k->events, document, NULL, "Warning", "Evicted", "%s", message);
    log_warning("pod %s is evicted: %s", pod->key, message);
    pods_fail(k->pods, pod, "Evicted", message, GRACE_S);
}

static bool may_go(const struct json *document, const struct pod *pod)
{
    return !pod->is_static && json_integer_at(document, "spec.priority", 0) < PRIORITY_CRITICAL;
}

/* --- limits of a pod's own --- */

static const char *over_volume_limit(struct looking *l, const struct json *pod)
{
    json_for_each (volume, json_at(pod, "spec.volumes")) {
        const char *limit = json_string(json_get(json_get(volume, "emptyDir"), "sizeLimit"));
        int64_t bytes = limit && is_on_disk(volume) ? quantity_value_of(limit) : 0;
        if (bytes > 0 && volume_bytes(l, pod, volume) > bytes)
            return arena_printf(&l->arena, "Usage of EmptyDir volume \"%s\" exceeds the limit \"%s\". ",
                                json_string_or(json_get(volume, "name"), ""), limit);
    }
    return NULL;
}

static const char *over_container_limit(struct looking *l, const struct json *pod)
{
    json_for_each (c, json_at(pod, "spec.containers")) {
        const char *name = json_string_or(json_get(c, "name"), "");
        const char *limit = json_string(json_get(json_at(c, "resources.limits"), "ephemeral-storage"));
        if (limit && written_bytes(l, object_uid(pod), name) > quantity_value_of(limit))
            return arena_printf(&l->arena, "Container %s exceeded its local ephemeral storage limit \"%s\". ",
                                name, limit);
    }
    return NULL;
}

static const char *over_pod_limit(struct looking *l, const struct json *pod)
{
    int64_t limit = amount_of(&l->arena, pod, "limits", "ephemeral-storage");
    if (limit <= 0 || written_bytes(l, object_uid(pod), NULL) + volumes_bytes(l, pod) <= limit)
        return NULL;
    return arena_printf(&l->arena,
                        "Pod ephemeral local storage usage exceeds the total limit of containers %s. ",
                        bytes_text(&l->arena, limit));
}

int evict_over_limits(struct kubelet *k, struct error *err)
{
    static const char *(*const checks[])(struct looking * l, const struct json *pod) = {
        over_volume_limit, over_pod_limit, over_container_limit};
    struct looking l = {.k = k};
    size_t count;
    struct pod **all = pods_all(k->pods, &count);
    for (size_t i = 0; i < count; i++) {
        const struct json *document =
            pod_get_state(k->pods, all[i]) == POD_SYNC ? pod_document(k->pods, all[i], &l.arena) : NULL;
        const char *message = NULL;
        for (size_t n = 0; document && n < ARRAY_SIZE(checks) && !message; n++)
            message = checks[n](&l, document);
        if (message)
            evict(k, all[i], document, message);
    }
    pods_all_free(all, count);
    arena_done(&l.arena);
    return 0;
}

/* --- the node is short --- */

int eviction_compare(const struct eviction_candidate *a, const struct eviction_candidate *b)
{
    bool a_over = a->usage_bytes > a->request_bytes, b_over = b->usage_bytes > b->request_bytes;
    int64_t a_more = a->usage_bytes - a->request_bytes, b_more = b->usage_bytes - b->request_bytes;
    if (a_over != b_over)
        return b_over ? 1 : -1;
    if (a->priority != b->priority)
        return a->priority > b->priority ? 1 : -1;
    return a_more < b_more ? 1 : a_more > b_more ? -1 : 0;
}

static struct eviction_candidate candidate_of(struct looking *l, const struct json *pod, bool of_memory)
{
    const char *name = of_memory ? "memory" : "ephemeral-storage";
    return (struct eviction_candidate){.priority = json_integer_at(pod, "spec.priority", 0),
                                       .request_bytes = amount_of(&l->arena, pod, "requests", name),
                                       .usage_bytes = of_memory ? memory_bytes(l, object_uid(pod), NULL)
                                                                : written_bytes(l, object_uid(pod), NULL) +
                                                                      volumes_bytes(l, pod)};
}

/* Which of its containers brought it there. */
static const char *blame(struct looking *l, const struct json *pod, bool of_memory)
{
    const char *name = of_memory ? "memory" : "ephemeral-storage", *text = "";
    json_for_each (c, json_at(pod, "spec.containers")) {
        const char *container = json_string_or(json_get(c, "name"), "");
        const char *asked = json_string(json_get(json_at(c, "resources.requests"), name));
        int64_t request = asked ? quantity_value_of(asked) : 0;
        int64_t used = of_memory ? memory_bytes(l, object_uid(pod), container)
                                 : written_bytes(l, object_uid(pod), container);
        if (used > request)
            text = arena_printf(
                &l->arena, "%sContainer %s was using %s, request is %s, has larger consumption of %s. ", text,
                container, bytes_text(&l->arena, used), bytes_text(&l->arena, request), name);
    }
    return text;
}

static void evict_first(struct looking *l, const struct node_shortage *shortage)
{
    size_t count;
    struct pod **all = pods_all(l->k->pods, &count), *victim = NULL;
    const struct json *of_victim = NULL;
    struct eviction_candidate first = {0};
    bool of_memory = strcmp(shortage->resource, "memory") == 0;
    for (size_t i = 0; i < count; i++) {
        const struct json *document = pod_get_state(l->k->pods, all[i]) == POD_SYNC
                                          ? pod_document(l->k->pods, all[i], &l->arena)
                                          : NULL;
        if (!document || !may_go(document, all[i]))
            continue;
        struct eviction_candidate c = candidate_of(l, document, of_memory);
        if (victim && eviction_compare(&first, &c) <= 0)
            continue;
        victim = all[i];
        of_victim = document;
        first = c;
    }
    if (victim)
        evict(l->k, victim, of_victim,
              arena_printf(
                  &l->arena, "The node was low on resource: %s. Threshold quantity: %s, available: %s. %s",
                  shortage->resource, bytes_text(&l->arena, shortage->threshold),
                  bytes_text(&l->arena, shortage->available >> 10 << 10), blame(l, of_victim, of_memory)));
    pods_all_free(all, count);
}

int evict_under_pressure(struct kubelet *k, struct error *err)
{
    struct looking l = {.k = k};
    struct node_shortage shortage;
    if (!node_look_at_pressures(k->node, &shortage))
        return 0;
    workqueue_add(k->chores, CHORE_NODE);
    if (!shortage.resource)
        return 0;
    node_event(k->node, "Warning", "EvictionThresholdMet", "Attempting to reclaim %s", shortage.resource);
    bool of_disk = strcmp(shortage.resource, "ephemeral-storage") == 0;
    if (of_disk && images_collect(k->images, true, err) < 0)
        return -1;
    node_look_at_pressures(k->node, &shortage); /* what was freed may do */
    if (shortage.resource && strcmp(shortage.resource, "pids") != 0)
        evict_first(&l, &shortage);
    arena_done(&l.arena);
    return 0;
}
