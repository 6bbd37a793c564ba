/* SPDX-License-Identifier: Apache-2.0 */
/* The informer's tables: open addressing with linear probing, and removal by shifting back, so that there are
 * no tombstones. */
#include "core/client/informer-store.h"

#include "core/base/map.h"
#include "core/base/memory.h"

static uint32_t hash_of(struct slice text)
{
    return (uint32_t)hash_bytes(text.data, text.size);
}

static struct slice namespace_of(const struct cached *c)
{
    const char *slash = memchr(c->data, '/', c->key_size);
    return (struct slice){c->data, slash ? (size_t)(slash - c->data) : 0};
}

/* --- one object --- */

struct cached *cached_new(const char *key, uint64_t revision, struct slice text, const char *uid,
                          struct slice index_values)
{
    size_t key_size = strlen(key), uid_size = uid ? strlen(uid) : 0;
    size_t size = key_size + 1 + text.size + 1 + uid_size + 1 + index_values.size + 1;
    struct cached *c = xmalloc(sizeof(*c) + size);
    *c = (struct cached){
        .key_size = (uint32_t)key_size, .text_size = (uint32_t)text.size, .revision = revision};
    atomic_init(&c->refs, 1);
    c->hash = hash_of((struct slice){key, key_size});
    char *at = c->data;
    memcpy(at, key, key_size + 1);
    at += key_size + 1;
    memcpy(at, text.data, text.size);
    at[text.size] = 0;
    c->uid = at += text.size + 1;
    memcpy(at, uid ? uid : "", uid_size + 1);
    at += uid_size + 1;
    c->index_value = index_values.size ? at : NULL;
    if (index_values.size)
        memcpy(at, index_values.data, index_values.size);
    at[index_values.size] = 0;
    return c;
}

struct cached *cached_ref(struct cached *c)
{
    if (c)
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void cached_unref(struct cached *c)
{
    if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        free(c);
}

/* --- an index --- */

static struct cached **bucket_members(struct store_bucket *b)
{
    return b->capacity ? b->many : &b->one;
}

static struct store_bucket *index_find(const struct store_index *x, struct slice value, uint32_t hash)
{
    for (size_t i = hash; x->capacity; i++) {
        struct store_bucket *b = &x->slots[i & (x->capacity - 1)];
        if (!b->count)
            return NULL;
        if (b->hash == hash && b->value_size == value.size && !memcmp(b->value, value.data, value.size))
            return b;
    }
    return NULL;
}

static struct store_bucket *index_free_slot(struct store_bucket *slots, size_t capacity, uint32_t hash)
{
    size_t i = hash & (capacity - 1);
    while (slots[i].count)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void index_grow(struct store_index *x)
{
    if ((x->used + 1) * 4 <= x->capacity * 3)
        return;
    size_t capacity = x->capacity ? x->capacity * 2 : 8;
    struct store_bucket *slots = newa0(struct store_bucket, capacity);
    for (size_t i = 0; i < x->capacity; i++)
        if (x->slots[i].count)
            *index_free_slot(slots, capacity, x->slots[i].hash) = x->slots[i];
    free(x->slots);
    x->slots = slots;
    x->capacity = capacity;
}

static void bucket_append(struct store_bucket *b, struct cached *c)
{
    if (b->count == 0) {
        b->one = c;
    } else {
        if (b->count == MAX(b->capacity, 1u)) {
            uint32_t capacity = b->capacity ? b->capacity * 2 : 4;
            struct cached **many = xmalloc(capacity * sizeof(struct cached *));
            memcpy(many, bucket_members(b), b->count * sizeof(struct cached *));
            if (b->capacity)
                free(b->many);
            b->many = many;
            b->capacity = capacity;
        }
        b->many[b->count] = c;
    }
    b->count++;
}

static void index_add(struct store_index *x, struct slice value, struct cached *c)
{
    uint32_t hash = hash_of(value);
    struct store_bucket *b = index_find(x, value, hash);
    if (!b) {
        index_grow(x);
        b = index_free_slot(x->slots, x->capacity, hash);
        *b = (struct store_bucket){.value = value.data, .value_size = (uint32_t)value.size, .hash = hash};
        x->used++;
    }
    if (x->places)
        c->place = b->count;
    bucket_append(b, c);
}

static void index_remove_slot(struct store_index *x, size_t hole)
{
    size_t mask = x->capacity - 1;
    if (x->slots[hole].capacity)
        free(x->slots[hole].many);
    for (size_t i = (hole + 1) & mask; x->slots[i].count; i = (i + 1) & mask) {
        if (((i - x->slots[i].hash) & mask) < ((i - hole) & mask))
            continue;
        x->slots[hole] = x->slots[i];
        hole = i;
    }
    x->slots[hole] = (struct store_bucket){0};
    x->used--;
}

static uint32_t bucket_place(const struct store_index *x, struct store_bucket *b, const struct cached *c)
{
    if (x->places)
        return c->place;
    struct cached **members = bucket_members(b);
    uint32_t i = 0;
    while (members[i] != c)
        i++;
    return i;
}

/* Where the value's text stands in an object that has it. */
static const char *value_inside(const struct store_index *x, const struct cached *c, struct slice value)
{
    if (x->places)
        return c->data;
    const char *at = c->index_value;
    while (strlen(at) != value.size || memcmp(at, value.data, value.size) != 0)
        at += strlen(at) + 1;
    return at;
}

static void index_remove(struct store_index *x, struct slice value, struct cached *c)
{
    struct store_bucket *b = index_find(x, value, hash_of(value));
    require(b);
    if (b->count == 1) {
        index_remove_slot(x, (size_t)(b - x->slots));
        return;
    }
    struct cached **members = bucket_members(b);
    uint32_t place = bucket_place(x, b, c);
    require(members[place] == c);
    members[place] = members[--b->count];
    if (x->places)
        members[place]->place = place;
    b->value = value_inside(x, members[0], value);
}

static void index_done(struct store_index *x)
{
    for (size_t i = 0; i < x->capacity; i++)
        if (x->slots[i].capacity)
            free(x->slots[i].many);
    free(x->slots);
}

/* --- the whole --- */

void store_init(struct store *s)
{
    *s = (struct store){.by_namespace.places = true};
}

void store_done(struct store *s)
{
    index_done(&s->by_namespace);
    index_done(&s->by_value);
    for (size_t i = 0; i < s->capacity; i++)
        cached_unref(s->slots[i]);
    free(s->slots);
}

static void indexes_add(struct store *s, struct cached *c)
{
    index_add(&s->by_namespace, namespace_of(c), c);
    for (const char *v = c->index_value; v && *v; v += strlen(v) + 1)
        index_add(&s->by_value, slice_of(v), c);
}

static void indexes_remove(struct store *s, struct cached *c)
{
    index_remove(&s->by_namespace, namespace_of(c), c);
    for (const char *v = c->index_value; v && *v; v += strlen(v) + 1)
        index_remove(&s->by_value, slice_of(v), c);
}

/* The slot of the key, or the free one where it would stand. capacity is not 0. */
static size_t find_slot(struct cached *const *slots, size_t capacity, struct slice key, uint32_t hash)
{
    size_t i = hash & (capacity - 1);
    for (; slots[i]; i = (i + 1) & (capacity - 1))
        if (slots[i]->hash == hash && slots[i]->key_size == key.size &&
            !memcmp(slots[i]->data, key.data, key.size))
            break;
    return i;
}

static void grow(struct store *s)
{
    if ((s->count + 1) * 4 <= s->capacity * 3)
        return;
    size_t capacity = s->capacity ? s->capacity * 2 : 16;
    struct cached **slots = newa0(struct cached *, capacity);
    for (size_t i = 0; i < s->capacity; i++) {
        struct cached *c = s->slots[i];
        if (c)
            slots[find_slot(slots, capacity, (struct slice){c->data, c->key_size}, c->hash)] = c;
    }
    free(s->slots);
    s->slots = slots;
    s->capacity = capacity;
}

struct cached *store_get(const struct store *s, const char *key)
{
    struct slice k = slice_of(key);
    return s->capacity ? s->slots[find_slot(s->slots, s->capacity, k, hash_of(k))] : NULL;
}

struct cached *store_put(struct store *s, struct cached *c)
{
    grow(s);
    size_t slot = find_slot(s->slots, s->capacity, (struct slice){c->data, c->key_size}, c->hash);
    struct cached *old = s->slots[slot];
    if (old)
        indexes_remove(s, old);
    else
        s->count++;
    s->slots[slot] = c;
    indexes_add(s, c);
    return old;
}

struct cached *store_remove(struct store *s, const char *key)
{
    struct slice k = slice_of(key);
    if (!s->capacity)
        return NULL;
    size_t mask = s->capacity - 1, hole = find_slot(s->slots, s->capacity, k, hash_of(k));
    struct cached *old = s->slots[hole];
    if (!old)
        return NULL;
    indexes_remove(s, old);
    for (size_t i = (hole + 1) & mask; s->slots[i]; i = (i + 1) & mask) {
        if (((i - s->slots[i]->hash) & mask) < ((i - hole) & mask))
            continue;
        s->slots[hole] = s->slots[i];
        hole = i;
    }
    s->slots[hole] = NULL;
    s->count--;
    return old;
}

static size_t copy_members(struct store_bucket *b, struct cached ***ret)
{
    size_t count = b ? b->count : 0;
    *ret = newa0(struct cached *, MAX(count, (size_t)1));
    for (size_t i = 0; i < count; i++)
        (*ret)[i] = cached_ref(bucket_members(b)[i]);
    return count;
}

size_t store_list_value(const struct store *s, const char *value, struct cached ***ret)
{
    struct slice v = slice_of(value);
    return copy_members(index_find(&s->by_value, v, hash_of(v)), ret);
}

size_t store_list(const struct store *s, const char *namespace_, struct cached ***ret)
{
    if (namespace_) {
        struct slice n = slice_of(namespace_);
        return copy_members(index_find(&s->by_namespace, n, hash_of(n)), ret);
    }
    *ret = newa0(struct cached *, MAX(s->count, (size_t)1));
    size_t count = 0;
    for (size_t i = 0; i < s->capacity; i++)
        if (s->slots[i])
            (*ret)[count++] = cached_ref(s->slots[i]);
    return count;
}

struct cached *store_unseen(const struct store *s, uint32_t round, size_t *cursor)
{
    for (; *cursor < s->capacity; ++*cursor) {
        struct cached *c = s->slots[*cursor];
        if (c && c->seen != round)
            return c;
    }
    return NULL;
}
