/* SPDX-License-Identifier: Apache-2.0 */
/* ControllerRevisions, as upstream keeps them: data is a patch that puts the template in place, in the order
 * and fullness in which upstream writes it, since its daemon set controller knows a template by these bytes:
 * when it takes over from ours, no daemon is replaced. */
#include "core/controller-manager/revisions.h"

#include <stdlib.h>

#include "core/base/memory.h"
#include "core/controller-manager/pod-control.h"
#include "core/controller-manager/template-hash.h"

const char *revision_hash(const struct json *revision)
{
    const char *hash = object_label(revision, LABEL_REVISION_HASH);
    return hash ? hash : "";
}

struct json *revision_template(const struct json *revision)
{
    return json_at(revision, "data.spec.template");
}

static int64_t number_of(const struct json *revision)
{
    return json_integer_at(revision, "revision", 0);
}

static int by_number(const void *x, const void *y)
{
    const struct json *a = *(struct json *const *)x, *b = *(struct json *const *)y;
    int64_t difference = number_of(a) - number_of(b);
    if (!difference)
        difference = object_created_ns(a) - object_created_ns(b);
    return difference ? (difference < 0 ? -1 : 1) : strcmp(object_name(a), object_name(b));
}

static int by_key(const void *x, const void *y)
{
    return strcmp((*(const struct json *const *)x)->key, (*(const struct json *const *)y)->key);
}

/* A copy with all members in the order of their names. */
static struct json *sorted(struct arena *arena, const struct json *value)
{
    bool is_object = json_is(value, JSON_OBJECT);
    if (!is_object && !json_is(value, JSON_ARRAY))
        return json_copy(arena, value);
    struct json *copy = is_object ? json_new_object(arena) : json_new_array(arena);
    const struct json **members = arena_alloc(arena, (json_count(value) + 1) * sizeof(*members));
    size_t count = 0;
    json_for_each (member, value)
        members[count++] = member;
    if (is_object)
        qsort(members, count, sizeof(*members), by_key);
    for (size_t i = 0; i < count; i++) {
        struct json *own = sorted(arena, members[i]);
        if (is_object)
            json_set(arena, copy, members[i]->key, own);
        else
            json_append(arena, copy, own);
    }
    return copy;
}

static struct json *make_data(struct arena *arena, const struct json *owner)
{
    static const char *const lists[] = {"spec.containers", "spec.initContainers"};
    struct json *data = json_new_object(arena), *spec = json_set_object(arena, data, "spec");
    struct json *template_ =
        json_set(arena, spec, "template", json_copy(arena, json_at(owner, "spec.template")));
    json_set_string(arena, template_, "$patch", "replace");
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (container, json_at(template_, lists[i]))
            json_ensure(arena, container, "resources", JSON_OBJECT);
    return sorted(arena, data);
}

static struct json *find_equal(const struct claimed *all, const struct json *data)
{
    for (size_t i = all->count; i-- > 0;)
        if (json_equal_semantic(json_get(all->items[i], "data"), data))
            return all->items[i];
    return NULL;
}

static struct json *build(const struct revisions *r, struct arena *arena, const struct json *owner,
                          struct json *data, int64_t number, int64_t collisions)
{
    char *hash = template_hash(arena, data, collisions);
    char *name = arena_printf(arena, "%.223s-%s", object_name(owner), hash);
    struct json *revision = object_new(arena, "apps/v1", "ControllerRevision", object_namespace(owner), name);
    struct json *metadata = json_get(revision, "metadata");
    const struct json *labels = json_at(owner, "spec.template.metadata.labels");
    json_set(arena, metadata, "labels", labels ? json_copy(arena, labels) : json_new_object(arena));
    object_set_label(arena, revision, LABEL_REVISION_HASH, hash);
    json_for_each (annotation, json_at(owner, "metadata.annotations"))
        object_set_annotation(arena, revision, annotation->key, json_string_or(annotation, ""));
    const struct resource *kind = r->owner_resource;
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, owner, resource_api_version_text(arena, kind), kind->kind));
    json_set(arena, revision, "data", data);
    json_set_int(arena, revision, "revision", number);
    return revision;
}

static struct json *create(const struct revisions *r, struct arena *arena, const struct json *owner,
                           struct json *data, int64_t number, int64_t *collisions, struct error *err)
{
    struct json *revision = build(r, arena, owner, data, number, *collisions), *made = NULL, *live = NULL;
    const char *namespace_ = object_namespace(owner);
    if (client_create(r->client, r->resource, namespace_, revision, arena, &made, err) == 0)
        return made;
    if (err->code != ERR_ALREADY_EXISTS ||
        client_get(r->client, r->resource, namespace_, object_name(revision), arena, &live, err) < 0)
        return NULL;
    if (json_equal_semantic(json_get(live, "data"), data))
        return live;
    *collisions = MAX(*collisions, INT64_C(0)) + 1;
    error_set(err, ERR_CONFLICT, "revision %s exists with another template", object_name(revision));
    return NULL;
}

/* An older one that is current again becomes the newest. */
static int renumber(const struct revisions *r, struct arena *arena, struct json *revision, int64_t number,
                    struct error *err)
{
    struct json *answer = NULL;
    json_set_int(arena, revision, "revision", number);
    if (client_update(r->client, r->resource, NULL, revision, arena, &answer, err) < 0)
        return -1;
    json_replace(revision, answer);
    return 0;
}

static void add(struct arena *arena, struct claimed *all, struct json *revision)
{
    struct json **items = arena_alloc(arena, (all->count + 1) * sizeof(struct json *));
    if (all->count)
        memcpy(items, all->items, all->count * sizeof(struct json *));
    items[all->count++] = revision;
    all->items = items;
}

int revisions_sync(const struct revisions *r, struct arena *arena, const struct json *owner,
                   const struct selector *selector, int64_t *collisions, struct revision_set *ret,
                   struct error *err)
{
    struct claim claim = {.client = r->client,
                          .owner_resource = r->owner_resource,
                          .item_resource = r->resource,
                          .owner = owner,
                          .selector = selector};
    struct revision_set set = {0};
    if (claim_items(&claim, r->informer, arena, &set.all, err) < 0)
        return -1;
    if (set.all.count)
        qsort(set.all.items, set.all.count, sizeof(struct json *), by_number);
    struct json *data = make_data(arena, owner);
    int64_t highest = set.all.count ? number_of(set.all.items[set.all.count - 1]) : 0;
    set.current = find_equal(&set.all, data);
    if (!set.current) {
        set.current = create(r, arena, owner, data, highest + 1, collisions, err);
        if (!set.current)
            return -1;
        add(arena, &set.all, set.current);
    } else if (number_of(set.current) < highest) {
        if (renumber(r, arena, set.current, highest + 1, err) < 0)
            return -1;
        qsort(set.all.items, set.all.count, sizeof(struct json *), by_number);
    }
    *ret = set;
    return 0;
}

int revisions_clean_up(const struct revisions *r, const struct revision_set *set, int64_t limit,
                       bool (*in_use)(void *context, const struct json *revision), void *context,
                       struct error *err)
{
    int64_t idle = 0;
    for (size_t i = 0; i < set->all.count; i++)
        idle += set->all.items[i] != set->current && !in_use(context, set->all.items[i]);
    for (size_t i = 0; i < set->all.count && idle > limit; i++) {
        const struct json *revision = set->all.items[i];
        struct error one = ERROR_INIT;
        if (revision == set->current || in_use(context, revision))
            continue;
        int rc = client_delete(r->client, r->resource, object_namespace(revision), object_name(revision),
                               NULL, &one);
        bool failed = rc < 0 && one.code != ERR_NOT_FOUND;
        if (failed)
            error_move(err, &one);
        error_done(&one);
        if (failed)
            return -1;
        idle--;
    }
    return 0;
}
