/* SPDX-License-Identifier: Apache-2.0 */
/* What all controllers do alike: reading from the shared informers, and queues. */
#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

void object_list_done(struct object_list *list)
{
    cached_list_free(list->cached, list->count);
    *list = (struct object_list){0};
}

struct object_list objects_by(struct informer *i, const char *prefix, const char *value)
{
    struct object_list list = {0};
    struct buffer key = BUFFER_INIT;
    buffer_append_str(&key, prefix);
    buffer_append_str(&key, value);
    list.count = informer_list_index(i, key.data, &list.cached);
    buffer_done(&key);
    return list;
}

struct object_list objects_in(struct informer *i, const char *namespace_)
{
    struct object_list list = {0};
    list.count = informer_list(i, namespace_, &list.cached);
    return list;
}

struct json *object_cached_key(struct informer *i, const char *key, struct arena *arena)
{
    _cleanup_(cleanup_cached_unref) struct cached *c = informer_get(i, key);
    return c ? cached_parse(c, arena) : NULL;
}

struct json *object_cached(struct informer *i, const char *namespace_, const char *name, struct arena *arena)
{
    if (!namespace_ || !namespace_[0])
        return object_cached_key(i, name, arena);
    return object_cached_key(i, arena_printf(arena, "%s/%s", namespace_, name), arena);
}

bool cached_differs(const struct cached *old, const struct json *document, const char *path)
{
    struct arena arena = ARENA_INIT;
    bool differs = !json_equal_semantic(json_at(cached_parse(old, &arena), path), json_at(document, path));
    arena_done(&arena);
    return differs;
}

void key_split(struct arena *arena, const char *key, const char **ret_namespace, const char **ret_name)
{
    const char *slash = strchr(key, '/');
    *ret_namespace = slash ? arena_strndup(arena, key, (size_t)(slash - key)) : "";
    *ret_name = arena_strdup(arena, slash ? slash + 1 : key);
}

bool namespace_is_terminating(const struct error *err)
{
    for (uint32_t i = 0; i < err->causes_count; i++)
        if (err->causes[i].reason && !strcmp(err->causes[i].reason, "NamespaceTerminating"))
            return true;
    return err->code == ERR_FORBIDDEN && err->message &&
           strstr(err->message, "because it is being terminated");
}

struct workqueue *controller_queue(const char *name, int64_t workers,
                                   int64_t (*reconcile)(void *self, const char *key, struct error *err),
                                   void *self)
{
    struct workqueue_config config = {.name = name,
                                      .workers = (unsigned)MAX(workers, INT64_C(1)),
                                      .reconcile = reconcile,
                                      .hopeless = namespace_is_terminating,
                                      .context = self};
    return workqueue_new(&config);
}
