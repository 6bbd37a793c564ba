/* SPDX-License-Identifier: Apache-2.0 */
/* Priority classes: their value is fixed, since pods have a copy of it. */
#include "core/apiserver/strategies.h"

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    if (!old || json_integer_at(object, "value", 0) == json_integer_at(old, "value", 0))
        return 0;
    error_add_cause(err, "FieldValueForbidden", "value", "Forbidden: may not be changed in an update.");
    return 1;
}

const struct strategy strategy_priority_class = {
    .group = "scheduling.k8s.io", .plural = "priorityclasses", .validate = validate};
