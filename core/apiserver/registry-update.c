/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updating: the change is made on the current object, decided like a creation, and stored if the object is
 * still the same; otherwise all is done again on the new current object, unless the writer said by
 * resourceVersion which one he meant. An object that waits for its deletion goes with its last finalizer.
 */
#include "core/api/object.h"
#include "core/apiserver/versions.h"
#include "core/apiserver/registry-run.h"
#include "core/apiserver/server.h"
#include "core/apiserver/verb-apply.h"
#include "core/base/memory.h"
#include "core/base/number.h"

/* Each time somebody else's write went through: of many who patch one object without a revision none is to
 * fail. */
enum { UPDATES_TRIED_MAX = 256 };

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

static int decide_changed(const struct decision *d, struct json **object, const struct json *old,
                          struct error *err)
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

/* What to write; nothing, if the object stays as it is. */
static int commit_changed(struct write *w, struct error *err)
{
    const struct decision *d = &w->d;
    bool goes = goes_now(d, w->object);
    if (decide_encode(d, stored_key(w->current), w->object, &w->made, err) < 0)
        return -1;
    if (!goes && (stored_same_text(w->made, w->current) || json_equal(w->object, w->old))) {
        object_unref(w->made);
        w->made = object_ref(w->current);
        return 0;
    }
    if (d->by->dry_run) {
        w->made->revision = w->current->revision;
        return 0;
    }
    w->commit = (struct commit){registry_cache(d->g, d->r),
                                stored_key(w->current),
                                goes ? NULL : w->made,
                                w->current->revision,
                                d->s->expires ? d->g->event_ttl_s : 0,
                                !goes && d->s->relaxed && d->s->relaxed(w->object, w->old)};
    w->commits = true;
    return 0;
}

static int decide_once(struct write *w, struct error *err)
{
    w->old = decide_parse(&w->d, w->current);
    w->object = NULL;
    if (w->update.change(w->update.context, w->d.arena, w->old, &w->object, err) < 0)
        return -1;
    bool pinned;
    if (check_identity(&w->d, w->object, w->old, &pinned, err) < 0)
        return -1;
    w->decided = true;
    if (decide_changed(&w->d, &w->object, w->old, err) < 0)
        return -1;
    w->update.pinned = false;
    return commit_changed(w, err);
}

static int create_instead(struct write *w, struct error *err)
{
    struct json *object = NULL;
    const struct decision *d = &w->d;
    if (w->update.change(w->update.context, d->arena, NULL, &object, err) < 0)
        return -1;
    if (strcmp(object_name(object), d->name) != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "the name of the object (%s) does not match the name on the URL (%s)",
                         object_name(object), d->name);
    return registry_create_object(d->g, d->by, d->r, d->namespace_, object, &w->made, err);
}

static int decide(struct write *w, struct error *err)
{
    const struct decision *d = &w->d;
    bool creates = d->by->applies || (d->s->allow_create_on_update && !strcmp(d->by->verb, "update"));
    w->update.pinned = true; /* nothing but the store's own conflict is tried again */
    w->current = registry_lookup(d->g, d->r, d->namespace_, d->name);
    w->created = !w->current;
    if (w->current)
        return decide_once(w, err);
    return creates && !*d->sub ? create_instead(w, err) : registry_not_found(d->r, d->name, err);
}

static bool settle(struct write *w, int status, struct error *err)
{
    write_finish(w, status);
    if (status == 0 || err->code != ERR_CONFLICT)
        return false;
    if (!w->update.pinned && w->tried < UPDATES_TRIED_MAX)
        return true;
    if (!err->kind && !err->causes_count)
        registry_conflict(w->d.r, w->d.name, NULL, err);
    return false;
}

static const struct write_steps steps = {decide, settle};

int registry_update_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, const char *name, const char *sub, registry_change *change,
                           void *context, struct object **ret, bool *ret_created, struct error *err)
{
    struct write w;
    struct decision d = decision_of(g, by, r, namespace_, name, sub);
    write_init(&w, &d, &steps);
    w.update.change = change;
    w.update.context = context;
    if (write_run(&w, err) < 0)
        return -1;
    *ret = w.made;
    if (ret_created)
        *ret_created = w.created;
    return 0;
}

void registry_update_start(struct api_request *r, const struct resource *resource, const char *name,
                           const char *sub, registry_change *change, void *context, registry_ended *ended)
{
    struct write *w = arena_alloc(&r->arena, sizeof(*w));
    struct decision d = decision_of(r->server->registry, r, resource, r->namespace_, name, sub);
    write_init(w, &d, &steps);
    w->update.change = change;
    w->update.context = context;
    write_start(w, ended);
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
