/* SPDX-License-Identifier: Apache-2.0 */
/* Leases: a renewal changes nothing but spec.renewTime, and whoever lost one renews again, so it need not
 * wait for the disk. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

static bool only_renewed(const struct json *object, const struct json *old)
{
    const struct json *now = json_get(object, "spec"), *was = json_get(old, "spec");
    static const char *const watched[] = {"holderIdentity", "leaseDurationSeconds",
                                          "acquireTime",    "leaseTransitions",
                                          "strategy",       "preferredHolder"};
    for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
        if (!json_equal_semantic(json_get(now, watched[i]), json_get(was, watched[i])))
            return false;
    }
    static const char *const metadata[] = {"labels", "annotations", "finalizers", "ownerReferences",
                                           "deletionTimestamp"};
    for (size_t i = 0; i < ARRAY_SIZE(metadata); i++) {
        if (!json_equal_semantic(json_get(json_get(object, "metadata"), metadata[i]),
                                 json_get(json_get(old, "metadata"), metadata[i])))
            return false;
    }
    return true;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    const struct json *duration = json_at(object, "spec.leaseDurationSeconds"),
                      *transitions = json_at(object, "spec.leaseTransitions");
    unsigned bad = 0;
    if (!json_is_absent(duration) && json_integer_or(duration, 0) <= 0 && ++bad)
        error_add_cause(err, "FieldValueInvalid", "spec.leaseDurationSeconds",
                        "Invalid value: %lld: must be greater than 0",
                        (long long)json_integer_or(duration, 0));
    if (!json_is_absent(transitions) && json_integer_or(transitions, 0) < 0 && ++bad)
        error_add_cause(err, "FieldValueInvalid", "spec.leaseTransitions",
                        "Invalid value: %lld: must be greater than or equal to 0",
                        (long long)json_integer_or(transitions, 0));
    return bad;
}

const struct strategy strategy_lease = {
    .group = "coordination.k8s.io",
    .plural = "leases",
    .validate = validate,
    .relaxed = only_renewed,
    .forbid_unconditional_update = true,
    .allow_create_on_update = true,
};
