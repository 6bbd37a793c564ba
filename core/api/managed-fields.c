/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applying and updating, in the steps of upstream's structured merge: merge the configuration, take out what
 * its manager had applied before and nobody owns now, find out whose fields that changes, and take these away
 * from them. Sets of another version of the kind are kept as they are: their steps may mean other fields.
 */
#include "core/api/managed-fields.h"

#include "core/api/fields.h"
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

#define APPLY        "Apply"
#define UPDATE       "Update"
#define BEFORE_FIRST "before-first-apply"
#define KUBECTL      "kubectl"
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/* What the server itself writes, or what says which object it is. */
static const char *const unowned_metadata[] = {
    "f:name", "f:namespace",  "f:creationTimestamp", "f:deletionTimestamp", "f:selfLink",
    "f:uid",  "f:generation", "f:managedFields",     "f:resourceVersion",   "f:deletionGracePeriodSeconds"};

bool managed_fields_are_kept(const struct json *object)
{
    return json_count(json_at(object, "metadata.managedFields")) > 0;
}

/* A status belongs to those who write it through …/status, everything else to the others. */
static void drop_unowned(const struct schema_type *type, struct json *set, const char *subresource)
{
    struct json *metadata = json_get(set, "f:metadata");
    bool status = strcmp(subresource, "status") == 0;

    json_remove(set, "f:apiVersion");
    json_remove(set, "f:kind");
    json_remove(set, ".");
    for (size_t i = 0; i < ARRAY_SIZE(unowned_metadata); i++)
        json_remove(metadata, unowned_metadata[i]);
    json_remove(metadata, ".");
    if (metadata && metadata->size == 0)
        json_remove(set, "f:metadata");
    if (status)
        json_remove(set, "f:spec");
    else if (type && type->kind && schema_field(type, SLICE("status")))
        json_remove(set, "f:status");
}

static bool is_operation(const struct json *entry, const char *operation)
{
    return slice_is(json_slice(json_get(entry, "operation")), operation);
}

static bool is_manager(const struct json *entry, const struct field_manager *manager, const char *operation)
{
    const char *subresource = json_string_or(json_get(entry, "subresource"), "");
    bool version = strcmp(operation, APPLY) == 0 ||
                   slice_is(json_slice(json_get(entry, "apiVersion")), manager->api_version);

    return version && is_operation(entry, operation) &&
           slice_is(json_slice(json_get(entry, "manager")), manager->name) &&
           strcmp(subresource, manager->subresource) == 0;
}

static struct json *find_entry(const struct json *entries, const struct field_manager *manager,
                               const char *operation)
{
    json_for_each (it, entries)
        if (is_manager(it, manager, operation))
            return it;
    return NULL;
}

static struct json *set_of(struct arena *arena, const struct json *entry)
{
    return fields_decode(arena, json_get(entry, "fieldsV1"));
}

/* Of entries that may be compared with this request's objects. */
static bool is_comparable(const struct json *entry, const struct field_manager *manager)
{
    return slice_is(json_slice(json_get(entry, "apiVersion")), manager->api_version);
}

/* Writes the set into the entry, made if need be; an empty set's entry goes. The time tells the last change.
 */
static void put_set(struct arena *arena, struct json *entries, struct json *entry,
                    const struct field_manager *manager, const char *operation, const struct json *set)
{
    char now[TIME_TEXT_MAX];

    if (fields_are_empty(set)) {
        if (entry)
            json_remove_node(entries, entry);
        return;
    }
    if (!entry) {
        entry = json_append(arena, entries, json_new_object(arena));
        json_set_string(arena, entry, "manager", manager->name);
        json_set_string(arena, entry, "operation", operation);
        if (*manager->subresource)
            json_set_string(arena, entry, "subresource", manager->subresource);
    } else if (json_equal(set, set_of(arena, entry)) && is_comparable(entry, manager)) {
        return;
    }
    time_format(clock_realtime_ns(), now);
    json_set_string(arena, entry, "apiVersion", manager->api_version);
    json_set_string(arena, entry, "time", now);
    json_set_string(arena, entry, "fieldsType", "FieldsV1");
    json_set(arena, entry, "fieldsV1", fields_encode(arena, set));
}

/* The set without what is in `gone`; the time stays, since its manager did nothing. */
static void take_away(struct arena *arena, struct json *entries, struct json *entry, const struct json *gone)
{
    struct json *set = set_of(arena, entry), *left = fields_difference(arena, set, gone);

    if (fields_are_empty(left))
        json_remove_node(entries, entry);
    else if (!json_equal(left, set))
        json_set(arena, entry, "fieldsV1", fields_encode(arena, left));
}

/* From all but `own` what a change took or removed. */
static void take_changed(struct arena *arena, struct json *entries, const struct json *own,
                         const struct field_manager *manager, const struct json *gone)
{
    for (struct json *it = entries->first, *next; it; it = next) {
        next = it->next;
        if (it != own && is_comparable(it, manager))
            take_away(arena, entries, it, gone);
    }
}

struct conflicts {
    struct arena *arena;
    struct json *list; /* {who, path} */
    const char *who;
};

static void note_conflict(void *context, const char *path)
{
    struct conflicts *c = context;
    struct json *conflict = json_append(c->arena, c->list, json_new_object(c->arena));

    json_set_string(c->arena, conflict, "who", c->who);
    json_set_string(c->arena, conflict, "path", path);
}

static const char *who_is(struct arena *arena, const struct json *entry)
{
    const char *subresource = json_string_at(entry, "subresource");

    return arena_printf(arena, "\"%s\"%s%s%s using %s%s%s", json_string_or(json_get(entry, "manager"), ""),
                        subresource ? " with subresource \"" : "", subresource ? subresource : "",
                        subresource ? "\"" : "", json_string_or(json_get(entry, "apiVersion"), ""),
                        is_operation(entry, UPDATE) ? " at " : "",
                        is_operation(entry, UPDATE) ? json_string_or(json_get(entry, "time"), "") : "");
}

/* Fields that kubectl applied from the client before are its own, whoever is written beside them. */
static struct json *applied_before(struct arena *arena, const struct schema_type *type,
                                   const struct json *live, const struct field_manager *manager)
{
    const char *text = object_annotation(live, LAST_APPLIED);
    struct json *config;

    if (!text || strcmp(manager->name, KUBECTL) != 0 ||
        json_parse(arena, slice_of(text), &config, NULL) < 0 ||
        schema_prune(arena, type, config, SCHEMA_IGNORE, NULL, NULL) < 0)
        return json_new_object(arena);
    return fields_of(arena, type, config);
}

static int fail(const struct json *conflicts, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    const char *before = "";

    json_for_each (it, conflicts) {
        const char *who = json_string_at(it, "who"), *path = json_string_at(it, "path");
        if (conflicts->size == 1)
            buffer_printf(&text, "conflict with %s: %s", who, path);
        else if (strcmp(who, before) != 0)
            buffer_printf(&text, "%sconflicts with %s:\n- %s", *before ? "\n" : "", who, path);
        else
            buffer_printf(&text, "\n- %s", path);
        before = who;
    }
    error_set(err, ERR_CONFLICT, "Apply failed with %u conflict%s: %s", conflicts->size,
              conflicts->size > 1 ? "s" : "", text.data);
    json_for_each (it, conflicts)
        error_add_cause(err, "FieldManagerConflict", json_string_at(it, "path"), "conflict with %s",
                        json_string_at(it, "who"));
    return -1;
}

static int check_conflicts(struct arena *arena, const struct schema_type *type, const struct json *live,
                           const struct json *entries, const struct json *own, const struct json *changed,
                           const struct field_manager *manager, struct error *err)
{
    struct conflicts c = {.arena = arena, .list = json_new_array(arena)};
    const struct json *mine = applied_before(arena, type, live, manager);

    json_for_each (it, entries) {
        if (it == own || !is_comparable(it, manager))
            continue;
        struct json *set = fields_intersection(arena, set_of(arena, it), changed);
        if (is_operation(it, UPDATE))
            set = fields_difference(arena, set, mine);
        c.who = who_is(arena, it);
        fields_each(set, note_conflict, &c);
    }
    return c.list->size ? fail(c.list, err) : 0;
}

/* The entries of an object, or those that it gets when it is applied to for the first time. */
static struct json *entries_of(struct arena *arena, const struct schema_type *type, const struct json *live,
                               const struct field_manager *manager)
{
    const struct field_manager before = {BEFORE_FIRST, manager->api_version, "", false};
    struct json *entries = json_new_array(arena), *set;

    if (managed_fields_are_kept(live))
        return json_copy(arena, json_at(live, "metadata.managedFields"));
    if (live) {
        set = fields_of(arena, type, live);
        drop_unowned(type, set, "");
        put_set(arena, entries, NULL, &before, UPDATE, set);
    }
    return entries;
}

static struct json *all_owned(struct arena *arena, const struct json *entries,
                              const struct field_manager *manager)
{
    struct json *all = json_new_object(arena);

    json_for_each (it, entries)
        if (is_comparable(it, manager))
            all = fields_union(arena, all, set_of(arena, it));
    return all;
}

static void set_entries(struct arena *arena, struct json *object, struct json *entries)
{
    struct json *metadata = json_ensure(arena, object, "metadata", JSON_OBJECT);

    if (entries->size)
        json_set(arena, metadata, "managedFields", entries);
    else
        json_remove(metadata, "managedFields");
}

int managed_fields_apply(struct arena *arena, const struct schema_type *type, const struct json *live,
                         const struct json *config, const struct field_manager *manager, struct json **ret,
                         struct error *err)
{
    struct json *entries = entries_of(arena, type, live, manager), *set = fields_of(arena, type, config);
    struct json *object = json_copy(arena, live ? live : config),
                *entry = find_entry(entries, manager, APPLY), *last = entry ? set_of(arena, entry) : NULL;
    struct fields_change change;

    drop_unowned(type, set, manager->subresource);
    if (live)
        fields_merge(arena, type, object, config);
    put_set(arena, entries, entry, manager, APPLY, set);
    entry = find_entry(entries, manager, APPLY);
    if (last)
        fields_prune(arena, type, object, last, all_owned(arena, entries, manager));
    if (live) {
        fields_compare(arena, type, live, object, &change);
        struct json *changed = fields_union(arena, change.added, change.modified);
        if (!manager->force && check_conflicts(arena, type, live, entries, entry, changed, manager, err) < 0)
            return -1;
        take_changed(arena, entries, entry, manager, fields_union(arena, changed, change.removed));
    }
    set_entries(arena, object, entries);
    *ret = object;
    return 0;
}

void managed_fields_update(struct arena *arena, const struct schema_type *type, const struct json *old,
                           struct json *object, const struct field_manager *manager)
{
    struct json *metadata = json_get(object, "metadata"), *entries, *entry, *set;
    struct fields_change change;

    if (!managed_fields_are_kept(old))
        return;
    json_remove(metadata, "managedFields");
    entries = json_copy(arena, json_at(old, "metadata.managedFields"));
    fields_compare(arena, type, old, object, &change);
    set = fields_union(arena, change.added, change.modified);
    entry = find_entry(entries, manager, UPDATE);
    take_changed(arena, entries, entry, manager, fields_union(arena, set, change.removed));
    drop_unowned(type, set, manager->subresource);
    if (entry)
        set = fields_union(arena, fields_difference(arena, set_of(arena, entry), change.removed), set);
    put_set(arena, entries, entry, manager, UPDATE, set);
    set_entries(arena, object, entries);
}
