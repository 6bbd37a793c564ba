/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes objects as plugins read them: by path, so that no struct of an API type ever crosses the ABI.
 * Reading a document that nobody changes needs no lock; only texts that have to be rendered (a member that is
 * not a string) are kept in the handle's arena under its own.
 */
#include <pthread.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/plugin/instance.h"
#include "core/plugin/isolate-frame.h"

struct keelson_object {
    const struct json *root;
    pthread_mutex_t lock; /* rendered */
    struct arena rendered;
};

struct keelson_object *plugin_object_new(const struct json *object)
{
    struct keelson_object *o = new0(struct keelson_object);
    o->root = object;
    pthread_mutex_init(&o->lock, NULL);
    return o;
}

void plugin_object_free(struct keelson_object *o)
{
    if (!o)
        return;
    arena_done(&o->rendered);
    pthread_mutex_destroy(&o->lock);
    free(o);
}

void plugin_object_write(const struct keelson_object *o, struct buffer *out)
{
    struct buffer text = BUFFER_INIT;
    json_write(&text, o->root);
    frame_put_bytes(out, (struct keelson_bytes){text.data, text.size});
    buffer_done(&text);
}

static const struct json *step(const struct json *value, struct slice key)
{
    uint64_t index;
    if (json_is(value, JSON_ARRAY))
        return parse_u64(key, UINT32_MAX, &index) ? json_element(value, (uint32_t)index) : NULL;
    return json_get_slice(value, key);
}

/* "a.b[key with.dots/and slashes][0].c"; NULL when any step is absent. */
static const struct json *walk(const struct json *value, const char *path)
{
    const char *p = path ? path : "";
    while (value && *p) {
        size_t n;
        if (*p == '[') {
            n = strcspn(++p, "]");
            value = step(value, (struct slice){p, n});
            p += n + (p[n] == ']');
        } else {
            n = strcspn(p, ".[");
            value = step(value, (struct slice){p, n});
            p += n;
        }
        p += *p == '.';
    }
    return json_is_absent(value) ? NULL : value;
}

static enum keelson_status object_string(const struct keelson_object *object, const char *path,
                                         struct keelson_bytes *ret)
{
    const struct json *v = walk(object->root, path);
    if (!v)
        return KEELSON_NOT_FOUND;
    if (!json_is(v, JSON_STRING))
        return KEELSON_INVALID;
    *ret = (struct keelson_bytes){v->string, v->size};
    return KEELSON_OK;
}

static enum keelson_status object_integer(const struct keelson_object *object, const char *path, int64_t *ret)
{
    const struct json *v = walk(object->root, path);
    if (!v)
        return KEELSON_NOT_FOUND;
    if (!json_is(v, JSON_INT))
        return KEELSON_INVALID;
    *ret = v->integer;
    return KEELSON_OK;
}

static enum keelson_status object_boolean(const struct keelson_object *object, const char *path, int *ret)
{
    const struct json *v = walk(object->root, path);
    if (!v)
        return KEELSON_NOT_FOUND;
    if (!json_is(v, JSON_BOOL))
        return KEELSON_INVALID;
    *ret = v->boolean;
    return KEELSON_OK;
}

static enum keelson_status object_length(const struct keelson_object *object, const char *path, uint32_t *ret)
{
    const struct json *v = walk(object->root, path);
    if (!v)
        return KEELSON_NOT_FOUND;
    if (!json_is(v, JSON_ARRAY) && !json_is(v, JSON_OBJECT))
        return KEELSON_INVALID;
    *ret = v->size;
    return KEELSON_OK;
}

static struct keelson_bytes render(const struct keelson_object *object, const struct json *value)
{
    struct keelson_object *o = (struct keelson_object *)object;
    struct buffer text = BUFFER_INIT;
    json_write(&text, value);
    pthread_mutex_lock(&o->lock);
    struct keelson_bytes kept = {arena_strndup(&o->rendered, text.data, text.size), text.size};
    pthread_mutex_unlock(&o->lock);
    buffer_done(&text);
    return kept;
}

static enum keelson_status object_member(const struct keelson_object *object, const char *path,
                                         uint32_t index, struct keelson_bytes *ret_key,
                                         struct keelson_bytes *ret_value_text)
{
    const struct json *v = walk(object->root, path);
    if (!v)
        return KEELSON_NOT_FOUND;
    if (!json_is(v, JSON_OBJECT))
        return KEELSON_INVALID;
    json_for_each (member, v) {
        if (index-- > 0)
            continue;
        *ret_key = (struct keelson_bytes){member->key, member->key_size};
        *ret_value_text = json_is(member, JSON_STRING) ? (struct keelson_bytes){member->string, member->size}
                                                       : render(object, member);
        return KEELSON_OK;
    }
    return KEELSON_NOT_FOUND;
}

static enum keelson_status object_json(const struct keelson_object *object, const char *path,
                                       struct keelson_bytes *ret)
{
    const struct json *v = walk(object->root, path);
    if (!v)
        return KEELSON_NOT_FOUND;
    *ret = render(object, v);
    return KEELSON_OK;
}

void host_table_fill_objects(struct keelson_host *table)
{
    table->object_string = object_string;
    table->object_integer = object_integer;
    table->object_boolean = object_boolean;
    table->object_length = object_length;
    table->object_member = object_member;
    table->object_json = object_json;
}
