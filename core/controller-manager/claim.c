/* SPDX-License-Identifier: Apache-2.0 */
/* Adoption and release. Both are patches that name the item's uid, so that another object of the same name is
 * not hit. */
#include "core/controller-manager/claim.h"

#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

struct claiming {
    const struct claim *claim;
    struct arena *arena;
    struct claimed *out;
    size_t capacity;
    bool checked; /* the owner was read live, */
    bool may;     /* and may adopt */
    struct error *err;
    int result;
};

static void note_error(struct claiming *c, struct error *err)
{
    if (c->result == 0 && c->err)
        error_move(c->err, err);
    c->result = -1;
    error_done(err);
}

/* Reads the owner live: the cached one may have been deleted since. */
static bool may_adopt(struct claiming *c)
{
    const struct claim *claim = c->claim;
    struct error err = ERROR_INIT;
    struct json *live = NULL;
    if (c->checked)
        return c->may;
    c->checked = true;
    if (client_get(claim->client, claim->owner_resource, object_namespace(claim->owner),
                   object_name(claim->owner), c->arena, &live, &err) < 0) {
        note_error(c, &err);
        return false;
    }
    c->may = !strcmp(object_uid(live), object_uid(claim->owner)) && !object_is_deleted(live);
    if (!c->may) {
        error_set(&err, ERR_CONFLICT, "%s %s/%s is being deleted or another one", claim->owner_resource->kind,
                  object_namespace(claim->owner), object_name(claim->owner));
        note_error(c, &err);
    }
    return c->may;
}

static struct json *patch_for(struct claiming *c, const struct json *item, struct json **ret_metadata)
{
    struct json *patch = json_new_object(c->arena);
    *ret_metadata = json_set_object(c->arena, patch, "metadata");
    json_set_string(c->arena, *ret_metadata, "uid", object_uid(item));
    return patch;
}

static bool send_patch(struct claiming *c, const struct json *item, const struct json *patch)
{
    struct error err = ERROR_INIT;
    int rc = client_patch(c->claim->client, c->claim->item_resource, object_namespace(item),
                          object_name(item), NULL, PATCH_STRATEGIC, patch, c->arena, NULL, &err);
    if (rc < 0 && err.code != ERR_NOT_FOUND)
        note_error(c, &err);
    error_done(&err);
    return rc == 0;
}

static bool adopt(struct claiming *c, struct json *item)
{
    const struct claim *claim = c->claim;
    const struct resource *r = claim->owner_resource;
    struct json *metadata;
    if (!may_adopt(c))
        return false;
    char *api_version = arena_printf(c->arena, "%s%s%s", r->group, r->group[0] ? "/" : "", r->version);
    struct json *patch = patch_for(c, item, &metadata);
    struct json *owners = json_set_array(c->arena, metadata, "ownerReferences");
    json_append(c->arena, owners, object_owner_reference(c->arena, claim->owner, api_version, r->kind));
    if (claim->finalizer)
        json_append_string(c->arena, json_set_array(c->arena, metadata, "finalizers"), claim->finalizer);
    return send_patch(c, item, patch);
}

static void release(struct claiming *c, struct json *item)
{
    struct json *metadata, *patch = patch_for(c, item, &metadata);
    struct json *owners = json_set_array(c->arena, metadata, "ownerReferences");
    struct json *owner = json_append(c->arena, owners, json_new_object(c->arena));
    json_set_string(c->arena, owner, "$patch", "delete");
    json_set_string(c->arena, owner, "uid", object_uid(c->claim->owner));
    if (c->claim->finalizer)
        json_append_string(c->arena,
                           json_set_array(c->arena, metadata, "$deleteFromPrimitiveList/finalizers"),
                           c->claim->finalizer);
    send_patch(c, item, patch);
}

static void keep(struct claiming *c, struct json *item)
{
    if (c->out->count == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 16;
        struct json **items = arena_alloc(c->arena, capacity * sizeof(struct json *));
        if (c->capacity)
            memcpy(items, c->out->items, c->capacity * sizeof(struct json *));
        c->out->items = items;
        c->capacity = capacity;
    }
    c->out->items[c->out->count++] = item;
}

static void look_at(struct claiming *c, struct json *item, bool owned)
{
    bool matches = selector_matches(c->claim->selector, json_at(item, "metadata.labels"));
    bool owner_goes = object_is_deleted(c->claim->owner);
    if (owned && matches)
        keep(c, item);
    else if (owned && !owner_goes)
        release(c, item);
    else if (!owned && matches && !owner_goes && !object_is_deleted(item) && adopt(c, item))
        keep(c, item);
}

static void look_at_all(struct claiming *c, struct informer *items, const char *prefix, const char *value,
                        bool owned)
{
    _cleanup_(object_list_done) struct object_list list = objects_by(items, prefix, value);
    for (size_t i = 0; i < list.count; i++)
        look_at(c, cached_parse(list.cached[i], c->arena), owned);
}

int claim_items(const struct claim *claim, struct informer *items, struct arena *arena, struct claimed *ret,
                struct error *err)
{
    struct claimed out = {0};
    struct claiming c = {.claim = claim, .arena = arena, .out = &out, .err = err};
    look_at_all(&c, items, INDEX_OWNER, object_uid(claim->owner), true);
    look_at_all(&c, items, INDEX_ORPHAN, object_namespace(claim->owner), false);
    *ret = out;
    return c.result;
}
