/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object: does it go, and how? The graph only says where to look. What is done depends on the object and
 * its owners as the server has them now: an owner counts as gone when a read says that it is not there, or is
 * another one of that name; an error is not an answer.
 */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/discovery.h"
#include "core/controller-manager/garbage.h"

#define UNSEEN_AGAIN_MS 30000 /* an object that is there and that no informer shows */

struct attempt {
    struct garbage *c;
    struct arena arena;
    /* The node, copied under the lock. */
    const char *uid, *namespace_, *name, *api_version, *kind;
    const struct resource *resource;
    bool virtual_, being_deleted, deleting_dependents, well_owned;
    size_t dependents;
    struct json *live;
};

/* All owners are known to be there, and none waits for this object: nothing to do. */
static bool is_well_owned(const struct garbage_node *n)
{
    for (uint32_t i = 0; i < n->owners_count; i++)
        if (garbage_is_doubtful(&n->owners[i]) || n->owners[i].owner->deleting_dependents)
            return false;
    return true;
}

static size_t count_dependents(const struct garbage_node *n)
{
    size_t count = 0;
    list_for_each (link, &n->dependents)
        count++;
    return count;
}

static bool copy_node(struct attempt *a, const char *uid)
{
    pthread_mutex_lock(&a->c->lock);
    const struct garbage_node *n = garbage_find(&a->c->graph, uid);
    if (n) {
        a->uid = arena_strdup(&a->arena, uid);
        a->resource = n->resource;
        a->virtual_ = !n->resource;
        a->being_deleted = n->being_deleted;
        a->deleting_dependents = n->deleting_dependents;
        a->well_owned = is_well_owned(n);
        a->dependents = count_dependents(n);
        if (n->resource) {
            key_split(&a->arena, cached_key(n->cached), &a->namespace_, &a->name);
        } else {
            a->namespace_ = arena_strdup(&a->arena, n->reference->namespace_);
            a->name = arena_strdup(&a->arena, n->reference->name);
            a->api_version = arena_strdup(&a->arena, n->reference->api_version);
            a->kind = arena_strdup(&a->arena, n->reference->kind);
        }
    }
    pthread_mutex_unlock(&a->c->lock);
    return n != NULL;
}

static void remove_from_graph(struct attempt *a)
{
    struct garbage_notes notes = garbage_notes_of(a->c);
    pthread_mutex_lock(&a->c->lock);
    garbage_remove(&a->c->graph, a->uid, &notes);
    pthread_mutex_unlock(&a->c->lock);
}

/* 1: it is there, in *ret. 0: it is not, or another one is. -1: nobody knows. */
static int get_live(struct attempt *a, const struct resource *r, const char *namespace_, const char *name,
                    const char *uid, struct json **ret, struct error *err)
{
    struct error one = ERROR_INIT;
    int rc = client_get(a->c->client, r, r->namespaced ? namespace_ : NULL, name, &a->arena, ret, &one);
    bool gone = rc < 0 && one.code == ERR_NOT_FOUND;
    if (rc < 0 && !gone)
        error_move(err, &one);
    error_done(&one);
    if (gone)
        return 0;
    return rc < 0 ? -1 : !strcmp(object_uid(*ret), uid);
}

/* --- writing --- */

/* A merge patch of metadata that holds only for what was read. */
static int patch_metadata(struct attempt *a, const struct resource *r, const struct json *object,
                          const char *key, struct json *value, struct error *err)
{
    struct json *patch = json_new_object(&a->arena),
                *metadata = json_set_object(&a->arena, patch, "metadata");
    json_set_string(&a->arena, metadata, "uid", object_uid(object));
    json_set_string(&a->arena, metadata, "resourceVersion", object_resource_version(object));
    json_set(&a->arena, metadata, key, value);
    return client_patch(a->c->client, r, object_namespace(object), object_name(object), NULL, PATCH_MERGE,
                        patch, &a->arena, NULL, err);
}

static int remove_finalizer(struct attempt *a, const char *finalizer, struct error *err)
{
    struct json *left = json_new_array(&a->arena);
    if (!object_has_finalizer(a->live, finalizer))
        return 0;
    json_for_each (f, json_at(a->live, "metadata.finalizers"))
        if (!slice_is(json_slice(f), finalizer))
            json_append(&a->arena, left, json_new_slice(&a->arena, json_slice(f)));
    return patch_metadata(a, a->resource, a->live, "finalizers", left, err);
}

static int delete_live(struct attempt *a, const char *propagation, struct error *err)
{
    struct client_delete_options options = {.grace_period_s = -1,
                                            .uid = a->uid,
                                            .propagation = propagation,
                                            .resource_version = object_resource_version(a->live)};
    struct error one = ERROR_INIT;
    log_debug("garbage: deleting %s %s/%s (%s)", a->resource->plural, a->namespace_, a->name, propagation);
    int rc = client_delete(a->c->client, a->resource, a->namespace_, a->name, &options, &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

/* --- an object that waits for its dependents --- */

static int64_t finish_foreground(struct attempt *a, struct error *err)
{
    struct garbage_notes notes = garbage_notes_of(a->c);
    bool blocked = false;
    pthread_mutex_lock(&a->c->lock);
    struct garbage_node *n = garbage_find(&a->c->graph, a->uid);
    list_for_each (link, &n->dependents) {
        const struct garbage_edge *e = list_entry(link, struct garbage_edge, link);
        if (!e->blocks)
            continue;
        blocked = true;
        if (!e->dependent->deleting_dependents)
            notes.delete_(notes.context, e->dependent);
    }
    pthread_mutex_unlock(&a->c->lock);
    return blocked ? 0 : remove_finalizer(a, "foregroundDeletion", err);
}

/* --- an object whose owners went --- */

struct owners {
    uint32_t solid, dangling, waiting;
    struct json *kept; /* references to solid ones */
};

static int classify_one(struct attempt *a, const struct json *reference, struct owners *o, struct error *err)
{
    const char *api_version = json_string_or(json_get(reference, "apiVersion"), "");
    const char *kind = json_string_or(json_get(reference, "kind"), "");
    const struct resource *r = discover_kind(a->c->client, api_version, kind, err);
    struct json *owner = NULL;
    if (!r)
        return err->code
                   ? -1
                   : error_set(err, ERR_UNAVAILABLE, "owner of unknown kind %s in %s", kind, api_version);
    /* a cluster's object cannot be owned by one in a namespace: such a reference is left alone */
    bool nonsense = r->namespaced && !a->namespace_[0];
    int there = nonsense ? 1
                         : get_live(a, r, a->namespace_, json_string_or(json_get(reference, "name"), ""),
                                    json_string_or(json_get(reference, "uid"), ""), &owner, err);
    if (there < 0)
        return -1;
    if (!there) {
        o->dangling++;
    } else if (owner && object_is_deleted(owner) && object_has_finalizer(owner, "foregroundDeletion")) {
        o->waiting++;
    } else {
        o->solid++;
        json_append(&a->arena, o->kept, json_copy(&a->arena, reference));
    }
    return 0;
}

/* Does a dependent wait for its own dependents? Then waiting for each other could go on for ever. */
static bool has_deleting_dependent(struct attempt *a)
{
    bool found = false;
    pthread_mutex_lock(&a->c->lock);
    const struct garbage_node *n = garbage_find(&a->c->graph, a->uid);
    if (n)
        list_for_each (link, &n->dependents)
            found = found || list_entry(link, struct garbage_edge, link)->dependent->deleting_dependents;
    pthread_mutex_unlock(&a->c->lock);
    return found;
}

static int unblock_owners(struct attempt *a, struct error *err)
{
    struct json *references = json_copy(&a->arena, json_at(a->live, "metadata.ownerReferences")),
                *answer = NULL;
    bool blocking = false;
    json_for_each (reference, references) {
        blocking = blocking || json_boolean_at(reference, "blockOwnerDeletion", false);
        json_set_bool(&a->arena, reference, "blockOwnerDeletion", false);
    }
    if (!blocking)
        return 0;
    if (patch_metadata(a, a->resource, a->live, "ownerReferences", references, err) < 0)
        return -1;
    if (client_get(a->c->client, a->resource, a->namespace_, a->name, &a->arena, &answer, err) < 0)
        return -1;
    a->live = answer;
    return 0;
}

static const char *propagation_of(const struct json *live)
{
    return object_has_finalizer(live, "orphan")               ? "Orphan"
           : object_has_finalizer(live, "foregroundDeletion") ? "Foreground"
                                                              : "Background";
}

static int64_t judge(struct attempt *a, struct error *err)
{
    struct owners o = {.kept = json_new_array(&a->arena)};
    const struct json *references = json_at(a->live, "metadata.ownerReferences");
    if (json_count(references) == 0)
        return 0;
    json_for_each (reference, references)
        if (classify_one(a, reference, &o, err) < 0)
            return -1;
    if (o.solid > 0)
        return o.dangling + o.waiting
                   ? patch_metadata(a, a->resource, a->live, "ownerReferences", o.kept, err)
                   : 0;
    if (o.waiting > 0 && a->dependents > 0) {
        if (has_deleting_dependent(a) && unblock_owners(a, err) < 0)
            return -1;
        return delete_live(a, "Foreground", err);
    }
    return delete_live(a, propagation_of(a->live), err);
}

/* --- attempts --- */

static int64_t attempt_delete(struct attempt *a, struct error *err)
{
    if (a->being_deleted && !a->deleting_dependents)
        return 0;
    if (!a->virtual_ && a->well_owned && !a->deleting_dependents)
        return 0;
    if (a->virtual_ && !(a->resource = discover_kind(a->c->client, a->api_version, a->kind, err)))
        return err->code ? -1
                         : error_set(err, ERR_UNAVAILABLE, "owner of unknown kind %s in %s", a->kind,
                                     a->api_version);
    int there = get_live(a, a->resource, a->namespace_, a->name, a->uid, &a->live, err);
    if (there < 0)
        return -1;
    if (!there) {
        remove_from_graph(a);
        return 0;
    }
    if (a->virtual_)
        return UNSEEN_AGAIN_MS;
    if (object_is_deleted(a->live) && object_has_finalizer(a->live, "foregroundDeletion"))
        return finish_foreground(a, err);
    return object_is_deleted(a->live) ? 0 : judge(a, err);
}

struct dependent {
    struct dependent *next;
    const struct resource *resource;
    const char *namespace_, *name, *uid;
};

static struct dependent *copy_dependents(struct attempt *a)
{
    struct dependent *list = NULL;
    pthread_mutex_lock(&a->c->lock);
    const struct garbage_node *n = garbage_find(&a->c->graph, a->uid);
    if (n)
        list_for_each (link, &n->dependents) {
            const struct garbage_node *d = list_entry(link, struct garbage_edge, link)->dependent;
            struct dependent *one = arena_new(&a->arena, struct dependent);
            if (!d->resource)
                continue;
            key_split(&a->arena, cached_key(d->cached), &one->namespace_, &one->name);
            one->uid = arena_strdup(&a->arena, d->cached->uid);
            one->resource = d->resource;
            one->next = list;
            list = one;
        }
    pthread_mutex_unlock(&a->c->lock);
    return list;
}

static int let_go(struct attempt *a, const struct dependent *d, struct error *err)
{
    struct json *live = NULL, *kept = json_new_array(&a->arena);
    int there = get_live(a, d->resource, d->namespace_, d->name, d->uid, &live, err);
    if (there <= 0)
        return there;
    const struct json *references = json_at(live, "metadata.ownerReferences");
    json_for_each (reference, references)
        if (strcmp(json_string_or(json_get(reference, "uid"), ""), a->uid) != 0)
            json_append(&a->arena, kept, json_copy(&a->arena, reference));
    if (json_count(kept) == json_count(references))
        return 0;
    return patch_metadata(a, d->resource, live, "ownerReferences", kept, err);
}

static int64_t attempt_orphan(struct attempt *a, struct error *err)
{
    if (a->virtual_)
        return 0;
    for (struct dependent *d = copy_dependents(a); d; d = d->next)
        if (let_go(a, d, err) < 0)
            return -1;
    int there = get_live(a, a->resource, a->namespace_, a->name, a->uid, &a->live, err);
    return there <= 0 ? there : remove_finalizer(a, "orphan", err);
}

int64_t garbage_attempt(void *self, const char *key, struct error *err)
{
    struct attempt a = {.c = self};
    bool orphan = !strncmp(key, ATTEMPT_ORPHAN, strlen(ATTEMPT_ORPHAN));
    int64_t result = garbage_wait_ms(a.c);
    if (result == 0 && copy_node(&a, strchr(key, ':') + 1))
        result = orphan ? attempt_orphan(&a, err) : attempt_delete(&a, err);
    arena_done(&a.arena);
    return result;
}
