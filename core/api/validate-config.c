/* SPDX-License-Identifier: Apache-2.0 */
/* ConfigMaps, secrets, quotas, limits, priorities. */
#include "core/api/names.h"
#include "core/api/object.h"
#include "core/api/quantity.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

#define DATA_BYTES_MAX    ((size_t)1 << 20)
#define USER_PRIORITY_MAX 1000000000

/* Returns the bytes that the values mean. */
static size_t validate_data(struct validation *v, const struct json *object, const char *key, bool base64)
{
    size_t total = 0;

    json_for_each (it, json_get(object, key)) {
        struct validation_place map, here;
        const char *wrong = name_check_config_key((struct slice){it->key, it->key_size});
        struct json name = {.type = JSON_STRING, .string = it->key, .size = it->key_size};
        validation_enter(v, &map, key, NO_INDEX);
        validation_enter(v, &here, it->key, NO_INDEX);
        here.in_map = true;
        if (wrong)
            validation_invalid(v, "", &name, "%s", wrong);
        validation_leave(v);
        validation_leave(v);
        total += base64 ? json_slice(it).size / 4 * 3 : json_slice(it).size;
    }
    return total;
}

void validate_config_map(struct validation *v, const struct json *object)
{
    size_t total = validate_data(v, object, "data", false) + validate_data(v, object, "binaryData", true);

    json_for_each (it, json_get(object, "binaryData"))
        if (json_get_slice(json_get(object, "data"), (struct slice){it->key, it->key_size})) {
            struct json name = {.type = JSON_STRING, .string = it->key, .size = it->key_size};
            validation_invalid(v, "data", &name, "duplicate of key present in binaryData");
        }
    if (total > DATA_BYTES_MAX)
        validation_too_long(v, "", DATA_BYTES_MAX);
}

/* What secrets of some types must hold. */
static const struct {
    const char *type, *key, *path;
} secret_keys[] = {
    {"kubernetes.io/dockercfg", ".dockercfg", "data[.dockercfg]"},
    {"kubernetes.io/dockerconfigjson", ".dockerconfigjson", "data[.dockerconfigjson]"},
    {"kubernetes.io/ssh-auth", "ssh-privatekey", "data[ssh-privatekey]"},
    {"kubernetes.io/tls", "tls.crt", "data[tls.crt]"},
    {"kubernetes.io/tls", "tls.key", "data[tls.key]"},
};

void validate_secret(struct validation *v, const struct json *object)
{
    const struct json *data = json_get(object, "data");

    if (validate_data(v, object, "data", true) > DATA_BYTES_MAX)
        validation_too_long(v, "data", DATA_BYTES_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(secret_keys); i++)
        if (member_is(object, "type", secret_keys[i].type) && !json_get(data, secret_keys[i].key))
            validation_required(v, secret_keys[i].path, "");
    const char *account = object_annotation(object, "kubernetes.io/service-account.name");
    if (member_is(object, "type", "kubernetes.io/service-account-token") && (!account || !*account))
        validation_required(v, "metadata.annotations[kubernetes.io/service-account.name]", "");
    if (member_is(object, "type", "kubernetes.io/basic-auth") && !json_get(data, "username") &&
        !json_get(data, "password"))
        validation_required(v, "data[username]", "");
}

void validate_resource_quota_spec(struct validation *v, const struct json *object)
{
    json_for_each (it, json_get(object, "hard")) {
        struct validation_place map, here;
        struct quantity amount;
        validation_enter(v, &map, "hard", NO_INDEX);
        validation_enter(v, &here, it->key, NO_INDEX);
        here.in_map = true;
        if (quantity_parse(json_slice(it), &amount) && amount.nano < 0)
            validation_invalid(v, "", it, "must be greater than or equal to 0");
        validation_leave(v);
        validation_leave(v);
    }
}

static void validate_order(struct validation *v, const struct json *item, const char *low, const char *high)
{
    json_for_each (it, json_get(item, low)) {
        const struct json *other =
            json_get_slice(json_get(item, high), (struct slice){it->key, it->key_size});
        struct quantity a, b;
        if (!other || !quantity_parse(json_slice(it), &a) || !quantity_parse(json_slice(other), &b) ||
            quantity_compare(&a, &b) <= 0)
            continue;
        struct validation_place map, here;
        validation_enter(v, &map, low, NO_INDEX);
        validation_enter(v, &here, it->key, NO_INDEX);
        here.in_map = true;
        validation_invalid(v, "", it, "%s value %s is greater than %s value %s", low, it->string, high,
                           other->string);
        validation_leave(v);
        validation_leave(v);
    }
}

void validate_limit_range_item(struct validation *v, const struct json *object)
{
    validate_order(v, object, "min", "max");
    validate_order(v, object, "min", "defaultRequest");
    validate_order(v, object, "defaultRequest", "max");
    validate_order(v, object, "defaultRequest", "default");
    validate_order(v, object, "default", "max");
    if (member_is(object, "type", "Pod") && member_has(object, "default"))
        validation_forbidden(v, "default", "may not be specified when `type` is 'Pod'");
    if (member_is(object, "type", "Pod") && member_has(object, "defaultRequest"))
        validation_forbidden(v, "defaultRequest", "may not be specified when `type` is 'Pod'");
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

void validate_node_spec(struct validation *v, const struct json *object)
{
    const struct json *taints = json_get(object, "taints");
    uint32_t index = 0;

    json_for_each (it, taints) {
        struct validation_place here;
        validation_enter(v, &here, "taints", index++);
        for (const struct json *before = taints->first; before != it; before = before->next)
            if (json_equal(json_get(before, "key"), json_get(it, "key")) &&
                json_equal(json_get(before, "effect"), json_get(it, "effect"))) {
                validation_duplicate(v, "", it);
                break;
            }
        validation_leave(v);
    }
}
