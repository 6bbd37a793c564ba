/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Creating: namespace and system metadata, defaults, mutating admission, the strategy, validation, validating
 * admission, the store: upstream's order (its generic registry's Create). A generated name that is taken is
 * generated again.
 */
#include "core/api/object.h"
#include "core/apiserver/registry-decide.h"
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
static int decide(const struct decision *d, struct json *object, struct error *err)
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

static int store_new_object(const struct decision *d, struct json *object, struct object **ret,
                            struct error *err)
{
    struct object *made;
    struct slice key = api_object_key(d->arena, d->r, object_namespace(object), object_name(object));
    if (decide_encode(d, key, object, &made, err) < 0)
        return -1;
    struct commit commit = {
        registry_cache(d->g, d->r), key, made, 0, d->s->expires ? d->g->event_ttl_s : 0, false};
    struct object *there = cache_get(commit.cache, key);
    int status = there            ? registry_already_exists(d->r, object_name(object), err)
                 : d->by->dry_run ? 0
                                  : registry_commit(d->g, &commit, NULL, err);
    object_unref(there);
    if (status == 0) {
        *ret = made;
        return 0;
    }
    object_unref(made);
    if (err && err->code == ERR_CONFLICT)
        registry_already_exists(d->r, object_name(object), err);
    return -1;
}

int registry_create_object(struct registry *g, struct api_request *by, const struct resource *r,
                           const char *namespace_, struct json *object, struct object **ret,
                           struct error *err)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    struct decision d = decision_of(g, by, r, namespace_, object_name(object), "");
    const char *base = *object_name(object) ? NULL : json_string_at(object, "metadata.generateName");
    int status = begin(&d, object, &why);
    if (status == 0) {
        d.name = object_name(object);
        status = decide(&d, object, &why);
        for (unsigned tried = 0; status == 0; tried++) {
            status = store_new_object(&d, object, ret, &why);
            if (status == 0 || why.code != ERR_ALREADY_EXISTS || !base || !*base || tried >= NAMES_TRIED_MAX)
                break;
            status = metadata_generate_name(d.arena, object, base);
        }
        decide_finish(&d, object, NULL, status == 0 && !by->dry_run);
    }
    if (status < 0 && err)
        error_move(err, &why);
    return status;
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
