/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of watches, and the index over them. */
#include "core/apiserver/watch-kind.h"

#include <stdio.h>

#include "core/base/memory.h"

enum { INDEX_KEY_MAX = 640 };

/* Kinds with one index key. */
struct kind_chain {
    struct list kinds;
};

void watch_kinds_init(struct watch_kinds *kinds)
{
    *kinds = (struct watch_kinds){.by_identity = map_new(NULL), .indexed = map_new(free)};
    list_init(&kinds->general);
}

void watch_kinds_done(struct watch_kinds *kinds)
{
    map_free(kinds->by_identity);
    map_free(kinds->indexed);
}

/* The number of the field that the selector wants to be one value; MATCH_NAME for one name of one namespace;
 * -3: nothing to index by. */
static int index_field(const struct watch_kind *kind, struct slice *ret_value)
{
    for (unsigned i = 0; i < kind->match.terms_count; i++) {
        const struct match_term *t = &kind->match.terms[i];
        bool whole_key = t->field == MATCH_NAME && (kind->prefix_size || !kind->form.resource->namespaced);
        if (t->negate || (t->field < 0 && !whole_key) ||
            t->field >= (int)ARRAY_SIZE(((struct watch_kinds *)0)->fields_used))
            continue;
        *ret_value = t->value;
        return t->field;
    }
    return -3;
}

static size_t index_key(char out[INDEX_KEY_MAX], int field, struct slice prefix, struct slice value)
{
    int size = snprintf(out, INDEX_KEY_MAX, "%d:%.*s%.*s", field, SLICE_ARG(prefix), SLICE_ARG(value));
    return size > 0 && size < INDEX_KEY_MAX ? (size_t)size : 0;
}

static void link_kind(struct watch_kinds *kinds, struct watch_kind *kind)
{
    char key[INDEX_KEY_MAX];
    struct slice value;
    int field = index_field(kind, &value);
    struct slice prefix = field == MATCH_NAME ? (struct slice){kind->prefix, kind->prefix_size} : SLICE("");
    size_t size = field == -3 ? 0 : index_key(key, field, prefix, value);
    if (!size) {
        list_append(&kinds->general, &kind->link);
        return;
    }
    kind->index = xstrndup(key, size);
    struct kind_chain *chain = map_get(kinds->indexed, kind->index);
    if (!chain) {
        chain = new0(struct kind_chain);
        list_init(&chain->kinds);
        map_set(kinds->indexed, kind->index, chain);
    }
    if (field >= 0)
        kinds->fields_used[field]++;
    list_append(&chain->kinds, &kind->link);
}

static void unlink_kind(struct watch_kinds *kinds, struct watch_kind *kind)
{
    struct slice value;
    list_remove(&kind->link);
    if (!kind->index)
        return;
    int field = index_field(kind, &value);
    if (field >= 0)
        kinds->fields_used[field]--;
    struct kind_chain *chain = map_get(kinds->indexed, kind->index);
    if (list_empty(&chain->kinds))
        map_remove(kinds->indexed, kind->index);
}

/* With the lengths of the texts, so that no text can pretend to be two. */
static char *identity_of(const struct watch_kind_key *k)
{
    const char *labels = k->label_selector ? k->label_selector : "";
    const char *fields = k->field_selector ? k->field_selector : "";
    return xasprintf("%s/%s/%d%d%d%d%d/%s/%zu:%s/%zu:%s", k->resource->group, k->resource->version,
                     (int)k->output->media, (int)k->output->shape, (int)k->output->v1beta1,
                     (int)k->output->rows, (int)k->output->framed, k->namespace_, strlen(labels), labels,
                     strlen(fields), fields);
}

struct watch_kind *watch_kind_get(struct watch_kinds *kinds, const struct watch_kind_key *key,
                                  struct error *err)
{
    _cleanup_free_ char *identity = identity_of(key);
    struct watch_kind *kind = map_get(kinds->by_identity, identity);
    struct match match;
    if (kind) {
        kind->watches++;
        return kind;
    }
    if (match_parse(&match, key->resource, key->fields, key->label_selector, key->field_selector, err) < 0)
        return NULL;
    kind = new0(struct watch_kind);
    watch_form_init(&kind->form, key->resource, key->output);
    kind->match = match;
    kind->prefix = *key->namespace_ ? xasprintf("%s/", key->namespace_) : xstrdup("");
    kind->prefix_size = strlen(kind->prefix);
    kind->identity = TAKE_PTR(identity);
    kind->watches = 1;
    list_init(&kind->live);
    list_init(&kind->hit_link);
    map_set(kinds->by_identity, kind->identity, kind);
    link_kind(kinds, kind);
    return kind;
}

void watch_kind_put(struct watch_kinds *kinds, struct watch_kind *kind)
{
    if (--kind->watches)
        return;
    unlink_kind(kinds, kind);
    map_remove(kinds->by_identity, kind->identity);
    list_remove(&kind->hit_link);
    watch_form_done(&kind->form);
    match_done(&kind->match);
    free(kind->prefix);
    free(kind->identity);
    free(kind->index);
    free(kind->hits);
    free(kind);
}

static void hit_chain(struct watch_kinds *kinds, struct slice key, size_t change, struct list *hit)
{
    struct kind_chain *chain = map_get_slice(kinds->indexed, key);
    for (struct list *link = chain ? chain->kinds.next : NULL; chain && link != &chain->kinds;
         link = link->next) {
        struct watch_kind *kind = list_entry(link, struct watch_kind, link);
        if (kind->hits_count && kind->hits[kind->hits_count - 1] == change)
            continue;
        if (!kind->hits_count)
            list_append(hit, &kind->hit_link);
        kind->hits = xgrow(kind->hits, &kind->hits_capacity, kind->hits_count + 1, sizeof(kind->hits[0]));
        kind->hits[kind->hits_count++] = change;
    }
}

static void hit_object(struct watch_kinds *kinds, const struct object *o, size_t change, struct list *hit)
{
    char key[INDEX_KEY_MAX];
    size_t size = index_key(key, MATCH_NAME, SLICE(""), stored_key(o));
    hit_chain(kinds, (struct slice){key, size}, change, hit);
    for (int field = 0; field < (int)o->fields_count && field < (int)ARRAY_SIZE(kinds->fields_used);
         field++) {
        if (!kinds->fields_used[field])
            continue;
        size = index_key(key, field, SLICE(""), stored_field(o, (unsigned)field));
        hit_chain(kinds, (struct slice){key, size}, change, hit);
    }
}

void watch_kinds_find(struct watch_kinds *kinds, const struct change *changes, size_t count, struct list *hit)
{
    if (!map_count(kinds->indexed))
        return;
    for (size_t i = 0; i < count; i++) {
        if (changes[i].old)
            hit_object(kinds, changes[i].old, i, hit);
        if (changes[i].new_)
            hit_object(kinds, changes[i].new_, i, hit);
    }
}

void watch_kind_forget(struct watch_kind *kind)
{
    kind->hits_count = 0;
    list_remove(&kind->hit_link);
}

bool watch_wants(const struct watch_kind *kind, const struct object *o)
{
    if (!o || (kind->prefix_size &&
               (o->key_size < kind->prefix_size || memcmp(o->data, kind->prefix, kind->prefix_size) != 0)))
        return false;
    return match_object(&kind->match, o);
}

enum watch_type watch_translate(const struct watch_kind *kind, const struct change *change,
                                const struct object **ret_object)
{
    bool before = watch_wants(kind, change->old), after = watch_wants(kind, change->new_);
    *ret_object = after ? change->new_ : change->old;
    if (after)
        return before ? WATCH_MODIFIED : WATCH_ADDED;
    return before ? WATCH_DELETED : WATCH_NONE;
}
