/* SPDX-License-Identifier: Apache-2.0 */
/* ConfigMaps, secrets, priorities, nodes' taints. */
#include "core/api/names.h"
#include "core/api/object.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define DATA_BYTES_MAX    ((size_t)1 << 20)
#define USER_PRIORITY_MAX 1000000000

/* Returns the bytes that the values mean. */
static size_t validate_data(struct validation *v, const struct json *object, const char *key, bool base64)
{
    size_t total = 0;

    json_for_each (it, json_get(object, key)) {
        struct validation_place here[2];
        const char *wrong = name_check_config_key((struct slice){it->key, it->key_size});
        struct json name = {.type = JSON_STRING, .string = it->key, .size = it->key_size};
        validation_enter_value(v, here, key, it);
        if (wrong)
            validation_invalid(v, "", &name, "%s", wrong);
        validation_leave_value(v);
        total += base64 ? json_slice(it).size / 4 * 3 : json_slice(it).size;
    }
    return total;
}

void validate_config_map(struct validation *v, const struct json *object)
{
    size_t total = validate_data(v, object, "data", false) + validate_data(v, object, "binaryData", true);

    json_for_each (it, json_get(object, "binaryData")) {
        struct validation_place here[2];
        struct json name = {.type = JSON_STRING, .string = it->key, .size = it->key_size};
        if (!json_get_slice(json_get(object, "data"), (struct slice){it->key, it->key_size}))
            continue;
        validation_enter_value(v, here, "data", it);
        validation_invalid(v, "", &name, "duplicate of key present in binaryData");
        validation_leave_value(v);
    }
    if (total > DATA_BYTES_MAX)
        validation_too_long(v, "", DATA_BYTES_MAX);
}

/* What secrets of some types must hold. */
static const struct {
    const char *type, *key, *path;
    bool holds_json;
} secret_keys[] = {
    {"kubernetes.io/dockercfg", ".dockercfg", "data[.dockercfg]", true},
    {"kubernetes.io/dockerconfigjson", ".dockerconfigjson", "data[.dockerconfigjson]", true},
    {"kubernetes.io/ssh-auth", "ssh-privatekey", "data[ssh-privatekey]", false},
    {"kubernetes.io/tls", "tls.crt", "data[tls.crt]", false},
    {"kubernetes.io/tls", "tls.key", "data[tls.key]", false},
};

/* What was wrong is not shown: it is a secret. */
static void validate_docker_config(struct validation *v, const struct json *data, const char *key,
                                   const char *path)
{
    static const struct json hidden = {
        .type = JSON_STRING, .string = "<secret contents redacted>", .size = 26};
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    _cleanup_(error_done) struct error why = ERROR_INIT;
    const struct json *value = json_get(data, key);
    struct json *config;

    if (!value || !base64_decode(&text, json_slice(value), BASE64_STANDARD))
        return;
    if (json_parse(&arena, (struct slice){text.data ? text.data : "", text.size}, &config, &why) < 0)
        validation_invalid(v, path, &hidden, "%s", why.message);
}

void validate_secret(struct validation *v, const struct json *object)
{
    const struct json *data = json_get(object, "data");

    if (validate_data(v, object, "data", true) > DATA_BYTES_MAX)
        validation_too_long(v, "data", DATA_BYTES_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(secret_keys); i++)
        if (member_is(object, "type", secret_keys[i].type) && !json_get(data, secret_keys[i].key))
            validation_required(v, secret_keys[i].path, "");
    for (size_t i = 0; i < ARRAY_SIZE(secret_keys); i++)
        if (member_is(object, "type", secret_keys[i].type) && secret_keys[i].holds_json)
            validate_docker_config(v, data, secret_keys[i].key, secret_keys[i].path);
    const char *account = object_annotation(object, "kubernetes.io/service-account.name");
    if (member_is(object, "type", "kubernetes.io/service-account-token") && (!account || !*account))
        validation_required(v, "metadata.annotations[kubernetes.io/service-account.name]", "");
    if (member_is(object, "type", "kubernetes.io/basic-auth") && !json_get(data, "username") &&
        !json_get(data, "password"))
        validation_required(v, "data[username]", "");
}

void validate_priority_class(struct validation *v, const struct json *object)
{
    bool system = strncmp(object_name(object), "system-", 7) == 0;

    if (system && strcmp(object_name(object), "system-node-critical") != 0 &&
        strcmp(object_name(object), "system-cluster-critical") != 0)
        validation_forbidden(v, "metadata.name",
                             "priority class names with 'system-' prefix are reserved for system use only. "
                             "error: %s is not a known system priority class",
                             object_name(object));
    if (!system && json_integer_at(object, "value", 0) > USER_PRIORITY_MAX)
        validation_forbidden(v, "value", "maximum allowed value of a user defined priority is %d",
                             USER_PRIORITY_MAX);
}

static bool same_member(const struct json *a, const struct json *b, const char *key)
{
    return json_equal_semantic(json_get(a, key), json_get(b, key));
}

/* No two of a list agree in both members. */
static void validate_unlike(struct validation *v, const struct json *object, const char *list,
                            const char *one, const char *two)
{
    const struct json *all = json_get(object, list);
    uint32_t index = 0;

    json_for_each (it, all) {
        struct validation_place here;
        validation_enter(v, &here, list, index++);
        for (const struct json *before = all->first; before != it; before = before->next)
            if (same_member(before, it, one) && same_member(before, it, two)) {
                validation_duplicate(v, "", it);
                break;
            }
        validation_leave(v);
    }
}

static bool is_v6(const struct json *text)
{
    return strchr(json_string_or(text, ""), ':');
}

void validate_node_spec(struct validation *v, const struct json *object)
{
    const struct json *ranges = json_get(object, "podCIDRs");
    uint32_t count = json_count(ranges);

    validate_unlike(v, object, "taints", "key", "effect");
    if (count > 2 || (count == 2 && is_v6(ranges->first) == is_v6(ranges->last)))
        validation_invalid(v, "podCIDRs", ranges, "may specify no more than one CIDR for each IP family");
}

void validate_node_status(struct validation *v, const struct json *object)
{
    validate_unlike(v, object, "addresses", "type", "address");
}
