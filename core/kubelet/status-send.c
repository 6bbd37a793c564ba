/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pods' statuses on their way to the API server: only what changed, as a patch that the pod's uid guards;
 * then, when a deleted pod is done with, the last word: the delete without grace. Mirror pods of static pods
 * are made and unmade here too. What was sent is kept, since the informer's copy may lag behind it.
 */
#include "core/api/object.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/kubelet/node.h"
#include "core/kubelet/pod-status.h"
#include "core/kubelet/pods.h"

/* What one sending looks at, taken under the lock. */
struct sending {
    struct kubelet *k;
    struct pods *pods;
    struct pod *pod;
    const struct resource *resource;
    struct arena arena;
    struct cached *api;
    struct bytes *status, *sent;
    uint64_t sent_revision;
    enum pod_state state;
    bool removed;
};

static void take(struct sending *s)
{
    pthread_mutex_lock(&s->pods->lock);
    s->api = cached_ref(s->pod->api);
    s->status = bytes_ref(s->pod->status);
    s->sent = bytes_ref(s->pod->sent);
    s->sent_revision = s->pod->sent_revision;
    s->state = s->pod->state;
    s->removed = s->pod->removed;
    pthread_mutex_unlock(&s->pods->lock);
}

static void release(struct sending *s)
{
    cached_unref(s->api);
    bytes_unref(s->status);
    bytes_unref(s->sent);
    pod_unref(s->pod);
    arena_done(&s->arena);
}

static void keep_sent(struct sending *s, const struct json *answer)
{
    struct buffer text = BUFFER_INIT;
    uint64_t revision = 0;
    json_write(&text, json_get(answer, "status"));
    parse_u64(slice_of(object_resource_version(answer)), UINT64_MAX, &revision);
    pthread_mutex_lock(&s->pods->lock);
    bytes_unref(s->pod->sent);
    s->pod->sent = bytes_new(text.data, text.size);
    s->pod->sent_revision = revision;
    pthread_mutex_unlock(&s->pods->lock);
    buffer_done(&text);
}

static int send_status(struct sending *s, const struct json *object, struct error *err)
{
    struct json *wanted, *known = json_get(object, "status"), *answer;
    if (!s->status)
        return 0;
    if (json_parse(&s->arena, bytes_slice(s->status), &wanted, err) < 0)
        return -1;
    if (s->sent && s->sent_revision > s->api->revision &&
        json_parse(&s->arena, bytes_slice(s->sent), &known, err) < 0)
        return -1;
    struct json *patch = pod_status_patch(&s->arena, object_uid(object), known, wanted);
    if (!patch)
        return 0;
    if (client_patch(s->k->client, s->resource, object_namespace(object), object_name(object), "status",
                     PATCH_STRATEGIC, patch, &s->arena, &answer, err) < 0) {
        bool gone = err->code == ERR_NOT_FOUND || err->code == ERR_CONFLICT;
        if (gone) {
            error_done(err);
            *err = ERROR_INIT;
        }
        return gone ? 0 : error_prefix(err, "status of pod %s", s->pod->key);
    }
    keep_sent(s, answer);
    return 0;
}

static int delete_object(struct sending *s, const struct json *object, struct error *err)
{
    struct client_delete_options options = {.grace_period_s = 0, .uid = object_uid(object)};
    if (client_delete(s->k->client, s->resource, object_namespace(object), object_name(object), &options,
                      err) == 0)
        return 0;
    if (err->code != ERR_NOT_FOUND && err->code != ERR_CONFLICT)
        return error_prefix(err, "deleting pod %s", s->pod->key);
    error_done(err);
    *err = ERROR_INIT;
    return 0;
}

static int make_mirror(struct sending *s, struct error *err)
{
    struct json *object, *node = node_object(s->k->node, &s->arena);
    if (json_parse(&s->arena, bytes_slice(s->pod->file), &object, err) < 0)
        return -1;
    const char *hash = object_annotation(object, ANNOTATION_CONFIG_HASH);
    object_set_annotation(&s->arena, object, ANNOTATION_MIRROR, hash ? hash : "");
    json_remove(json_get(object, "metadata"), "uid");
    json_remove(object, "status");
    if (node) {
        struct json *owners = json_set_array(&s->arena, json_get(object, "metadata"), "ownerReferences");
        struct json *owner = object_owner_reference(&s->arena, node, "v1", "Node");
        json_remove(owner, "blockOwnerDeletion");
        json_append(&s->arena, owners, owner);
    }
    if (client_create(s->k->client, s->resource, object_namespace(object), object, &s->arena, NULL, err) == 0)
        return 0;
    if (err->code != ERR_ALREADY_EXISTS)
        return error_prefix(err, "mirror pod %s", s->pod->key);
    error_done(err);
    *err = ERROR_INIT;
    return 0;
}

static int send_static(struct sending *s, const struct json *object, struct error *err)
{
    struct json *own;
    if (!object)
        return s->removed || s->state >= POD_TERMINATING ? 0 : make_mirror(s, err);
    if (json_parse(&s->arena, bytes_slice(s->pod->file), &own, err) < 0)
        return -1;
    const char *hash = object_annotation(own, ANNOTATION_CONFIG_HASH),
               *mirror = object_annotation(object, ANNOTATION_MIRROR);
    bool other = strcmp(hash ? hash : "", mirror ? mirror : "") != 0;
    if (other && s->removed)
        return 0; /* it is that of the pod which takes this one's place */
    if (other || object_is_deleted(object) || (s->removed && s->state == POD_FINISHED))
        return delete_object(s, object, err);
    return send_status(s, object, err);
}

int64_t pod_status_send(void *context, const char *uid, struct error *err)
{
    struct pods *p = context;
    struct sending s = {
        .k = p->k, .pods = p, .pod = pods_get(p, uid), .resource = RESOURCE("", "v1", "pods")};
    if (!s.pod)
        return 0;
    take(&s);
    struct json *object = s.api ? cached_parse(s.api, &s.arena) : NULL;
    int rc = 0;
    if (s.pod->is_static)
        rc = send_static(&s, object, err);
    else if (object && !s.removed)
        rc = send_status(&s, object, err);
    if (rc == 0 && object && !s.pod->is_static && !s.removed && s.state == POD_FINISHED &&
        object_is_deleted(object))
        rc = delete_object(&s, object, err);
    release(&s);
    return rc;
}
