/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of pods: the table of those in use, and reading one out of a pod. The text that names a class is
 * the pod's own, without what differs from replica to replica; parsed again it is the class' document. */
#include "core/scheduler/class.h"

#include <pthread.h>

#include "core/api/object.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/scheduler/class-private.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* classes, and references that become none */
static struct map *classes;                              /* text → struct pod_class */

static const char *const spec_members[] = {
    "schedulerName", "priority",        "preemptionPolicy", "tolerations", "nodeSelector",
    "affinity",      "schedulingGates", "overhead",         "resources",   "topologySpreadConstraints"};
static const char *const container_members[] = {"image", "resources", "ports", "restartPolicy"};

static void write_members(struct buffer *out, const struct json *object, const char *const *names,
                          size_t count)
{
    bool first = true;
    buffer_append_char(out, '{');
    for (size_t i = 0; i < count; i++) {
        const struct json *member = json_get(object, names[i]);
        if (!member)
            continue;
        buffer_append_str(out, first ? "\"" : ",\"");
        buffer_append_str(out, names[i]);
        buffer_append_str(out, "\":");
        json_write(out, member);
        first = false;
    }
    buffer_append_char(out, '}');
}

static void write_containers(struct buffer *out, const char *name, const struct json *containers)
{
    buffer_append_str(out, name);
    json_for_each (c, containers) {
        if (c != containers->first)
            buffer_append_char(out, ',');
        write_members(out, c, container_members, ARRAY_SIZE(container_members));
    }
    buffer_append_char(out, ']');
}

/* Replicas are spread by default, so whose replica a pod is makes a class. */
static void write_owner(struct buffer *out, const struct json *pod)
{
    static const char *const kinds[] = {"ReplicaSet", "StatefulSet", "ReplicationController"};
    const struct json *owner = object_controller(pod);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(json_string_or(json_get(owner, "kind"), ""), kinds[i]) == 0) {
            buffer_append_str(out, ",\"owner\":");
            json_write_string(out, json_slice(json_get(owner, "uid")));
        }
}

static void write_class(struct buffer *out, const struct json *pod)
{
    static const char *const metadata[] = {"namespace", "labels"};
    const struct json *spec = json_get(pod, "spec");
    buffer_append_str(out, "{\"metadata\":");
    write_members(out, json_get(pod, "metadata"), metadata, ARRAY_SIZE(metadata));
    write_owner(out, pod);
    buffer_append_str(out, ",\"spec\":");
    write_members(out, spec, spec_members, ARRAY_SIZE(spec_members));
    out->size--; /* the closing brace: containers follow */
    write_containers(out, out->data[out->size - 1] == '{' ? "\"containers\":[" : ",\"containers\":[",
                     json_get(spec, "containers"));
    write_containers(out, ",\"initContainers\":[", json_get(spec, "initContainers"));
    buffer_append_str(out, "}}");
}

static struct pod_class *class_new(struct slice text)
{
    struct pod_class *c = new0(struct pod_class);
    struct json *document = NULL;
    atomic_init(&c->refs, 1);
    c->text = (struct slice){arena_strndup(&c->arena, text.data, text.size), text.size};
    int rc = json_parse(&c->arena, c->text, &document, NULL);
    require(rc == 0);
    class_fill(c, document);
    return c;
}

static void class_free(struct pod_class *c)
{
    struct affinity_terms *lists[] = {&c->affinity, &c->anti_affinity, &c->preferred};
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
        for (unsigned i = 0; i < lists[l]->count; i++) {
            selector_free(lists[l]->items[i].selector);
            selector_free(lists[l]->items[i].namespace_selector);
        }
    for (unsigned i = 0; i < c->spread_count; i++)
        selector_free(c->spread[i].selector); /* NULL is fine */
    labels_done(&c->labels);
    arena_done(&c->arena);
    free(c);
}

struct pod_class *pod_class_of(const struct json *pod)
{
    struct buffer text = BUFFER_INIT;
    write_class(&text, pod);
    struct slice key = {text.data, text.size};
    pthread_mutex_lock(&lock);
    if (!classes)
        classes = map_new(NULL);
    struct pod_class *c = pod_class_ref(map_get_slice(classes, key));
    if (!c) {
        c = class_new(key);
        map_set_slice(classes, c->text, c);
    }
    pthread_mutex_unlock(&lock);
    buffer_done(&text);
    return c;
}

struct pod_class *pod_class_ref(struct pod_class *c)
{
    if (c)
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void pod_class_unref(struct pod_class *c)
{
    if (!c)
        return;
    /* Under the lock, so that nobody finds in the table what is about to go. */
    pthread_mutex_lock(&lock);
    bool last = atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1;
    if (last) {
        char *key = xstrndup(c->text.data, c->text.size);
        map_remove(classes, key);
        free(key);
    }
    if (classes && map_count(classes) == 0) {
        map_free(classes);
        classes = NULL;
    }
    pthread_mutex_unlock(&lock);
    if (last)
        class_free(c);
}

uint64_t image_hash(struct slice name)
{
    return hash_bytes(name.data, name.size);
}
