/* SPDX-License-Identifier: Apache-2.0 */
/* The owner graph: a table of nodes by uid, edges in arrays at the dependent and in lists at the owner. */
#include "core/controller-manager/garbage-graph.h"

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

const char *garbage_uid(const struct garbage_node *n)
{
    return n->resource ? n->cached->uid : n->reference->uid;
}

/* --- the table --- */

static size_t slot_of(struct garbage_node *const *slots, size_t capacity, const char *uid, uint32_t hash)
{
    size_t i = hash & (capacity - 1);
    while (slots[i] && (slots[i]->hash != hash || strcmp(garbage_uid(slots[i]), uid) != 0))
        i = (i + 1) & (capacity - 1);
    return i;
}

static uint32_t hash_of(const char *uid)
{
    return (uint32_t)hash_bytes(uid, strlen(uid));
}

struct garbage_node *garbage_find(const struct garbage_graph *g, const char *uid)
{
    return g->capacity ? g->slots[slot_of(g->slots, g->capacity, uid, hash_of(uid))] : NULL;
}

static void grow(struct garbage_graph *g)
{
    if ((g->count + 1) * 4 <= g->capacity * 3)
        return;
    size_t capacity = g->capacity ? g->capacity * 2 : 64;
    struct garbage_node **slots = newa0(struct garbage_node *, capacity);
    for (size_t i = 0; i < g->capacity; i++)
        if (g->slots[i])
            slots[slot_of(slots, capacity, garbage_uid(g->slots[i]), g->slots[i]->hash)] = g->slots[i];
    free(g->slots);
    g->slots = slots;
    g->capacity = capacity;
}

static void table_add(struct garbage_graph *g, struct garbage_node *n)
{
    n->hash = hash_of(garbage_uid(n));
    grow(g);
    g->slots[slot_of(g->slots, g->capacity, garbage_uid(n), n->hash)] = n;
    g->count++;
}

static void table_remove(struct garbage_graph *g, const struct garbage_node *n)
{
    size_t mask = g->capacity - 1, hole = slot_of(g->slots, g->capacity, garbage_uid(n), n->hash);
    for (size_t i = (hole + 1) & mask; g->slots[i]; i = (i + 1) & mask) {
        if (((i - g->slots[i]->hash) & mask) < ((i - hole) & mask))
            continue;
        g->slots[hole] = g->slots[i];
        hole = i;
    }
    g->slots[hole] = NULL;
    g->count--;
}

/* --- nodes --- */

static struct garbage_node *node_new(struct garbage_graph *g, const struct resource *r,
                                     void *cached_or_reference)
{
    struct garbage_node *n = new0(struct garbage_node);
    list_init(&n->dependents);
    n->resource = r;
    if (r)
        n->cached = cached_or_reference;
    else
        n->reference = cached_or_reference;
    table_add(g, n);
    return n;
}

static void drop_identity(struct garbage_node *n)
{
    if (n->resource)
        cached_unref(n->cached);
    else
        free(n->reference);
}

static void node_free(struct garbage_node *n)
{
    drop_identity(n);
    free(n->owners);
    free(n);
}

/* One allocation: the struct and its texts. */
static struct garbage_reference *reference_new(const struct json *owner, const char *namespace_)
{
    const char *texts[] = {
        json_string_or(json_get(owner, "apiVersion"), ""), json_string_or(json_get(owner, "kind"), ""),
        namespace_, json_string_or(json_get(owner, "name"), ""), json_string_or(json_get(owner, "uid"), "")};
    const char *placed[5];
    size_t size = 0;
    for (size_t i = 0; i < 5; i++)
        size += strlen(texts[i]) + 1;
    struct garbage_reference *r = xmalloc(sizeof(*r) + size);
    char *at = (char *)(r + 1);
    for (size_t i = 0; i < 5; i++) {
        placed[i] = at;
        memcpy(at, texts[i], strlen(texts[i]) + 1);
        at += strlen(texts[i]) + 1;
    }
    *r = (struct garbage_reference){placed[0], placed[1], placed[2], placed[3], placed[4]};
    return r;
}

void garbage_graph_done(struct garbage_graph *g)
{
    for (size_t i = 0; i < g->capacity; i++)
        if (g->slots[i])
            node_free(g->slots[i]);
    free(g->slots);
    *g = (struct garbage_graph){0};
}

/* --- owners --- */

static bool blocks(const struct json *owner)
{
    return json_boolean_at(owner, "blockOwnerDeletion", false);
}

static bool same_owners(const struct garbage_node *n, const struct json *references)
{
    uint32_t i = 0;
    if (json_count(references) != n->owners_count)
        return false;
    json_for_each (owner, references) {
        const struct garbage_edge *e = &n->owners[i++];
        if (strcmp(garbage_uid(e->owner), json_string_or(json_get(owner, "uid"), "")) != 0 ||
            e->blocks != blocks(owner))
            return false;
    }
    return true;
}

/* The owner's node; one that is not known is made, virtual, and has to be verified. */
static struct garbage_node *owner_node(struct garbage_graph *g, const struct json *owner,
                                       const char *namespace_, const struct garbage_notes *notes)
{
    struct garbage_node *n = garbage_find(g, json_string_or(json_get(owner, "uid"), ""));
    if (n)
        return n;
    n = node_new(g, NULL, reference_new(owner, namespace_));
    notes->delete_(notes->context, n);
    return n;
}

static bool has_edge(const struct garbage_edge *edges, uint32_t count, const struct garbage_node *owner,
                     bool blocking)
{
    for (uint32_t i = 0; i < count; i++)
        if (edges[i].owner == owner && (!blocking || edges[i].blocks))
            return true;
    return false;
}

static struct slice namespace_of(const struct garbage_node *n)
{
    struct slice rest = slice_of(cached_key(n->cached)), first = slice_cut(&rest, '/');
    return rest.data ? first : (struct slice){0};
}

bool garbage_is_doubtful(const struct garbage_edge *e)
{
    if (!e->owner->resource)
        return true;
    return e->owner->resource->namespaced && !slice_equal(namespace_of(e->owner), namespace_of(e->dependent));
}

/* A virtual node that nobody refers to any more stands for nothing. */
static void drop_if_unused(struct garbage_graph *g, struct garbage_node *n)
{
    if (n->resource || !list_empty(&n->dependents))
        return;
    table_remove(g, n);
    node_free(n);
}

/* Owners that waited for this dependent need not any more. */
static void tell_unblocked(struct garbage_node *n, const struct garbage_edge *before, uint32_t count,
                           const struct garbage_notes *notes)
{
    for (uint32_t i = 0; i < count; i++)
        if (before[i].blocks && before[i].owner->deleting_dependents &&
            !has_edge(n->owners, n->owners_count, before[i].owner, true))
            notes->delete_(notes->context, before[i].owner);
}

static void set_owners(struct garbage_graph *g, struct garbage_node *n, const struct json *references,
                       const char *namespace_, const struct garbage_notes *notes)
{
    struct garbage_edge *before = n->owners;
    uint32_t before_count = n->owners_count, count = json_count(references), i = 0;
    n->owners = count ? newa0(struct garbage_edge, count) : NULL;
    n->owners_count = count;
    json_for_each (owner, references) {
        struct garbage_edge *e = &n->owners[i++];
        *e = (struct garbage_edge){
            .owner = owner_node(g, owner, namespace_, notes), .dependent = n, .blocks = blocks(owner)};
        list_append(&e->owner->dependents, &e->link);
    }
    for (i = 0; i < before_count; i++)
        list_remove(&before[i].link);
    tell_unblocked(n, before, before_count, notes);
    for (i = 0; i < before_count; i++)
        if (!has_edge(n->owners, n->owners_count, before[i].owner, false) &&
            !has_edge(before, i, before[i].owner, false))
            drop_if_unused(g, before[i].owner);
    free(before);
}

/* --- objects --- */

static void tell_dependents(const struct garbage_node *n, const struct garbage_notes *notes)
{
    list_for_each (link, &n->dependents)
        notes->delete_(notes->context, list_entry(link, struct garbage_edge, link)->dependent);
}

/* The deletion begins to wait for its dependents, or for them to be let go. */
static void note_transitions(struct garbage_node *n, const struct json *document,
                             const struct garbage_notes *notes)
{
    bool deleted = object_is_deleted(document);
    bool orphaning = deleted && object_has_finalizer(document, "orphan");
    bool deleting = deleted && object_has_finalizer(document, "foregroundDeletion");
    bool orphan_begins = orphaning && !n->orphaning, delete_begins = deleting && !n->deleting_dependents;
    n->being_deleted = deleted;
    n->orphaning = orphaning;
    n->deleting_dependents = deleting;
    if (orphan_begins) {
        notes->orphan(notes->context, n);
    } else if (delete_begins) {
        tell_dependents(n, notes);
        notes->delete_(notes->context, n);
    }
}

static struct garbage_node *take_identity(struct garbage_graph *g, const struct resource *r, struct cached *c)
{
    struct garbage_node *n = garbage_find(g, c->uid);
    cached_ref(c);
    if (!n)
        return node_new(g, r, c);
    drop_identity(n);
    n->resource = r;
    n->cached = c;
    return n;
}

void garbage_put(struct garbage_graph *g, const struct resource *r, struct cached *c,
                 const struct json *document, const struct garbage_notes *notes)
{
    const struct json *references = json_at(document, "metadata.ownerReferences");
    struct garbage_node *n = take_identity(g, r, c);
    bool other_owners = !same_owners(n, references), doubtful = false;
    if (other_owners)
        set_owners(g, n, references, object_namespace(document), notes);
    note_transitions(n, document, notes);
    for (uint32_t i = 0; other_owners && i < n->owners_count; i++)
        doubtful = doubtful || garbage_is_doubtful(&n->owners[i]);
    if (doubtful) /* whether its owners are there is known only by looking */
        notes->delete_(notes->context, n);
}

void garbage_remove(struct garbage_graph *g, const char *uid, const struct garbage_notes *notes)
{
    struct garbage_node *n = garbage_find(g, uid);
    if (!n)
        return;
    tell_dependents(n, notes);
    for (uint32_t i = 0; i < n->owners_count; i++)
        if (n->owners[i].owner->deleting_dependents)
            notes->delete_(notes->context, n->owners[i].owner);
    set_owners(g, n, NULL, "", notes);
    table_remove(g, n);
    if (list_empty(&n->dependents)) {
        node_free(n);
        return;
    }
    /* dependents still name it: it lives on as a name, until they are changed or gone */
    struct garbage_reference *r;
    if (n->resource) {
        struct arena arena = ARENA_INIT;
        const struct json *object = cached_parse(n->cached, &arena);
        struct json *reference = json_new_object(&arena);
        json_set_string(&arena, reference, "apiVersion", object_api_version(object));
        json_set_string(&arena, reference, "kind", object_kind(object));
        json_set_string(&arena, reference, "name", object_name(object));
        json_set_string(&arena, reference, "uid", uid);
        r = reference_new(reference, object_namespace(object));
        arena_done(&arena);
        drop_identity(n);
        n->resource = NULL;
        n->reference = r;
    }
    n->being_deleted = n->deleting_dependents = n->orphaning = false;
    table_add(g, n);
}
