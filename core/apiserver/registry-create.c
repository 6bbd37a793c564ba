/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating: namespace and system metadata, defaults, mutating admission, the strategy, validation, validating
 * admission, the store: upstream's order (its generic registry's Create). A generated name that is taken is
 * generated again.
 */
#include "core/api/object.h"
#include "core/apiserver/registry-run.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

enum { NAMES_TRIED_MAX = 8 };

static int begin(const struct decision *d, struct json *object, struct error *err)
{
    if (*object_resource_version(object))
        return error_set(err, ERR_BAD_REQUEST, "resourceVersion should not be set on objects to be created");
    if (metadata_check_namespace(d->arena, d->r, d->namespace_, object, err) < 0)
        return -1;
    metadata_fill_system(d->arena, object);
    if (!d->by->applies)
        json_remove(json_get(object, "metadata"), "managedFields");
    const char *base = json_string_at(object, "metadata.generateName");
    if (!*object_name(object) && base && *base)
        metadata_generate_name(d->arena, object, base);
    return 0;
}

/* After this, decide_finish must be called. */
static int decide_new(const struct decision *d, struct json *object, struct error *err)
{
    if (d->r->type)
        schema_default(d->arena, d->r->type, object);
    if (decide_admission(d, ADMIT_CREATE, true, object, NULL, err) < 0)
        return -1;
    if (resource_has_status(d->r) && !d->s->status_on_create && !d->s->spec_is_immutable_status)
        json_remove(object, "status");
    if (d->r->type)
        schema_default(d->arena, d->r->type, object);
    if (d->s->generation)
        json_set_int(d->arena, json_get(object, "metadata"), "generation", 1);
    if (d->s->prepare_create && d->s->prepare_create(d->g, d->by, object, err) < 0)
        return -1;
    if (decide_validate(d, object, NULL, err) < 0)
        return -1;
    return decide_admission(d, ADMIT_CREATE, false, object, NULL, err);
}

/* What to write, under the name that the object has now. */
static int commit_new(struct write *w, struct error *err)
{
    const struct decision *d = &w->d;
    struct slice key = api_object_key(d->arena, d->r, object_namespace(w->object), object_name(w->object));
    if (decide_encode(d, key, w->object, &w->made, err) < 0)
        return -1;
    w->commit = (struct commit){
        registry_cache(d->g, d->r), key, w->made, 0, d->s->expires ? d->g->event_ttl_s : 0, false};
    w->commits = !d->by->dry_run;
    struct object *there = cache_get(w->commit.cache, key);
    int status = there ? registry_already_exists(d->r, object_name(w->object), err) : 0;
    object_unref(there);
    return status;
}

static const char *generated_base(const struct write *w)
{
    const char *base = json_string_at(w->object, "metadata.generateName");
    return base && *base ? base : NULL;
}

static int decide(struct write *w, struct error *err)
{
    if (w->tried) {
        if (metadata_generate_name(w->d.arena, w->object, generated_base(w)) < 0)
            return -1;
        return commit_new(w, err);
    }
    w->generates = !*object_name(w->object) && generated_base(w);
    if (begin(&w->d, w->object, err) < 0)
        return -1;
    w->d.name = object_name(w->object);
    w->decided = true;
    return decide_new(&w->d, w->object, err) < 0 ? -1 : commit_new(w, err);
}

static bool settle(struct write *w, int status, struct error *err)
{
    if (status < 0 && err->code == ERR_CONFLICT && w->commits)
        registry_already_exists(w->d.r, object_name(w->object), err);
    bool taken = status < 0 && err->code == ERR_ALREADY_EXISTS && w->commit.cache;
    if (taken && w->generates && w->tried < NAMES_TRIED_MAX) {
        object_unref(TAKE_PTR(w->made));
        return true;
    }
    write_finish(w, status);
    return false;
}

static const struct write_steps steps = {decide, settle};

int registry_create_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, struct json *object, struct object **ret,
                           struct error *err)
{
    struct write w;
    struct decision d = decision_of(g, by, r, namespace_, object_name(object), "");
    write_init(&w, &d, &steps);
    w.object = object;
    if (write_run(&w, err) < 0)
        return -1;
    *ret = w.made;
    return 0;
}

void registry_create_start(struct api_request *r, struct json *object, registry_ended *ended)
{
    struct write *w = arena_alloc(&r->arena, sizeof(*w));
    struct decision d =
        decision_of(r->server->registry, r, r->resource, r->namespace_, object_name(object), "");
    write_init(w, &d, &steps);
    w->object = object;
    write_start(w, ended);
}

int registry_create(struct registry *g, struct api_request *by, const struct resource *r,
                    const char *namespace_, struct json *object, struct json **ret, struct error *err)
{
    struct object *made;
    if (registry_create_object(g, by, r, namespace_, object, &made, err) < 0)
        return -1;
    json_set_stringf(&by->arena, json_get(object, "metadata"), "resourceVersion", "%llu",
                     (unsigned long long)made->revision);
    object_unref(made);
    if (ret)
        *ret = object;
    return 0;
}
