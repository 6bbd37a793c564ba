/* SPDX-License-Identifier: Apache-2.0 */
/* Priority classes, limit ranges, resource quotas, endpoint slices, controller revisions: what of them is
 * fixed. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"

static unsigned fixed(const struct json *object, const struct json *old, const char *field, struct error *err)
{
    if (!old || json_equal_semantic(json_at(object, field), json_at(old, field)))
        return 0;
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"%s\": field is immutable",
                    json_string_or(json_at(object, field), ""));
    return 1;
}

static unsigned validate_priority_class(struct registry *g, struct api_request *r, const char *sub,
                                        const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    if (!old)
        return 0;
    if (json_integer_at(object, "value", 0) != json_integer_at(old, "value", 0) && ++bad)
        error_add_cause(err, "FieldValueForbidden", "value", "Forbidden: may not be changed in an update.");
    return bad + fixed(object, old, "preemptionPolicy", err);
}

static unsigned validate_quota(struct registry *g, struct api_request *r, const char *sub,
                               const struct json *object, const struct json *old, struct error *err)
{
    return fixed(object, old, "spec.scopes", err);
}

static unsigned validate_slice(struct registry *g, struct api_request *r, const char *sub,
                               const struct json *object, const struct json *old, struct error *err)
{
    return fixed(object, old, "addressType", err);
}

static unsigned validate_revision(struct registry *g, struct api_request *r, const char *sub,
                                  const struct json *object, const struct json *old, struct error *err)
{
    return fixed(object, old, "data", err);
}

const struct strategy strategy_priority_class = {
    .group = "scheduling.k8s.io", .plural = "priorityclasses", .validate = validate_priority_class};
const struct strategy strategy_limit_range = {
    .group = "", .plural = "limitranges", .allow_create_on_update = true};
const struct strategy strategy_quota = {
    .group = "", .plural = "resourcequotas", .validate = validate_quota, .returns_deleted = true};
const struct strategy strategy_endpoint_slice = {
    .group = "discovery.k8s.io", .plural = "endpointslices", .validate = validate_slice, .generation = true};
const struct strategy strategy_controller_revision = {
    .group = "apps", .plural = "controllerrevisions", .validate = validate_revision};
