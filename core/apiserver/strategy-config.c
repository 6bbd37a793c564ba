/* SPDX-License-Identifier: Apache-2.0 */
/* ConfigMaps and Secrets: keys, sizes, immutability, a Secret's stringData and what its type demands. */
#include <stdio.h>

#include "core/api/names.h"
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

enum { DATA_BYTES_MAX = 1024 * 1024 };

static unsigned check_keys(const struct json *data, const char *path, const struct json *other, size_t *total,
                           struct error *err)
{
    unsigned bad = 0;
    json_for_each (item, data) {
        char where[400];
        const char *why = name_check_config_key((struct slice){item->key, item->key_size});
        snprintf(where, sizeof(where), "%s[%.300s]", path, item->key);
        if (why && ++bad)
            error_add_cause(err, "FieldValueInvalid", where, "Invalid value: \"%s\": %s", item->key, why);
        if (json_get(other, item->key) && ++bad)
            error_add_cause(err, "FieldValueInvalid", where,
                            "Invalid value: \"%s\": duplicate of key present in %s", item->key,
                            !strcmp(path, "data") ? "binaryData" : "data");
        *total += json_slice(item).size;
    }
    return bad;
}

static unsigned check_immutable(const struct json *object, const struct json *old, bool binary,
                                struct error *err)
{
    unsigned bad = 0;
    if (!json_boolean_at(old, "immutable", false))
        return 0;
    if (!json_boolean_at(object, "immutable", false) && ++bad)
        error_add_cause(err, "FieldValueForbidden", "immutable",
                        "Forbidden: field is immutable when `immutable` is set");
    if (!json_equal_semantic(json_get(object, "data"), json_get(old, "data")) && ++bad)
        error_add_cause(err, "FieldValueForbidden", "data",
                        "Forbidden: field is immutable when `immutable` is set");
    if (binary && !json_equal_semantic(json_get(object, "binaryData"), json_get(old, "binaryData")) && ++bad)
        error_add_cause(err, "FieldValueForbidden", "binaryData",
                        "Forbidden: field is immutable when `immutable` is set");
    return bad;
}

static unsigned check_size(size_t total, const char *field, struct error *err)
{
    if (total <= DATA_BYTES_MAX)
        return 0;
    error_add_cause(err, "FieldValueTooLong", field, "Too long: may not be more than %d bytes",
                    DATA_BYTES_MAX);
    return 1;
}

static unsigned validate_config_map(struct registry *g, struct api_request *r, const char *sub,
                                    const struct json *object, const struct json *old, struct error *err)
{
    size_t total = 0;
    const struct json *data = json_get(object, "data"), *binary = json_get(object, "binaryData");
    unsigned bad =
        check_keys(data, "data", NULL, &total, err) + check_keys(binary, "binaryData", data, &total, err);
    return bad + check_size(total, "", err) + (old ? check_immutable(object, old, true, err) : 0);
}

/* stringData is only for writing: it goes into data. */
static void merge_string_data(struct arena *arena, struct json *object)
{
    json_for_each (item, json_get(object, "stringData")) {
        _cleanup_(buffer_done) struct buffer encoded = BUFFER_INIT;
        struct slice text = json_slice(item);
        base64_encode(&encoded, text.data, text.size, BASE64_STANDARD);
        json_set_string(arena, json_ensure(arena, object, "data", JSON_OBJECT), item->key,
                        encoded.data ? encoded.data : "");
    }
    json_remove(object, "stringData");
}

static int prepare_secret_create(struct registry *g, struct api_request *r, struct json *object,
                                 struct error *err)
{
    merge_string_data(&r->arena, object);
    return 0;
}

static int prepare_secret_update(struct registry *g, struct api_request *r, const char *sub,
                                 struct json *object, const struct json *old, struct error *err)
{
    merge_string_data(&r->arena, object);
    const char *type = json_string_at(object, "type");
    if (!type || !*type ||
        (!strcmp(type, "Opaque") && strcmp(json_string_or(json_get(old, "type"), ""), "Opaque") != 0))
        json_set_string(&r->arena, object, "type", json_string_or(json_get(old, "type"), "Opaque"));
    return 0;
}

static const struct secret_type {
    const char *type, *key;
    bool alternative; /* this row or the next */
} secret_types[] = {
    {"kubernetes.io/dockercfg", ".dockercfg", false},
    {"kubernetes.io/dockerconfigjson", ".dockerconfigjson", false},
    {"kubernetes.io/basic-auth", "username", true},
    {"kubernetes.io/basic-auth", "password", false},
    {"kubernetes.io/ssh-auth", "ssh-privatekey", false},
    {"kubernetes.io/tls", "tls.crt", false},
    {"kubernetes.io/tls", "tls.key", false},
};

static unsigned check_type(const struct json *object, struct error *err)
{
    const char *type = json_string_or(json_get(object, "type"), "");
    const struct json *data = json_get(object, "data");
    unsigned bad = 0;
    for (size_t i = 0; i < ARRAY_SIZE(secret_types); i++) {
        const struct secret_type *row = &secret_types[i];
        char where[64];
        if (strcmp(row->type, type) != 0 || json_get(data, row->key) ||
            (i && secret_types[i - 1].alternative))
            continue;
        if (row->alternative && json_get(data, secret_types[i + 1].key))
            continue;
        snprintf(where, sizeof(where), "data[%s]", row->key);
        error_add_cause(err, "FieldValueRequired", where, "Required value");
        bad++;
    }
    if (!strcmp(type, "kubernetes.io/service-account-token") &&
        !*json_string_or(
            json_get(json_at(object, "metadata.annotations"), "kubernetes.io/service-account.name"), "") &&
        ++bad)
        error_add_cause(err, "FieldValueRequired", "metadata.annotations[kubernetes.io/service-account.name]",
                        "Required value");
    return bad;
}

static unsigned validate_secret(struct registry *g, struct api_request *r, const char *sub,
                                const struct json *object, const struct json *old, struct error *err)
{
    size_t total = 0;
    unsigned bad = check_keys(json_get(object, "data"), "data", NULL, &total, err) +
                   check_size(total / 4 * 3, "data", err) + check_type(object, err);
    if (!old)
        return bad;
    if (!json_equal_semantic(json_get(object, "type"), json_get(old, "type")) && ++bad)
        error_add_cause(err, "FieldValueInvalid", "type", "Invalid value: \"%s\": field is immutable",
                        json_string_or(json_get(object, "type"), ""));
    return bad + check_immutable(object, old, false, err);
}

static const char *const secret_fields[] = {"type", NULL};
const struct strategy strategy_config_map = {
    .group = "", .plural = "configmaps", .validate = validate_config_map};
const struct strategy strategy_secret = {.group = "",
                                         .plural = "secrets",
                                         .prepare_create = prepare_secret_create,
                                         .prepare_update = prepare_secret_update,
                                         .validate = validate_secret,
                                         .fields = secret_fields};
