/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the HTTPS server asks about pods: the container behind a name, its log file, the sandbox, the list of
 * all.
 */
#include "core/api/object.h"
#include "core/base/memory.h"
#include "core/kubelet/pod-config.h"
#include "core/kubelet/pods.h"
#include "core/kubelet/runtime-state.h"

static const struct runtime_container *nth(const struct pod_runtime *r, const char *name, unsigned index)
{
    for (size_t i = 0; i < r->containers_count; i++)
        if (strcmp(r->containers[i].name, name) == 0 && index-- == 0)
            return &r->containers[i];
    return NULL;
}

static const char *waiting_reason(struct pods *p, struct pod *pod, const char *container, struct arena *arena)
{
    struct container_memory *memories;
    size_t count = pod_memories(p, pod, arena, &memories);
    const struct container_memory *m = container_memory_find(memories, count, container);
    return m && m->waiting_reason ? m->waiting_reason : "ContainerCreating";
}

static int look(struct pods *p, const char *namespace_, const char *name, const char *uid,
                struct arena *arena, struct pod **ret_pod, struct pod_runtime *ret, struct error *err)
{
    struct pod *pod = pods_find(p, namespace_, name, uid);
    if (!pod)
        return error_set(err, ERR_NOT_FOUND, "pods \"%s\" not found", name);
    if (runtime_state_pod(p->k->state, pod->uid, arena, ret, err) < 0) {
        pod_unref(pod);
        return -1;
    }
    *ret_pod = pod;
    return 0;
}

static int find_container(void *context, const char *namespace_, const char *pod_name, const char *uid,
                          const char *container, bool previous, struct arena *arena, const char **ret_id,
                          const char **ret_log_path, bool *ret_running, struct error *err)
{
    struct pods *p = context;
    struct pod *pod;
    struct pod_runtime r;
    if (look(p, namespace_, pod_name, uid, arena, &pod, &r, err) < 0)
        return -1;
    const struct json *document = pod_document(p, pod, arena);
    const struct runtime_container *c = nth(&r, container, 0);
    int rc = 0;
    if (document && !container_find(document, container, NULL)) {
        rc = error_set(err, ERR_BAD_REQUEST, "container \"%s\" is not valid for pod \"%s\"", container,
                       pod_name);
    } else if (previous && c && !nth(&r, container, 1)) {
        rc = error_set(err, ERR_BAD_REQUEST, "previous terminated container \"%s\" in pod \"%s\" not found",
                       container, pod_name);
    } else if (!c || c->state == KEELSON_CONTAINER_CREATED) {
        rc = error_set(err, ERR_BAD_REQUEST, "container \"%s\" in pod \"%s\" is waiting to start: %s",
                       container, pod_name, waiting_reason(p, pod, container, arena));
    } else {
        c = previous ? nth(&r, container, 1) : c;
        *ret_id = c->id;
        *ret_running = c->state == KEELSON_CONTAINER_RUNNING;
        *ret_log_path = c->log_path;
        if (!c->log_path[0] && document)
            *ret_log_path = arena_printf(arena, "%s/%s/%u.log", pod_log_folder(p->k, arena, document),
                                         container, c->restart_count);
    }
    pod_unref(pod);
    return rc;
}

static int find_sandbox(void *context, const char *namespace_, const char *pod_name, const char *uid,
                        struct arena *arena, const char **ret_id, struct error *err)
{
    struct pod *pod;
    struct pod_runtime r;
    if (look(context, namespace_, pod_name, uid, arena, &pod, &r, err) < 0)
        return -1;
    pod_unref(pod);
    if (!r.sandboxes_count || !r.sandboxes[0].ready)
        return error_set(err, ERR_NOT_FOUND, "pod \"%s\" has no sandbox that runs", pod_name);
    *ret_id = r.sandboxes[0].id;
    return 0;
}

static void list_pods(void *context, struct buffer *out)
{
    struct pods *p = context;
    size_t count, shown = 0;
    struct pod **all = pods_all(p, &count);
    buffer_append_str(out, "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[");
    for (size_t i = 0; i < count; i++) {
        struct arena arena = ARENA_INIT;
        struct json *status, *document = pod_document(p, all[i], &arena);
        pthread_mutex_lock(&p->lock);
        struct bytes *text = bytes_ref(all[i]->status);
        pthread_mutex_unlock(&p->lock);
        if (document && text && json_parse(&arena, bytes_slice(text), &status, NULL) == 0)
            json_set(&arena, document, "status", status);
        if (document) {
            buffer_append_str(out, shown++ ? "," : "");
            json_write(out, document);
        }
        bytes_unref(text);
        arena_done(&arena);
    }
    buffer_append_str(out, "]}\n");
    pods_all_free(all, count);
}

const struct server_pods server_pods_table = {
    .container = find_container, .sandbox = find_sandbox, .list = list_pods};
