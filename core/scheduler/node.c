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

static bool is_plain(const char *name)
{
    return strcmp(name, "cpu") == 0 || strcmp(name, "memory") == 0 ||
           strcmp(name, "ephemeral-storage") == 0 || strcmp(name, "pods") == 0;
}

static void read_amounts(struct node_facts *f, const struct json *allocatable)
{
    f->allocatable[AMOUNT_CPU] = amount(allocatable, "cpu", true);
    f->allocatable[AMOUNT_MEMORY] = amount(allocatable, "memory", false);
    f->allocatable[AMOUNT_STORAGE] = amount(allocatable, "ephemeral-storage", false);
    f->allocatable[AMOUNT_PODS] = amount(allocatable, "pods", false);
    f->extended = newa0(struct extended_amount, json_count(allocatable) + 1);
    json_for_each (a, allocatable) {
        if (!is_plain(a->key) && json_string(a))
            f->extended[f->extended_count++] = (struct extended_amount){
                intern((struct slice){a->key, a->key_size}), quantity_value_of(json_string(a))};
    }
}

static char *put(char **place, struct slice text)
{
    char *at = *place;
    memcpy(at, text.data ? text.data : "", text.size);
    at[text.size] = '\0';
    *place += text.size + 1;
    return at;
}

static void read_taints(struct node_facts *f, const struct json *taints)
{
    size_t size = 1;
    json_for_each (t, taints)
        size += json_slice(json_get(t, "key")).size + json_slice(json_get(t, "value")).size + 2;
    char *place = f->memory = xmalloc(size);
    f->taints = newa0(struct taint, json_count(taints) + 1);
    json_for_each (t, taints) {
        char *key = put(&place, json_slice(json_get(t, "key")));
        f->taints[f->taints_count++] =
            (struct taint){key, put(&place, json_slice(json_get(t, "value"))),
                           taint_effect(json_string_or(json_get(t, "effect"), ""))};
    }
}

static void read_images(struct node_facts *f, const struct json *images)
{
    size_t names = 0;
    json_for_each (image, images)
        names += json_count(json_get(image, "names"));
    f->images = newa0(struct node_image, names + 1);
    json_for_each (image, images) {
        json_for_each (name, json_get(image, "names")) {
            if (json_string(name))
                f->images[f->images_count++] = (struct node_image){
                    image_hash(json_slice(name)), json_integer_or(json_get(image, "sizeBytes"), 0)};
        }
    }
}

void node_facts_read(struct node_facts *f, const struct json *document)
{
    *f = (struct node_facts){.unschedulable = json_boolean_at(document, "spec.unschedulable", false)};
    read_amounts(f, json_at(document, "status.allocatable"));
    labels_read(&f->labels, json_at(document, "metadata.labels"));
    read_taints(f, json_at(document, "spec.taints"));
    read_images(f, json_at(document, "status.images"));
}

static bool same_taints(const struct node_facts *a, const struct node_facts *b)
{
    for (unsigned i = 0; a->taints_count == b->taints_count && i < a->taints_count; i++)
        if (a->taints[i].effect != b->taints[i].effect || strcmp(a->taints[i].key, b->taints[i].key) != 0 ||
            strcmp(a->taints[i].value, b->taints[i].value) != 0)
            return false;
    return a->taints_count == b->taints_count;
}

static bool same_amounts(const struct node_facts *a, const struct node_facts *b)
{
    return memcmp(a->allocatable, b->allocatable, sizeof(a->allocatable)) == 0 &&
           a->extended_count == b->extended_count &&
           (a->extended_count == 0 ||
            memcmp(a->extended, b->extended, a->extended_count * sizeof(*a->extended)) == 0);
}

unsigned node_facts_compare(const struct node_facts *before, const struct node_facts *now)
{
    bool taints = before->unschedulable == now->unschedulable && same_taints(before, now);
    return (same_amounts(before, now) ? 0 : WAKE_NODE_AMOUNTS) |
           (labels_equal(&before->labels, &now->labels) ? 0 : WAKE_NODE_LABELS) |
           (taints ? 0 : WAKE_NODE_TAINTS);
}

void node_facts_done(struct node_facts *f)
{
    free(f->extended);
    free(f->taints);
    labels_done(&f->labels);
    free(f->images);
    free(f->memory);
    *f = (struct node_facts){0};
}
