/* SPDX-License-Identifier: Apache-2.0 */
/* See lease.h. */
#include "core/announce/lease.h"

#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/client/request.h"

#define PREFIX     "announce-"
#define ANNOTATION "keelson.io/announces"
#define TIMEOUT_MS 1000

static const struct resource *leases(void)
{
    return RESOURCE("coordination.k8s.io", "v1", "leases");
}

void lease_read(const struct json *lease, struct lease_view *ret)
{
    const char *name = object_name(lease);
    const char *announces = object_annotation(lease, ANNOTATION);
    *ret =
        (struct lease_view){.node = strncmp(name, PREFIX, strlen(PREFIX)) == 0 ? name + strlen(PREFIX) : NULL,
                            .renewed = json_string_or(json_at(lease, "spec.renewTime"), ""),
                            .announces = announces ? announces : "",
                            .duration_s = json_integer_at(lease, "spec.leaseDurationSeconds", 1),
                            .held = *json_string_or(json_at(lease, "spec.holderIdentity"), "") != '\0'};
    parse_u64(slice_of(object_resource_version(lease)), UINT64_MAX, &ret->revision);
}

static int perform(struct client *c, const struct lease_text *t, const char *method, const char *name,
                   const char *type, const struct json *body, uint64_t *ret_revision, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct buffer target = BUFFER_INIT, text = BUFFER_INIT;
    struct json *answer = NULL;
    client_path(&target, leases(), t->namespace_, name, NULL);
    json_write(&text, body);
    struct client_request request = {.method = method,
                                     .target = target.data,
                                     .content_type = type,
                                     .body = {text.data, text.size},
                                     .timeout_ms = TIMEOUT_MS};
    int result = client_perform(c, &request, &arena, &answer, err);
    if (result == 0 && !parse_u64(slice_of(object_resource_version(answer)), UINT64_MAX, ret_revision))
        result = error_set(err, ERR_INTERNAL, "the lease has no resourceVersion");
    buffer_done(&target);
    buffer_done(&text);
    arena_done(&arena);
    return result;
}

static void set_owner(struct arena *arena, struct json *lease, const struct lease_text *t)
{
    struct json *metadata = json_ensure(arena, lease, "metadata", JSON_OBJECT);
    struct json *owner = json_new_object(arena);
    json_set_string(arena, owner, "apiVersion", "v1");
    json_set_string(arena, owner, "kind", "Node");
    json_set_string(arena, owner, "name", t->node);
    json_set_string(arena, owner, "uid", t->node_uid);
    if (*t->node_uid)
        json_append(arena, json_set_array(arena, metadata, "ownerReferences"), owner);
}

static void fill(struct arena *arena, struct json *lease, const struct lease_text *t)
{
    struct json *spec = json_ensure(arena, lease, "spec", JSON_OBJECT);
    struct json *annotations = json_ensure(arena, lease, "metadata.annotations", JSON_OBJECT);
    json_set_string(arena, spec, "holderIdentity", t->node);
    json_set_int(arena, spec, "leaseDurationSeconds", t->duration_s);
    json_set_string(arena, spec, "renewTime", t->renewed);
    json_set_string(arena, annotations, ANNOTATION, t->announces);
}

static int create(struct client *c, const struct lease_text *t, const char *name, uint64_t *ret_revision,
                  struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *lease = object_new(&arena, "coordination.k8s.io/v1", "Lease", t->namespace_, name);
    object_set_label(&arena, lease, "keelson.io/component", "announce");
    set_owner(&arena, lease, t);
    fill(&arena, lease, t);
    int result = perform(c, t, "POST", NULL, NULL, lease, ret_revision, err);
    arena_done(&arena);
    return result;
}

int lease_write(struct client *c, const struct lease_text *t, uint64_t *ret_revision, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct error local = ERROR_INIT;
    _cleanup_free_ char *name = xasprintf(PREFIX "%s", t->node);
    struct json *patch = json_new_object(&arena);
    fill(&arena, patch, t);
    int result = perform(c, t, "PATCH", name, "application/merge-patch+json", patch, ret_revision, &local);
    if (result < 0 && local.code == ERR_NOT_FOUND)
        result = create(c, t, name, ret_revision, err);
    else
        error_move(err, &local);
    error_done(&local);
    arena_done(&arena);
    return result;
}

int lease_release(struct client *c, const char *namespace_, const char *node, struct error *err)
{
    _cleanup_free_ char *name = xasprintf(PREFIX "%s", node);
    struct client_delete_options options = {.grace_period_s = -1};
    return client_delete(c, leases(), namespace_, name, &options, err);
}
