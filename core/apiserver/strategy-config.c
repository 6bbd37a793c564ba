/* SPDX-License-Identifier: Apache-2.0 */
/* ConfigMaps and Secrets: what is fixed once they say so, and a Secret's type. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

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

static unsigned validate_config_map(struct registry *g, struct api_request *r, const char *sub,
                                    const struct json *object, const struct json *old, struct error *err)
{
    return old ? check_immutable(object, old, true, err) : 0;
}

static int prepare_secret_update(struct registry *g, struct api_request *r, const char *sub,
                                 struct json *object, const struct json *old, struct error *err)
{
    const char *type = json_string_at(object, "type");
    if (!type || !*type ||
        (!strcmp(type, "Opaque") && strcmp(json_string_or(json_get(old, "type"), ""), "Opaque") != 0))
        json_set_string(&r->arena, object, "type", json_string_or(json_get(old, "type"), "Opaque"));
    return 0;
}

static unsigned validate_secret(struct registry *g, struct api_request *r, const char *sub,
                                const struct json *object, const struct json *old, struct error *err)
{
    return old ? check_immutable(object, old, false, err) : 0;
}

static const char *const secret_fields[] = {"type", NULL};
const struct strategy strategy_config_map = {
    .group = "", .plural = "configmaps", .validate = validate_config_map};
const struct strategy strategy_secret = {.group = "",
                                         .plural = "secrets",
                                         .prepare_update = prepare_secret_update,
                                         .validate = validate_secret,
                                         .fields = secret_fields};
