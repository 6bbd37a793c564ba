/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of EndpointSlices. */
#include "core/controller-manager/slice-reconciler.h"

#include <stdlib.h>

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/template-hash.h"

struct entry {
    struct json *endpoint;
    bool placed;
};

/* Endpoints with the same ports. */
struct group {
    struct json *ports;
    struct entry *entries;
    size_t count, capacity, left; /* left: not placed yet */
};

struct slice_state {
    struct json *slice; /* as it was; NULL: a new one */
    struct json *ports;
    struct json *endpoints; /* as it shall be */
    struct group *group;    /* NULL: nothing wants its ports */
    bool changed;
};

struct work {
    const struct slice_reconciler *r;
    struct map *groups;     /* by ports; owned */
    struct map *by_address; /* entries by group and identity */
    struct slice_state *slices;
    size_t count, capacity;
};

static char *ports_key(struct arena *arena, const struct json *ports)
{
    struct buffer text = BUFFER_INIT;
    size_t count = 0;
    char *parts[101];
    json_for_each (port, ports) {
        if (count == ARRAY_SIZE(parts))
            break;
        struct buffer one = BUFFER_INIT;
        json_write_canonical(&one, port);
        parts[count++] = arena_strdup(arena, one.data);
        buffer_done(&one);
    }
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k && strcmp(parts[k - 1], parts[k]) > 0; k--) {
            char *swap = parts[k];
            parts[k] = parts[k - 1];
            parts[k - 1] = swap;
        }
    for (size_t i = 0; i < count; i++)
        buffer_append_str(&text, parts[i]);
    char *key = arena_strdup(arena, text.data ? text.data : "");
    buffer_done(&text);
    return key;
}

/* What makes an endpoint the same one, whatever its conditions. */
static char *entry_key(struct arena *arena, const char *ports, const struct json *endpoint)
{
    return arena_printf(arena, "%s %s %s %s", ports, json_string_or(json_at(endpoint, "addresses[0]"), ""),
                        json_string_or(json_at(endpoint, "targetRef.uid"), ""),
                        json_string_or(json_get(endpoint, "hostname"), ""));
}

static void group_free(void *value)
{
    struct group *g = value;
    free(g->entries);
    free(g);
}

static void add_wanted(struct work *w, const struct slice_wanted *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *key = ports_key(w->r->arena, wanted[i].ports);
        struct group *g = map_get(w->groups, key);
        if (!g) {
            g = new0(struct group);
            g->ports = wanted[i].ports;
            map_set(w->groups, key, g);
        }
        char *identity = entry_key(w->r->arena, key, wanted[i].endpoint);
        if (map_has(w->by_address, identity))
            continue;
        g->entries = xgrow(g->entries, &g->capacity, g->count + 1, sizeof(struct entry));
        g->entries[g->count] = (struct entry){.endpoint = wanted[i].endpoint};
        map_set(w->by_address, identity, (void *)(uintptr_t)(++g->count));
        g->left++;
    }
}

static struct slice_state *add_slice(struct work *w)
{
    w->slices = xgrow(w->slices, &w->capacity, w->count + 1, sizeof(struct slice_state));
    w->slices[w->count] = (struct slice_state){.endpoints = json_new_array(w->r->arena)};
    return &w->slices[w->count++];
}

static bool metadata_differs(const struct slice_reconciler *r, const struct json *slice)
{
    if (!json_equal_semantic(json_at(slice, "metadata.labels"), r->labels))
        return true;
    if (r->annotations && !json_equal_semantic(json_at(slice, "metadata.annotations"), r->annotations))
        return true;
    return !object_controller(slice) || strcmp(json_string_or(json_get(object_controller(slice), "uid"), ""),
                                               json_string_or(json_get(r->owner, "uid"), "")) != 0;
}

/* Keeps in place what is still wanted. */
static void take_existing(struct work *w, struct json *slice)
{
    struct slice_state *s = add_slice(w);
    char *key = ports_key(w->r->arena, json_get(slice, "ports"));
    s->slice = slice;
    s->ports = json_get(slice, "ports");
    s->group = map_get(w->groups, key);
    s->changed = metadata_differs(w->r, slice);
    json_for_each (endpoint, json_get(slice, "endpoints")) {
        size_t place =
            s->group ? (uintptr_t)map_get(w->by_address, entry_key(w->r->arena, key, endpoint)) : 0;
        struct entry *e = place ? &s->group->entries[place - 1] : NULL;
        if (!e || e->placed || json_count(s->endpoints) >= w->r->per_slice) {
            s->changed = true;
            continue;
        }
        s->changed = s->changed || !json_equal_semantic(endpoint, e->endpoint);
        json_append(w->r->arena, s->endpoints, e->endpoint);
        e->placed = true;
        s->group->left--;
    }
}

/* Puts what has no place yet into the slice. */
static void fill(struct work *w, struct slice_state *s, struct group *g)
{
    for (size_t i = 0; i < g->count && g->left && json_count(s->endpoints) < w->r->per_slice; i++) {
        if (g->entries[i].placed)
            continue;
        json_append(w->r->arena, s->endpoints, g->entries[i].endpoint);
        g->entries[i].placed = true;
        g->left--;
        s->changed = true;
    }
}

static void place_group(struct work *w, struct group *g)
{
    for (int pass = 0; pass < 2; pass++) /* slices that are written anyway first */
        for (size_t i = 0; i < w->count && g->left; i++)
            if (w->slices[i].group == g && (pass || w->slices[i].changed))
                fill(w, &w->slices[i], g);
    while (g->left) {
        struct slice_state *s = add_slice(w);
        s->group = g;
        s->ports = g->ports;
        fill(w, s, g);
    }
}

/* --- writing --- */

static struct json *build(const struct slice_reconciler *r, const struct slice_state *s)
{
    struct arena *a = r->arena;
    struct json *slice =
        s->slice ? s->slice : object_new(a, "discovery.k8s.io/v1", "EndpointSlice", r->namespace_, NULL);
    struct json *metadata = json_ensure(a, slice, "metadata", JSON_OBJECT);
    if (!s->slice) {
        json_set_stringf(a, metadata, "generateName", "%s-", r->name);
        json_set_string(a, slice, "addressType", r->family);
    }
    json_set(a, metadata, "labels", json_copy(a, r->labels));
    if (r->annotations)
        json_set(a, metadata, "annotations", json_copy(a, r->annotations));
    json_append(a, json_set_array(a, metadata, "ownerReferences"), json_copy(a, r->owner));
    json_set(a, slice, "endpoints", json_copy(a, s->endpoints));
    json_set(a, slice, "ports", s->ports ? json_copy(a, s->ports) : json_new_array(a));
    return slice;
}

static int write_slice(const struct slice_reconciler *r, const struct slice_state *s, struct error *err)
{
    bool fresh = !s->slice;
    struct json *slice = build(r, s), *answer = NULL;
    int rc = fresh ? client_create(r->client, r->resource, r->namespace_, slice, r->arena, &answer, err)
                   : client_update(r->client, r->resource, NULL, slice, r->arena, &answer, err);
    if (rc == 0)
        own_writes_note(r->writes, r->key, answer);
    return rc;
}

static bool is_superfluous(const struct slice_state *s)
{
    return s->slice && json_count(s->endpoints) == 0;
}

static struct slice_state *superfluous(struct work *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (is_superfluous(&w->slices[i]))
            return &w->slices[i];
    return NULL;
}

/* What has to be made takes the place of what has to go, where there is such. */
static void reuse(struct work *w)
{
    for (size_t i = 0; i < w->count; i++) {
        struct slice_state *s = &w->slices[i], *old = s->slice ? NULL : superfluous(w);
        if (!old)
            continue;
        s->slice = old->slice;
        s->changed = true;
        old->slice = NULL;
    }
}

/* Without endpoints one empty slice without ports stays. Returns its ports, by which it is known; NULL when
 * none is needed. */
static const struct json *keep_placeholder(struct work *w)
{
    bool any = false;
    for (size_t i = 0; i < w->count; i++)
        any = any || json_count(w->slices[i].endpoints);
    if (any || !w->r->placeholder)
        return NULL;
    struct slice_state *s = superfluous(w);
    if (!s)
        s = add_slice(w);
    /* what it had goes; an empty one that is right already is not written */
    s->changed = !s->slice || s->changed || json_count(s->ports);
    s->ports = json_new_array(w->r->arena);
    return s->ports;
}

static int delete_slice(const struct slice_reconciler *r, const struct json *slice, struct error *err)
{
    struct error one = ERROR_INIT;
    int rc = client_delete(r->client, r->resource, r->namespace_, object_name(slice), NULL, &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    return rc;
}

static int write_all(struct work *w, const struct json *placeholder, struct error *err)
{
    for (size_t i = 0; i < w->count; i++) {
        struct slice_state *s = &w->slices[i];
        bool kept = json_count(s->endpoints) || (placeholder && s->ports == placeholder);
        if (kept && (s->changed || !s->slice) && write_slice(w->r, s, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < w->count; i++) {
        struct slice_state *s = &w->slices[i];
        bool kept = json_count(s->endpoints) || (placeholder && s->ports == placeholder);
        if (!kept && s->slice && delete_slice(w->r, s->slice, err) < 0)
            return -1;
    }
    return 0;
}

int slices_reconcile(const struct slice_reconciler *r, struct json *const *existing, size_t existing_count,
                     const struct slice_wanted *wanted, size_t wanted_count, struct error *err)
{
    struct work w = {.r = r, .groups = map_new(group_free), .by_address = map_new(NULL)};
    void *group;
    size_t cursor = 0;
    add_wanted(&w, wanted, wanted_count);
    for (size_t i = 0; i < existing_count; i++)
        take_existing(&w, existing[i]);
    while (map_next(w.groups, &cursor, NULL, &group))
        place_group(&w, group);
    reuse(&w);
    const struct json *placeholder = keep_placeholder(&w);
    int rc = write_all(&w, placeholder, err);
    map_free(w.by_address);
    map_free(w.groups);
    free(w.slices);
    return rc;
}
