/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updating: the change is made on the current object, decided like a creation, and stored if the object is
 * still the same; otherwise all is done again on the new current object, unless the writer said by
 * resourceVersion which one he meant. An object that waits for its deletion goes with its last finalizer.
 */
#include "core/api/object.h"
#include "core/apiserver/versions.h"
#include "core/apiserver/registry-decide.h"
#include "core/apiserver/verb-apply.h"
#include "core/base/memory.h"
#include "core/base/number.h"

enum { UPDATES_TRIED_MAX = 32 };

/* What the client may not change is taken from the old object where the new one leaves it out. */
static void carry_metadata(const struct decision *d, struct json *object, const struct json *old)
{
    static const char *const carried[] = {
        "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "name", "namespace"};
    struct json *now = json_ensure(d->arena, object, "metadata", JSON_OBJECT);
    const struct json *was = json_get(old, "metadata");
    for (size_t i = 0; i < ARRAY_SIZE(carried); i++) {
        if (json_is_absent(json_get(now, carried[i])) && json_get(was, carried[i]))
            json_set(d->arena, now, carried[i], json_copy(d->arena, json_get(was, carried[i])));
    }
    if (!d->by->applies)
        json_remove(now, "managedFields");
    json_remove(now, "selfLink");
    json_remove(now, "generation");
    json_set_string(d->arena, now, "resourceVersion", object_resource_version(old));
    if (json_get(was, "generation"))
        json_set(d->arena, now, "generation", json_copy(d->arena, json_get(was, "generation")));
}

static int check_identity(const struct decision *d, const struct json *object, const struct json *old,
                          bool *ret_pinned, struct error *err)
{
    const char *name = object_name(object), *namespace_ = object_namespace(object), *uid = object_uid(object),
               *version = object_resource_version(object);
    if (*name && strcmp(name, d->name) != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "the name of the object (%s) does not match the name on the URL (%s)", name,
                         d->name);
    if (d->r->namespaced && *namespace_ && strcmp(namespace_, d->namespace_) != 0)
        return error_set(
            err, ERR_BAD_REQUEST,
            "the namespace of the provided object does not match the namespace sent on the request");
    if (*uid && strcmp(uid, object_uid(old)) != 0) {
        char *why =
            arena_printf(d->arena, "Precondition failed: UID in precondition: %s, UID in object meta: %s",
                         uid, object_uid(old));
        return registry_conflict(d->r, d->name, why, err);
    }
    *ret_pinned = *version != '\0' && strcmp(version, "0") != 0;
    if (!*ret_pinned && d->s->forbid_unconditional_update) {
        error_add_cause(err, "FieldValueInvalid", "metadata.resourceVersion",
                        "Invalid value: \"\": must be specified for an update");
        return error_set_invalid(err, d->r->group, d->r->kind, d->name);
    }
    if (*ret_pinned && strcmp(version, object_resource_version(old)) != 0)
        return registry_conflict(d->r, d->name, NULL, err);
    return 0;
}

static void replace_member(const struct decision *d, struct json *object, const struct json *from,
                           const char *member)
{
    const struct json *value = json_get(from, member);
    if (value)
        json_set(d->arena, object, member, json_copy(d->arena, value));
    else
        json_remove(object, member);
}

/* Through …/status only metadata and status change, through the resource everything but status. */
static struct json *split_status(const struct decision *d, struct json *object, const struct json *old)
{
    if (!strcmp(d->sub, "status")) {
        struct json *kept = json_copy(d->arena, old);
        replace_member(d, kept, object, "metadata");
        replace_member(d, kept, object, "status");
        return kept;
    }
    if (!*d->sub && resource_has_status(d->r) && !d->s->spec_is_immutable_status)
        replace_member(d, object, old, "status");
    return object;
}

static void count_generation(const struct decision *d, struct json *object, const struct json *old)
{
    if (!d->s->generation)
        return;
    bool changed = !registry_spec_equal(object, old);
    if (!changed && d->s->generation_annotations)
        changed = !json_equal_semantic(json_at(object, "metadata.annotations"),
                                       json_at(old, "metadata.annotations"));
    if (changed)
        json_set_int(d->arena, json_get(object, "metadata"), "generation", object_generation(old) + 1);
}

/* Whose the fields are that a write other than an apply changed. */
static void follow_fields(const struct decision *d, struct json *object, const struct json *old)
{
    if (d->by->applies || !managed_fields_are_kept(old))
        return;
    struct field_manager manager = field_manager_of(d->by);
    manager.subresource = d->sub;
    managed_fields_update(d->arena, d->r->type, old, object, &manager);
}

static int decide(const struct decision *d, struct json **object, const struct json *old, struct error *err)
{
    if (d->r->type)
        schema_default(d->arena, d->r->type, *object);
    carry_metadata(d, *object, old);
    if (decide_admission(d, ADMIT_UPDATE, true, *object, old, err) < 0)
        return -1;
    *object = split_status(d, *object, old);
    if (d->r->type)
        schema_default(d->arena, d->r->type, *object);
    if (d->s->prepare_update && d->s->prepare_update(d->g, d->by, d->sub, *object, old, err) < 0)
        return -1;
    count_generation(d, *object, old);
    follow_fields(d, *object, old);
    if (decide_validate(d, *object, old, err) < 0)
        return -1;
    return decide_admission(d, ADMIT_UPDATE, false, *object, old, err);
}

static bool goes_now(const struct decision *d, const struct json *object)
{
    const struct json *metadata = json_get(object, "metadata");
    return object_is_deleted(object) && !json_count(json_get(metadata, "finalizers")) &&
           json_integer_or(json_get(metadata, "deletionGracePeriodSeconds"), 0) == 0 &&
           (!d->s->may_go || d->s->may_go(object));
}

/* ERR_CONFLICT: somebody else was quicker. */
static int store_changed(const struct decision *d, struct object *current, const struct json *object,
                         const struct json *old, struct object **ret, struct error *err)
{
    struct object *made;
    uint64_t revision;
    struct slice key = stored_key(current);
    struct cache *cache = registry_cache(d->g, d->r);
    if (decide_encode(d, key, object, &made, err) < 0)
        return -1;
    bool goes = goes_now(d, object);
    if (!goes && (stored_same_text(made, current) || json_equal(object, old))) {
        object_unref(made);
        *ret = object_ref(current);
        return 0;
    }
    if (d->by->dry_run) {
        made->revision = current->revision;
        *ret = made;
        return 0;
    }
    struct commit commit = {cache,
                            key,
                            goes ? NULL : made,
                            current->revision,
                            d->s->expires ? d->g->event_ttl_s : 0,
                            !goes && d->s->relaxed && d->s->relaxed(object, old)};
    if (registry_commit(d->g, &commit, &revision, err) < 0) {
        object_unref(made);
        return -1;
    }
    made->revision = revision;
    *ret = made;
    return 0;
}

static int update_once(const struct decision *d, struct object *current, registry_change *change,
                       void *context, struct object **ret, bool *ret_pinned, struct error *err)
{
    struct json *old = decide_parse(d, current), *object = NULL;
    *ret_pinned = true; /* nothing but the store's own conflict is tried again */
    if (change(context, d->arena, old, &object, err) < 0)
        return -1;
    bool pinned;
    if (check_identity(d, object, old, &pinned, err) < 0)
        return -1;
    int status = decide(d, &object, old, err);
    if (status == 0) {
        status = store_changed(d, current, object, old, ret, err);
        *ret_pinned = false;
    }
    decide_finish(d, object, old, status == 0 && !d->by->dry_run);
    return status;
}

static int create_instead(const struct decision *d, registry_change *change, void *context,
                          struct object **ret, struct error *err)
{
    struct json *object = NULL;
    if (change(context, d->arena, NULL, &object, err) < 0)
        return -1;
    if (strcmp(object_name(object), d->name) != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "the name of the object (%s) does not match the name on the URL (%s)",
                         object_name(object), d->name);
    return registry_create_object(d->g, d->by, d->r, d->namespace_, object, ret, err);
}

int registry_update_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, const char *name, const char *sub, registry_change *change,
                           void *context, struct object **ret, bool *ret_created, struct error *err)
{
    struct decision d = decision_of(g, by, r, namespace_, name, sub);
    bool created_unused, *created = ret_created ? ret_created : &created_unused;
    _cleanup_(error_done) struct error why = ERROR_INIT;
    *created = false;
    for (unsigned tried = 0;; tried++) {
        bool pinned = true;
        struct object *current = registry_lookup(g, r, d.namespace_, d.name);
        bool creates = by->applies || (d.s->allow_create_on_update && !strcmp(by->verb, "update"));
        if (!current && !(creates && !*d.sub)) {
            registry_not_found(r, d.name, err);
            return -1;
        }
        int status = current ? update_once(&d, current, change, context, ret, &pinned, &why)
                             : create_instead(&d, change, context, ret, &why);
        *created = !current;
        object_unref(current);
        if (status == 0)
            return 0;
        if (why.code != ERR_CONFLICT || pinned || tried >= UPDATES_TRIED_MAX)
            break;
    }
    if (why.code == ERR_CONFLICT && !why.kind && !why.causes_count)
        registry_conflict(r, d.name, NULL, &why);
    if (err)
        error_move(err, &why);
    return -1;
}

int registry_update(struct registry *g, struct api_request *by, const struct resource *r,
                    const char *namespace_, const char *name, const char *sub, registry_change *change,
                    void *context, struct json **ret, struct error *err)
{
    struct object *made;
    if (registry_update_object(g, by, r, namespace_, name, sub, change, context, &made, NULL, err) < 0)
        return -1;
    if (ret)
        *ret = versions_parse(made, r, &by->arena);
    object_unref(made);
    return 0;
}
