/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environments. The order is that of what may refer to what: Services, envFrom, then env, whose values may
 * name anything that stands before them. A name that comes again keeps its place and takes the new value.
 */
#include "core/kubelet/environment.h"

#include "core/api/object.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/kubelet/environment-private.h"
#include "core/kubelet/field-ref.h"

void environment_set(struct environment *e, const char *name, const char *value)
{
    size_t place = (size_t)(uintptr_t)map_get(e->places, name);
    if (place) {
        e->variables[place - 1].value = value;
        return;
    }
    if (e->count == e->capacity) {
        size_t capacity = MAX(e->capacity * 2, 32);
        struct environment_variable *grown = arena_alloc(e->arena, capacity * sizeof(*grown));
        if (e->count)
            memcpy(grown, e->variables, e->count * sizeof(*grown));
        e->variables = grown;
        e->capacity = capacity;
    }
    e->variables[e->count++] = (struct environment_variable){name, value};
    map_set(e->places, name, (void *)(uintptr_t)e->count);
}

/* --- expansion --- */

static const char *find_listed(const void *context, struct slice name)
{
    const struct environment *e = context;
    for (size_t i = e->count; i > 0; i--)
        if (slice_is(name, e->variables[i - 1].name))
            return e->variables[i - 1].value;
    return NULL;
}

static const char *find_mapped(const void *context, struct slice name)
{
    const struct environment *e = context;
    size_t place = (size_t)(uintptr_t)map_get_slice(e->places, name);
    return place ? e->variables[place - 1].value : NULL;
}

static const char *expand(struct arena *arena, const char *text,
                          const char *(*find)(const void *context, struct slice name), const void *context)
{
    if (!strchr(text, '$'))
        return text;
    struct buffer out = BUFFER_INIT;
    for (const char *at = text; *at; at++) {
        const char *end = at[0] == '$' && at[1] == '(' ? strchr(at, ')') : NULL;
        const char *value = end ? find(context, (struct slice){at + 2, (size_t)(end - at) - 2}) : NULL;
        if (value)
            buffer_append_str(&out, value);
        else if (end)
            buffer_append(&out, at, (size_t)(end - at) + 1);
        else
            buffer_append_char(&out, *at);
        if (end)
            at = end;
        else if (at[0] == '$' && at[1] == '$')
            at++;
    }
    const char *expanded = arena_strndup(arena, out.size ? out.data : "", out.size);
    buffer_done(&out);
    return expanded;
}

const char *environment_expand(struct arena *arena, const char *text,
                               const struct environment_variable *variables, size_t count)
{
    struct environment e = {.variables = (struct environment_variable *)variables, .count = count};
    return expand(arena, text, find_listed, &e);
}

const char *environment_unknown(struct arena *arena, const char *text,
                                const struct environment_variable *variables, size_t count)
{
    struct environment e = {.variables = (struct environment_variable *)variables, .count = count};
    for (const char *at = text; *at; at++) {
        const char *end = at[0] == '$' && at[1] == '(' ? strchr(at, ')') : NULL;
        struct slice name = {at + 2, end ? (size_t)(end - at) - 2 : 0};
        if (end && !find_listed(&e, name))
            return arena_strndup(arena, name.data, name.size);
        if (end)
            at = end;
        else if (at[0] == '$' && at[1] == '$')
            at++;
    }
    return NULL;
}

/* --- where values come from --- */

struct making {
    struct environment e;
    const struct environment_input *in;
    struct json *pod; /* with the addresses that the sandbox has, which the status may not show yet */
};

static const struct source_kind {
    const char *reference, *key_reference, *what;
    bool is_secret;
} kinds[] = {
    {"configMapRef", "configMapKeyRef", "ConfigMap", false},
    {"secretRef", "secretKeyRef", "Secret", true},
};

/* *ret NULL: there is none, and none is needed. */
static int look_up(struct making *m, const struct source_kind *kind, const struct json *reference,
                   struct json **ret, struct error *err)
{
    const struct volume_source *source = m->in->source;
    const char *namespace_ = object_namespace(m->in->pod);
    const char *name = json_string_or(json_get(reference, "name"), "");
    _cleanup_(error_done) struct error failure = ERROR_INIT;
    *ret = NULL;
    if (!source)
        return error_set(err, ERR_UNAVAILABLE, "couldn't get %s %s/%s, no API server", kind->what, namespace_,
                         name);
    int rc = kind->is_secret
                 ? source->secret(source->context, namespace_, name, m->e.arena, ret, &failure)
                 : source->config_map(source->context, namespace_, name, m->e.arena, ret, &failure);
    if (rc == 0)
        return 0;
    *ret = NULL;
    if (failure.code == ERR_NOT_FOUND && json_boolean_at(reference, "optional", false))
        return 0;
    if (err)
        error_move(err, &failure);
    return -1;
}

/* The decoded value of a key; NULL: no such key, or bytes that cannot be in an environment. */
static const char *value_of(struct making *m, const struct source_kind *kind, const struct json *value)
{
    const char *text = json_string(value);
    if (!text || !kind->is_secret)
        return text;
    struct buffer out = BUFFER_INIT;
    const char *decoded = NULL;
    if (base64_decode(&out, json_slice(value), BASE64_STANDARD) &&
        !(out.size && memchr(out.data, 0, out.size)))
        decoded = arena_strndup(m->e.arena, out.size ? out.data : "", out.size);
    buffer_done(&out);
    return decoded;
}

/* Printable ASCII without '='. */
static bool name_fits(const char *name)
{
    for (const char *c = name; *c; c++)
        if (*c < 0x20 || *c > 0x7e || *c == '=')
            return false;
    return name[0] != '\0';
}

static int add_from(struct making *m, const struct json *from, struct error *err)
{
    const char *prefix = json_string_or(json_get(from, "prefix"), "");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct json *reference = json_get(from, kinds[i].reference);
        struct json *document;
        if (json_is_absent(reference))
            continue;
        if (look_up(m, &kinds[i], reference, &document, err) < 0)
            return -1;
        json_for_each (member, json_get(document, "data")) {
            const char *name = arena_printf(m->e.arena, "%s%s", prefix, member->key);
            const char *value = value_of(m, &kinds[i], member);
            if (name_fits(name) && value)
                environment_set(&m->e, name, value);
        }
    }
    return 0;
}

static int resource_value(struct making *m, const struct json *reference, const char **ret, struct error *err)
{
    const struct json *container = m->in->container;
    const char *wanted = json_string_or(json_get(reference, "containerName"), "");
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t i = 0; wanted[0] && i < ARRAY_SIZE(lists); i++)
        json_for_each (candidate, json_get(json_get(m->in->pod, "spec"), lists[i]))
            if (strcmp(json_string_or(json_get(candidate, "name"), ""), wanted) == 0)
                container = candidate;
    const struct json *divisor = json_get(reference, "divisor");
    const char *text = json_is(divisor, JSON_INT)
                           ? arena_printf(m->e.arena, "%lld", (long long)divisor->integer)
                           : json_string(divisor);
    return resource_field_ref_value(m->e.arena, container,
                                    json_string_or(json_get(reference, "resource"), ""), text,
                                    m->in->node_cpu_milli, m->in->node_memory_bytes, ret, err);
}

/* *ret NULL: an optional one that is not there. */
static int key_value(struct making *m, const struct source_kind *kind, const struct json *reference,
                     const char **ret, struct error *err)
{
    struct json *document;
    *ret = NULL;
    if (look_up(m, kind, reference, &document, err) < 0)
        return -1;
    if (!document)
        return 0;
    const char *key = json_string_or(json_get(reference, "key"), "");
    *ret = value_of(m, kind, json_get(json_get(document, "data"), key));
    if (*ret || json_boolean_at(reference, "optional", false))
        return 0;
    return error_set(err, ERR_NOT_FOUND, "couldn't find key %s in %s %s/%s", key, kind->what,
                     object_namespace(m->in->pod), json_string_or(json_get(reference, "name"), ""));
}

static int referred_value(struct making *m, const struct json *from, const char **ret, struct error *err)
{
    const struct json *field = json_get(from, "fieldRef");
    const struct json *resource = json_get(from, "resourceFieldRef");
    if (!json_is_absent(field))
        return field_ref_value(m->e.arena, m->pod, json_string_or(json_get(field, "fieldPath"), ""), ret,
                               err);
    if (!json_is_absent(resource))
        return resource_value(m, resource, ret, err);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const struct json *reference = json_get(from, kinds[i].key_reference);
        if (!json_is_absent(reference))
            return key_value(m, &kinds[i], reference, ret, err);
    }
    const struct json *unknown = json_is(from, JSON_OBJECT) ? from->first : NULL;
    return error_set(err, ERR_BAD_REQUEST, "valueFrom.%s is not supported", unknown ? unknown->key : "{}");
}

static int add_variable(struct making *m, const struct json *variable, struct error *err)
{
    const char *name = json_string_or(json_get(variable, "name"), "");
    const struct json *from = json_get(variable, "valueFrom");
    const char *value = json_string_or(json_get(variable, "value"), "");
    if (!value[0] && !json_is_absent(from)) {
        if (referred_value(m, from, &value, err) < 0)
            return -1;
    } else {
        value = expand(m->e.arena, value, find_mapped, &m->e);
    }
    if (value)
        environment_set(&m->e, name, value);
    return 0;
}

/* The lists hold at least what the pod's runtime said. */
static void set_address(struct arena *arena, struct json *status, const char *one, const char *list,
                        const char *address)
{
    if (!address || !address[0])
        return;
    if (!json_string_or(json_get(status, one), "")[0])
        json_set_string(arena, status, one, address);
    if (!json_count(json_get(status, list)))
        json_set_string(arena,
                        json_append(arena, json_set_array(arena, status, list), json_new_object(arena)), "ip",
                        address);
}

static struct json *pod_with_addresses(struct arena *arena, const struct environment_input *input)
{
    struct json *pod = json_new_object(arena);
    static const char *const parts[] = {"metadata", "spec", "status"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        struct json *part = json_set_object(arena, pod, parts[i]);
        const struct json *old = json_get(input->pod, parts[i]);
        if (!json_is(old, JSON_OBJECT))
            continue;
        if (i < 2)
            json_replace(part, old);
        else
            json_set(arena, pod, parts[i], json_copy(arena, old));
    }
    struct json *status = json_get(pod, "status");
    set_address(arena, status, "podIP", "podIPs", input->pod_ip);
    set_address(arena, status, "hostIP", "hostIPs", input->host_ip);
    return pod;
}

static int make(struct making *m, struct error *err)
{
    environment_add_services(&m->e, m->in);
    json_for_each (from, json_get(m->in->container, "envFrom"))
        if (add_from(m, from, err) < 0)
            return -1;
    json_for_each (variable, json_get(m->in->container, "env"))
        if (add_variable(m, variable, err) < 0)
            return -1;
    return 0;
}

int environment_make(struct arena *arena, const struct environment_input *input,
                     struct environment_variable **ret, size_t *ret_count, struct error *err)
{
    struct making m = {
        .e = {.arena = arena, .places = map_new(NULL)},
        .in = input,
        .pod = pod_with_addresses(arena, input),
    };
    int rc = make(&m, err);
    map_free(m.e.places);
    if (rc == 0) {
        *ret = m.e.variables;
        *ret_count = m.e.count;
    }
    return rc;
}
