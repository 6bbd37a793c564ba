/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that creating and updating share. */
#include "core/apiserver/registry-decide.h"

#include "core/api/object.h"
#include "core/apiserver/versions.h"
#include "core/base/memory.h"

struct decision decision_of(struct registry *g, struct api_request *by, const struct resource *r,
                            const char *namespace_, const char *name, const char *sub)
{
    return (struct decision){g,
                             by,
                             &by->arena,
                             r,
                             strategy_find(r),
                             namespace_ ? namespace_ : "",
                             name ? name : "",
                             sub ? sub : ""};
}

bool resource_has_status(const struct resource *r)
{
    return resource_sub_find(r, "status") != NULL;
}

int decide_admission(const struct decision *d, enum admission_operation operation, bool mutate,
                     struct json *object, const struct json *old, struct error *err)
{
    struct admission_attributes a = {
        .registry = d->g,
        .request = d->by,
        .operation = operation,
        .resource = d->r,
        .subresource = d->sub,
        .namespace_ = d->namespace_,
        .name = d->name,
        .object = object,
        .old_object = old,
        .dry_run = d->by->dry_run,
    };
    return mutate ? admission_mutate(&a, err) : admission_validate(&a, err);
}

int decide_validate(const struct decision *d, const struct json *object, const struct json *old,
                    struct error *err)
{
    struct error found = ERROR_INIT;
    unsigned bad = d->r->type ? schema_validate(d->r->type, object, &found) : 0;
    if (old)
        bad += metadata_validate_update(object, old, &found);
    if (old && d->r->type)
        bad += schema_validate_update(d->r->type, old, object, &found);
    if (d->s->validate)
        bad += d->s->validate(d->g, d->by, d->sub, object, old, &found);
    if (!bad)
        return 0;
    error_set_invalid(&found, d->r->group, d->r->kind, object_name(object));
    if (err)
        error_move(err, &found);
    error_done(&found);
    return -1;
}

void decide_finish(const struct decision *d, const struct json *object, const struct json *old, bool stored)
{
    if (d->s->finish)
        d->s->finish(d->g, d->by, object, old, stored);
}

int decide_encode(const struct decision *d, struct slice key, const struct json *object, struct object **ret,
                  struct error *err)
{
    struct cache *c = registry_cache(d->g, d->r);
    if (!c)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "%s are not stored", d->r->plural);
    struct json *stored = NULL;
    if (versions_differ(d->r)) {
        stored = json_copy(d->arena, object);
        if (versions_to_storage(d->r, d->arena, stored, err) < 0)
            return -1;
    }
    *ret = stored_new(key, stored ? stored : object, c->fields);
    return 0;
}

struct json *decide_parse(const struct decision *d, const struct object *o)
{
    return versions_parse(o, d->r, d->arena);
}
