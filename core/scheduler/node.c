/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a node's document into its compact form. */
#include "core/scheduler/node.h"

#include "core/api/quantity.h"
#include "core/base/memory.h"
#include "core/scheduler/queue.h"

static int64_t amount(const struct json *amounts, const char *name, bool milli)
{
    const char *text = json_string(json_get(amounts, name));
    return !text ? 0 : milli ? quantity_milli_of(text) : quantity_value_of(text);
}

static unsigned fill_amounts(struct node *n, const struct json *allocatable)
{
    int64_t now[AMOUNTS] = {
        [AMOUNT_CPU] = amount(allocatable, "cpu", true),
        [AMOUNT_MEMORY] = amount(allocatable, "memory", false),
        [AMOUNT_STORAGE] = amount(allocatable, "ephemeral-storage", false),
        [AMOUNT_PODS] = amount(allocatable, "pods", false),
    };
    bool same = memcmp(now, n->allocatable, sizeof(now)) == 0;
    memcpy(n->allocatable, now, sizeof(now));
    return same ? 0 : WAKE_NODE_AMOUNTS;
}

static bool is_plain(const char *name)
{
    return strcmp(name, "cpu") == 0 || strcmp(name, "memory") == 0 ||
           strcmp(name, "ephemeral-storage") == 0 || strcmp(name, "pods") == 0;
}

static unsigned fill_extended(struct node *n, const struct json *allocatable)
{
    unsigned count = 0;
    struct extended_amount *now = newa0(struct extended_amount, json_count(allocatable) + 1);
    json_for_each (a, allocatable) {
        if (!is_plain(a->key) && json_string(a))
            now[count++] = (struct extended_amount){intern((struct slice){a->key, a->key_size}),
                                                    quantity_value_of(json_string(a))};
    }
    bool same =
        count == n->extended_count && (count == 0 || memcmp(now, n->extended, count * sizeof(*now)) == 0);
    free(n->extended);
    n->extended = now;
    n->extended_count = count;
    return same ? 0 : WAKE_NODE_AMOUNTS;
}

static char *put(char **place, struct slice text)
{
    char *at = *place;
    memcpy(at, text.data ? text.data : "", text.size);
    at[text.size] = '\0';
    *place += text.size + 1;
    return at;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

static size_t text_bytes(const struct json *labels, const struct json *taints)
{
    size_t size = 1;
    json_for_each (l, labels)
        size += l->key_size + json_slice(l).size + 2;
    json_for_each (t, taints)
        size += json_slice(json_get(t, "key")).size + json_slice(json_get(t, "value")).size + 2;
    return size;
}

static bool same_labels(const struct label *a, unsigned a_count, const struct label *b, unsigned b_count)
{
    for (unsigned i = 0; a_count == b_count && i < a_count; i++)
        if (strcmp(a[i].key, b[i].key) != 0 || strcmp(a[i].value, b[i].value) != 0)
            return false;
    return a_count == b_count;
}

static bool same_taints(const struct taint *a, unsigned a_count, const struct taint *b, unsigned b_count)
{
    for (unsigned i = 0; a_count == b_count && i < a_count; i++)
        if (a[i].effect != b[i].effect || strcmp(a[i].key, b[i].key) != 0 ||
            strcmp(a[i].value, b[i].value) != 0)
            return false;
    return a_count == b_count;
}

static char effect_of(const char *text)
{
    return strcmp(text, "NoExecute") == 0 ? 'E' : strcmp(text, "PreferNoSchedule") == 0 ? 'P' : 'S';
}

/* Labels and taints share one block of text. */
static unsigned fill_texts(struct node *n, const struct json *labels, const struct json *taints)
{
    char *memory = xmalloc(text_bytes(labels, taints)), *place = memory;
    struct label *new_labels = newa0(struct label, json_count(labels) + 1);
    struct taint *new_taints = newa0(struct taint, json_count(taints) + 1);
    unsigned labels_count = 0, taints_count = 0, changes = 0;
    json_for_each (l, labels) {
        char *key = put(&place, (struct slice){l->key, l->key_size});
        new_labels[labels_count++] = (struct label){key, put(&place, json_slice(l))};
    }
    json_for_each (t, taints) {
        char *key = put(&place, json_slice(json_get(t, "key")));
        new_taints[taints_count++] = (struct taint){key, put(&place, json_slice(json_get(t, "value"))),
                                                    effect_of(json_string_or(json_get(t, "effect"), ""))};
    }
    qsort(new_labels, labels_count, sizeof(*new_labels), by_key);
    changes |= same_labels(new_labels, labels_count, n->labels, n->labels_count) ? 0 : WAKE_NODE_LABELS;
    changes |= same_taints(new_taints, taints_count, n->taints, n->taints_count) ? 0 : WAKE_NODE_TAINTS;
    free(n->labels);
    free(n->taints);
    free(n->memory);
    n->labels = new_labels;
    n->labels_count = labels_count;
    n->taints = new_taints;
    n->taints_count = taints_count;
    n->memory = memory;
    return changes;
}

static void fill_images(struct node *n, const struct json *images)
{
    size_t names = 0;
    json_for_each (image, images)
        names += json_count(json_get(image, "names"));
    free(n->images);
    n->images = newa0(struct node_image, names + 1);
    n->images_count = 0;
    json_for_each (image, images) {
        json_for_each (name, json_get(image, "names")) {
            if (json_string(name))
                n->images[n->images_count++] = (struct node_image){
                    intern(json_slice(name)), json_integer_or(json_get(image, "sizeBytes"), 0)};
        }
    }
}

unsigned node_fill(struct node *n, const struct json *document)
{
    const struct json *allocatable = json_at(document, "status.allocatable");
    bool unschedulable = json_boolean_at(document, "spec.unschedulable", false);
    unsigned changes = n->unschedulable != unschedulable ? WAKE_NODE_TAINTS : 0;
    n->unschedulable = unschedulable;
    changes |= fill_amounts(n, allocatable) | fill_extended(n, allocatable);
    changes |= fill_texts(n, json_at(document, "metadata.labels"), json_at(document, "spec.taints"));
    fill_images(n, json_at(document, "status.images"));
    return changes;
}

void node_free(void *node)
{
    struct node *n = node;
    free(n->name);
    free(n->extended);
    free(n->extended_used);
    free(n->taints);
    free(n->labels);
    free(n->images);
    free(n->ports);
    free(n->memory);
    free(n);
}

const char *node_label(const struct node *n, const char *key)
{
    const struct label wanted = {.key = key};
    const struct label *found =
        n->labels_count ? bsearch(&wanted, n->labels, n->labels_count, sizeof(*n->labels), by_key) : NULL;
    return found ? found->value : NULL;
}

int64_t node_extended(const struct node *n, const char *name, int64_t *ret_used)
{
    *ret_used = 0;
    for (unsigned i = 0; i < n->extended_used_count; i++)
        if (n->extended_used[i].name == name)
            *ret_used = n->extended_used[i].amount;
    for (unsigned i = 0; i < n->extended_count; i++)
        if (n->extended[i].name == name)
            return n->extended[i].amount;
    return 0;
}
