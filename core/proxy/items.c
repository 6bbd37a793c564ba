/* SPDX-License-Identifier: Apache-2.0 */
/* Items: counted wishes against what the kernel has; see items.h. */
#include "core/proxy/items.h"

#include "core/base/memory.h"

const char *const item_set_names[ITEM_CHAIN] = {
    [ITEM_CLUSTER_IP] = "cluster-ips",
    [ITEM_NODE_ADDRESS] = "node-addresses",
    [ITEM_HAIRPIN] = "hairpin",
    [ITEM_RESTRICTED] = "restricted",
    [ITEM_SOURCE] = "sources",
    [ITEM_SERVICE] = "services",
    [ITEM_NODEPORT] = "nodeports",
    [ITEM_UNSERVED] = "unserved",
    [ITEM_UNSERVED_NODEPORT] = "unserved-nodeports",
    [ITEM_ENDPOINT] = "endpoints",
    [ITEM_NODEPORT_ENDPOINT] = "nodeport-endpoints",
};

struct item {
    char *wanted, *applied; /* NULL: not; the same pointer once applied */
    unsigned refs;
    bool dirty;
    char name[]; /* a letter for the kind, then the key */
};
struct holding { /* what an owner holds */
    size_t count;
    struct item *items[];
};
struct items {
    struct map *items, *owners;
    struct item **dirty;
    size_t dirty_count, dirty_capacity;
    bool flows_dirty;
};

void wishes_add(struct wishes *w, enum item_kind kind, const char *key, const char *value)
{
    w->list = xgrow(w->list, &w->capacity, w->count + 1, sizeof(*w->list));
    w->list[w->count++] = (struct wish){kind, arena_strdup(&w->arena, key), arena_strdup(&w->arena, value)};
}

void wishes_clear(struct wishes *w)
{
    w->count = 0;
    arena_reset(&w->arena);
}

void wishes_done(struct wishes *w)
{
    free(w->list);
    arena_done(&w->arena);
    *w = (struct wishes){0};
}

static void item_free(void *p)
{
    struct item *i = p;
    if (i->applied != i->wanted)
        free(i->applied);
    free(i->wanted);
    free(i);
}

struct items *items_new(void)
{
    struct items *t = new0(struct items);
    t->items = map_new(item_free);
    t->owners = map_new(free);
    return t;
}

void items_free(struct items *t)
{
    if (!t)
        return;
    map_free(t->owners);
    map_free(t->items);
    free(t->dirty);
    free(t);
}

static enum item_kind kind_of(const struct item *i)
{
    return (enum item_kind)(i->name[0] - 'A');
}

static void mark(struct items *t, struct item *i)
{
    if (kind_of(i) == ITEM_FLOW)
        t->flows_dirty = true;
    if (i->dirty)
        return;
    i->dirty = true;
    t->dirty = xgrow(t->dirty, &t->dirty_capacity, t->dirty_count + 1, sizeof(struct item *));
    t->dirty[t->dirty_count++] = i;
}

static struct item *find(const struct items *t, enum item_kind kind, const char *key, struct buffer *name)
{
    buffer_clear(name);
    buffer_append_char(name, (char)('A' + kind));
    buffer_append_str(name, key);
    return map_get(t->items, name->data);
}

static void want(struct items *t, struct item *i, const char *value)
{
    if (i->wanted != i->applied)
        free(i->wanted);
    i->wanted = i->applied && strcmp(i->applied, value) == 0 ? i->applied : xstrdup(value);
    mark(t, i);
}

/* NULL: somebody holds it with another value. */
static struct item *hold(struct items *t, const struct wish *w, struct buffer *name)
{
    struct item *i = find(t, w->kind, w->key, name);
    if (!i) {
        i = xcalloc(1, sizeof(*i) + name->size + 1);
        memcpy(i->name, name->data, name->size + 1);
        map_set(t->items, name->data, i);
    }
    if (i->refs && strcmp(i->wanted, w->value) != 0)
        return NULL;
    if (i->refs++ == 0)
        want(t, i, w->value);
    return i;
}

static void let_go(struct items *t, struct holding *h)
{
    for (size_t n = 0; h && n < h->count; n++)
        if (--h->items[n]->refs == 0)
            mark(t, h->items[n]);
}

bool items_replace(struct items *t, const char *owner, const struct wishes *wishes)
{
    struct buffer name = BUFFER_INIT;
    let_go(t, map_get(t->owners, owner));
    bool all = true;
    if (!wishes || wishes->count == 0) {
        map_remove(t->owners, owner);
        return true;
    }
    struct holding *h = xmalloc(sizeof(*h) + wishes->count * sizeof(struct item *));
    h->count = 0;
    for (size_t n = 0; n < wishes->count; n++) {
        struct item *i = hold(t, &wishes->list[n], &name);
        if (i)
            h->items[h->count++] = i;
        all = all && i;
    }
    map_set(t->owners, owner, h);
    buffer_done(&name);
    return all;
}

static bool differs(const struct item *i)
{
    if (kind_of(i) == ITEM_FLOW || (kind_of(i) == ITEM_PICK && !i->refs))
        return false;
    return i->refs ? i->applied != i->wanted : i->applied != NULL;
}

bool items_dirty(const struct items *t)
{
    for (size_t n = 0; n < t->dirty_count; n++)
        if (differs(t->dirty[n]))
            return true;
    return false;
}

bool items_need_new_table(const struct items *t)
{
    for (size_t n = 0; n < t->dirty_count; n++)
        if (kind_of(t->dirty[n]) == ITEM_PICK && differs(t->dirty[n]))
            return true;
    return false;
}

bool items_flows_dirty(const struct items *t)
{
    return t->flows_dirty;
}

size_t items_count(const struct items *t)
{
    return map_count(t->items);
}

bool items_has(const struct items *t, enum item_kind kind, const char *key, bool or_gone)
{
    struct buffer name = BUFFER_INIT;
    const struct item *i = find(t, kind, key, &name);
    buffer_done(&name);
    return i && (i->refs || or_gone);
}

/* One command for all elements of a set that come or go. */
static void script_elements(const struct items *t, const char *table, enum item_kind kind, bool adding,
                            struct buffer *out)
{
    bool any = false;
    for (size_t n = 0; n < t->dirty_count; n++) {
        const struct item *i = t->dirty[n];
        if (kind_of(i) != kind || !differs(i) || !(adding ? i->refs > 0 : i->applied != NULL))
            continue;
        if (any)
            buffer_append_str(out, ", ");
        else
            buffer_printf(out, "%s element %s %s { ", adding ? "add" : "delete", table, item_set_names[kind]);
        any = true;
        buffer_append_str(out, i->name + 1);
        const char *value = adding ? i->wanted : i->applied;
        if (*value)
            buffer_printf(out, " : %s", value);
    }
    if (any)
        buffer_append_str(out, " }\n");
}

static void script_rules(const char *table, const struct item *i, struct buffer *out)
{
    if (i->applied)
        buffer_printf(out, "flush chain %s %s\n", table, i->name + 1);
    for (struct slice rest = slice_of(i->wanted); rest.data && rest.size;) {
        struct slice rule = slice_cut(&rest, '\n');
        buffer_printf(out, "add rule %s %s %.*s\n", table, i->name + 1, SLICE_ARG(rule));
    }
}

static void script_picks(const char *table, const struct item *i, struct buffer *out)
{
    for (struct slice rest = slice_of(i->wanted); rest.data && rest.size;) {
        struct slice rule = slice_cut(&rest, '\n');
        struct slice chain = slice_cut(&rule, ' ');
        buffer_printf(out, "add chain %s %.*s\nadd rule %s %.*s %.*s\n", table, SLICE_ARG(chain), table,
                      SLICE_ARG(chain), SLICE_ARG(rule));
    }
}

/* Chains are declared before any rule, as rules name other chains. */
static void script_made(const struct items *t, const char *table, struct buffer *out)
{
    for (int step = 0; step < 3; step++) {
        for (size_t n = 0; n < t->dirty_count; n++) {
            const struct item *i = t->dirty[n];
            if (!differs(i) || !i->refs)
                continue;
            if (step == 0 && kind_of(i) == ITEM_PICK)
                script_picks(table, i, out);
            else if (step == 0 && kind_of(i) == ITEM_SET)
                buffer_printf(out, "add set %s %s %s\n", table, i->name + 1, i->wanted);
            else if (step == 1 && kind_of(i) == ITEM_CHAIN && !i->applied)
                buffer_printf(out, "add chain %s %s\n", table, i->name + 1);
            else if (step == 2 && kind_of(i) == ITEM_CHAIN)
                script_rules(table, i, out);
        }
    }
}

/* All that go are emptied first, as their rules name one another. */
static void script_gone(const struct items *t, const char *table, struct buffer *out)
{
    static const struct {
        const char *command;
        enum item_kind kind;
    } steps[] = {{"flush chain", ITEM_CHAIN}, {"delete chain", ITEM_CHAIN}, {"delete set", ITEM_SET}};
    for (size_t step = 0; step < ARRAY_SIZE(steps); step++)
        for (size_t n = 0; n < t->dirty_count; n++)
            if (!t->dirty[n]->refs && t->dirty[n]->applied && kind_of(t->dirty[n]) == steps[step].kind)
                buffer_printf(out, "%s %s %s\n", steps[step].command, table, t->dirty[n]->name + 1);
}

void items_script(const struct items *t, const char *table, struct buffer *out)
{
    for (int kind = 0; kind < ITEM_CHAIN; kind++)
        script_elements(t, table, (enum item_kind)kind, false, out);
    script_made(t, table, out);
    for (int kind = 0; kind < ITEM_CHAIN; kind++)
        script_elements(t, table, (enum item_kind)kind, true, out);
    script_gone(t, table, out);
}

void items_applied(struct items *t)
{
    for (size_t n = 0; n < t->dirty_count; n++) {
        struct item *i = t->dirty[n];
        i->dirty = false;
        if (i->applied != i->wanted)
            free(i->applied);
        i->applied = i->wanted;
        if (!i->refs && kind_of(i) != ITEM_PICK)
            map_remove(t->items, i->name);
    }
    free(t->dirty);
    t->dirty = NULL;
    t->dirty_count = t->dirty_capacity = 0;
    t->flows_dirty = false;
}

void items_forget(struct items *t)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    while (map_next(t->items, &cursor, &key, &value)) {
        struct item *i = value;
        if (i->applied != i->wanted)
            free(i->applied);
        i->applied = NULL;
        if (i->refs || i->dirty)
            mark(t, i);
        else
            map_remove(t->items, key);
    }
}
