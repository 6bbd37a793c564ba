/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fieldRef and resourceFieldRef. The paths are a table: each is a place in the pod's document, and the two
 * maps of metadata can be asked for as a whole or by key. What a path means is upstream's (the downward API),
 * including how a whole map is written.
 */
#include "core/kubelet/field-ref.h"

#include <string.h>

#include "core/api/object.h"
#include "core/api/quantity.h"
#include "core/base/memory.h"

static const struct {
    const char *path, *place; /* place: of json_at */
    const char *list;         /* of objects: the member to join with commas; NULL: a scalar */
} fields[] = {
    {"metadata.name", "metadata.name", NULL},
    {"metadata.namespace", "metadata.namespace", NULL},
    {"metadata.uid", "metadata.uid", NULL},
    {"spec.nodeName", "spec.nodeName", NULL},
    {"spec.serviceAccountName", "spec.serviceAccountName", NULL},
    {"status.podIP", "status.podIP", NULL},
    {"status.hostIP", "status.hostIP", NULL},
    {"status.podIPs", "status.podIPs", "ip"},
    {"status.hostIPs", "status.hostIPs", "ip"},
};

/* As a quoted string of Go: labels and annotations are read back by programs written for that form. */
static void quote(struct buffer *out, struct slice text)
{
    static const char plain[] = "abtnvfr";
    static const char codes[] = "\a\b\t\n\v\f\r";
    buffer_append_char(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        const char *code = c ? strchr(codes, c) : NULL;
        if (code)
            buffer_printf(out, "\\%c", plain[code - codes]);
        else if (c == '"' || c == '\\')
            buffer_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            buffer_printf(out, "\\x%02x", c);
        else
            buffer_append_char(out, (char)c);
    }
    buffer_append_char(out, '"');
}

static int compare_members(const void *a, const void *b)
{
    return strcmp((*(struct json *const *)a)->key, (*(struct json *const *)b)->key);
}

static const char *whole_map(struct arena *arena, const struct json *map)
{
    struct json **members = arena_alloc(arena, (json_count(map) + 1) * sizeof(struct json *));
    size_t count = 0;
    struct buffer out = BUFFER_INIT;
    json_for_each (member, map)
        members[count++] = member;
    qsort(members, count, sizeof(*members), compare_members);
    for (size_t i = 0; i < count; i++) {
        buffer_printf(&out, "%s%s=", i ? "\n" : "", members[i]->key);
        quote(&out, json_slice(members[i]));
    }
    const char *text = arena_strndup(arena, out.size ? out.data : "", out.size);
    buffer_done(&out);
    return text;
}

static const char *joined(struct arena *arena, const struct json *list, const char *member)
{
    struct buffer out = BUFFER_INIT;
    json_for_each (item, list)
        buffer_printf(&out, "%s%s", out.size ? "," : "", json_string_or(json_get(item, member), ""));
    const char *text = arena_strndup(arena, out.size ? out.data : "", out.size);
    buffer_done(&out);
    return text;
}

/* "metadata.labels" and "metadata.labels['key']" */
static bool map_value(struct arena *arena, const struct json *pod, struct slice path, const char **ret)
{
    static const char *const maps[] = {"labels", "annotations"};
    for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
        const char *prefix = arena_printf(arena, "metadata.%s", maps[i]);
        const struct json *map = json_get(json_get(pod, "metadata"), maps[i]);
        if (!slice_starts(path, prefix))
            continue;
        struct slice rest = {path.data + strlen(prefix), path.size - strlen(prefix)};
        if (!rest.size) {
            *ret = whole_map(arena, map);
            return true;
        }
        if (!slice_starts(rest, "['") || !slice_ends(rest, "']") || rest.size < 5)
            continue;
        struct slice key = {rest.data + 2, rest.size - 4};
        *ret = json_string_or(json_get_slice(map, key), "");
        return true;
    }
    return false;
}

int field_ref_value(struct arena *arena, const struct json *pod, const char *field_path, const char **ret,
                    struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (strcmp(field_path, fields[i].path) != 0)
            continue;
        const struct json *value = json_at(pod, fields[i].place);
        *ret = fields[i].list ? joined(arena, value, fields[i].list) : json_string_or(value, "");
        return 0;
    }
    if (map_value(arena, pod, slice_of(field_path), ret))
        return 0;
    return error_set(err, ERR_BAD_REQUEST, "unsupported fieldPath: %s", field_path);
}

/* The amount, in thousandths for CPU. Limits that are absent are what the node has. */
static int64_t amount_of(const struct json *container, const char *list, const char *name,
                         int64_t node_cpu_milli, int64_t node_memory_bytes)
{
    bool cpu = strcmp(name, "cpu") == 0;
    const char *text = json_string(json_get(json_get(json_get(container, "resources"), list), name));
    if (text)
        return cpu ? quantity_milli_of(text) : quantity_value_of(text);
    if (strcmp(list, "limits") != 0)
        return 0;
    return cpu ? node_cpu_milli : strcmp(name, "memory") == 0 ? node_memory_bytes : 0;
}

int resource_field_ref_value(struct arena *arena, const struct json *container, const char *resource,
                             const char *divisor, int64_t node_cpu_milli, int64_t node_memory_bytes,
                             const char **ret, struct error *err)
{
    struct slice rest = slice_of(resource);
    struct slice list = slice_cut(&rest, '.');
    const char *name = rest.data ? arena_strndup(arena, rest.data, rest.size) : "";
    bool cpu = strcmp(name, "cpu") == 0;
    if ((!slice_is(list, "limits") && !slice_is(list, "requests")) ||
        (!cpu && strcmp(name, "memory") != 0 && strcmp(name, "ephemeral-storage") != 0 &&
         strncmp(name, "hugepages-", 10) != 0))
        return error_set(err, ERR_BAD_REQUEST, "unsupported container resource: %s", resource);
    struct quantity by;
    bool divided = divisor && divisor[0] && quantity_parse(slice_of(divisor), &by) && by.nano > 0;
    int64_t unit = !divided ? (cpu ? 1000 : 1) : cpu ? quantity_milli_value(&by) : quantity_value(&by);
    int64_t amount = amount_of(container, slice_is(list, "limits") ? "limits" : "requests", name,
                               node_cpu_milli, node_memory_bytes);
    unit = MAX(unit, 1);
    *ret = arena_printf(arena, "%lld", (long long)(amount / unit + (amount % unit > 0)));
    return 0;
}
