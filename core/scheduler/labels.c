/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: the array and, behind it, the texts. */
#include "core/scheduler/labels.h"

#include "core/base/memory.h"

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

static const char *put(char **place, struct slice text)
{
    char *at = *place;
    memcpy(at, text.data ? text.data : "", text.size);
    at[text.size] = '\0';
    *place += text.size + 1;
    return at;
}

void labels_read(struct labels *l, const struct json *object)
{
    size_t size = json_count(object) * sizeof(struct label) + 1;
    json_for_each (label, object)
        size += label->key_size + json_slice(label).size + 2;
    *l = (struct labels){.items = xmalloc(size)};
    char *place = (char *)(l->items + json_count(object));
    json_for_each (label, object) {
        const char *key = put(&place, (struct slice){label->key, label->key_size});
        l->items[l->count++] = (struct label){key, put(&place, json_slice(label))};
    }
    if (l->count)
        qsort(l->items, l->count, sizeof(*l->items), by_key);
}

void labels_done(struct labels *l)
{
    free(l->items);
    *l = (struct labels){0};
}

const char *labels_get(const struct labels *l, const char *key)
{
    const struct label wanted = {.key = key};
    const struct label *found =
        l->count ? bsearch(&wanted, l->items, l->count, sizeof(*l->items), by_key) : NULL;
    return found ? found->value : NULL;
}

static bool get_label(void *context, struct slice key, struct slice *ret_value)
{
    const struct labels *l = context;
    for (unsigned i = 0; i < l->count; i++)
        if (slice_is(key, l->items[i].key)) {
            *ret_value = slice_of(l->items[i].value);
            return true;
        }
    return false;
}

bool labels_match(const struct labels *l, const struct selector *s)
{
    return selector_matches_with(s, get_label, (void *)l);
}

bool labels_equal(const struct labels *a, const struct labels *b)
{
    for (unsigned i = 0; a->count == b->count && i < a->count; i++)
        if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
            strcmp(a->items[i].value, b->items[i].value) != 0)
            return false;
    return a->count == b->count;
}
