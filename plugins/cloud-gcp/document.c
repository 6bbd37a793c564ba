/* SPDX-License-Identifier: Apache-2.0 */
/* See document.h. */
#include "plugins/cloud-gcp/document.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32

void free_text(char **text)
{
    free(*text);
}

void free_document(json_object **document)
{
    json_object_put(*document);
}

json_object *document_parse(const char *text, size_t size)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    if (!tokener || size > INT32_MAX - 1) {
        if (tokener)
            json_tokener_free(tokener);
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *o = json_tokener_parse_ex(tokener, text, (int)size);
    size_t end = json_tokener_get_parse_end(tokener);
    bool good = o && json_tokener_get_error(tokener) == json_tokener_success &&
                json_object_is_type(o, json_type_object);
    while (good && end < size && memchr(" \t\r\n", text[end], 4))
        end++;
    json_tokener_free(tokener);
    if (good && end == size)
        return o;
    json_object_put(o);
    return NULL;
}

static json_object *member(json_object *o, const char *key, json_type type)
{
    json_object *value = NULL;
    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &value))
        return NULL;
    return json_object_is_type(value, type) ? value : NULL;
}

const char *document_text(json_object *o, const char *key)
{
    json_object *value = member(o, key, json_type_string);
    return value ? json_object_get_string(value) : NULL;
}

json_object *document_object(json_object *o, const char *key)
{
    return member(o, key, json_type_object);
}

json_object *document_array(json_object *o, const char *key)
{
    return member(o, key, json_type_array);
}

json_object *document_element(json_object *array, size_t index, json_type type)
{
    json_object *value =
        json_object_is_type(array, json_type_array) ? json_object_array_get_idx(array, index) : NULL;
    return json_object_is_type(value, type) ? value : NULL;
}

size_t document_length(json_object *array)
{
    return array ? json_object_array_length(array) : 0;
}

const char *link_path(const char *link)
{
    const char *path = strstr(link, "/projects/");
    return path ? path + 1 : link;
}

const char *link_last(const char *link)
{
    const char *slash = strrchr(link, '/');
    return slash ? slash + 1 : link;
}

bool link_part(const char *link, const char *collection, char *ret, size_t size)
{
    const char *path = link_path(link);
    size_t length = strlen(collection);
    for (const char *at = strstr(path, collection); at; at = strstr(at + 1, collection)) {
        if ((at != path && at[-1] != '/') || at[length] != '/')
            continue;
        const char *part = at + length + 1;
        size_t part_size = strcspn(part, "/");
        if (part_size == 0 || part_size >= size)
            return false;
        memcpy(ret, part, part_size);
        ret[part_size] = '\0';
        return true;
    }
    return false;
}

static bool set_covers(json_object *have, json_object *want)
{
    size_t count = document_length(want);
    if (!json_object_is_type(have, json_type_array))
        return count == 0 && !have;
    if (document_length(have) != count)
        return false;
    for (size_t w = 0; w < count; w++) {
        bool found = false;
        for (size_t h = 0; h < count && !found; h++)
            found = document_covers(json_object_array_get_idx(have, h), json_object_array_get_idx(want, w));
        if (!found)
            return false;
    }
    return true;
}

/* Both say the same, or one says nothing. */
static bool same_prefix(const char *a, const char *b)
{
    const char *x = strchr(a, '/'), *y = strchr(b, '/');
    return !x || !y || strcmp(x, y) == 0;
}

/* Google writes IPv6 addresses and ranges in full, we in short; and an address with the length of its range
 * where we may give it without. */
static bool same_v6(const char *a, const char *b)
{
    char texts[2][INET6_ADDRSTRLEN];
    unsigned char raw[2][16];
    const char *given[2] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strcspn(given[i], "/");
        if (size >= sizeof(texts[i]))
            return false;
        memcpy(texts[i], given[i], size);
        texts[i][size] = '\0';
        if (inet_pton(AF_INET6, texts[i], raw[i]) != 1)
            return false;
    }
    return memcmp(raw[0], raw[1], 16) == 0 && same_prefix(a, b);
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(link_path(a), link_path(b)) == 0 || same_v6(a, b);
}

bool document_covers(json_object *have, json_object *want)
{
    if (json_object_is_type(want, json_type_array))
        return set_covers(have, want);
    if (json_object_is_type(want, json_type_boolean) && !json_object_get_boolean(want))
        return !have || (json_object_is_type(have, json_type_boolean) && !json_object_get_boolean(have));
    if (!json_object_is_type(want, json_type_object))
        return have && same_text(json_object_get_string(have), json_object_get_string(want));
    json_object_object_foreach(want, key, value)
    {
        json_object *other = NULL;
        if (json_object_is_type(have, json_type_object))
            json_object_object_get_ex(have, key, &other);
        if (!document_covers(other, value))
            return false;
    }
    return true;
}
