/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate signing requests: the server says who asks, and what was asked does not change; …/approval
 * decides, …/status carries the certificate.
 */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

static void set_user(struct arena *a, struct json *spec, const struct user *user)
{
    json_set_string(a, spec, "username", user->name);
    json_set_string(a, spec, "uid", user->uid && *user->uid ? user->uid : NULL);
    json_remove(spec, "groups");
    struct json *groups = user->groups_count ? json_set_array(a, spec, "groups") : NULL;
    for (unsigned i = 0; i < user->groups_count; i++)
        json_append_string(a, groups, user->groups[i]);
    json_remove(spec, "extra");
    struct json *extra = user->extra_count ? json_set_object(a, spec, "extra") : NULL;
    for (unsigned i = 0; i < user->extra_count; i++) {
        struct json *values = json_set_array(a, extra, user->extra[i].key);
        for (const char *const *value = user->extra[i].values; value && *value; value++)
            json_append_string(a, values, *value);
    }
}

static int prepare_create(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    set_user(&r->arena, json_ensure(&r->arena, object, "spec", JSON_OBJECT), &r->user);
    return 0;
}

/* Conditions are the approver's, the rest of the status is the signer's. */
static void split_status(struct arena *a, struct json *object, const struct json *old, bool approval)
{
    struct json *status = json_ensure(a, object, "status", JSON_OBJECT);
    const struct json *was = json_get(old, "status");
    struct json *conditions = approval ? json_get(status, "conditions") : json_get(was, "conditions");
    conditions = conditions ? json_copy(a, conditions) : NULL;
    if (approval) {
        json_restore(a, object, old, "status");
        status = json_ensure(a, object, "status", JSON_OBJECT);
    }
    if (conditions)
        json_set(a, status, "conditions", conditions);
    else
        json_remove(status, "conditions");
}

static bool is_failure(const struct json *condition)
{
    return slice_is(json_slice(json_get(condition, "type")), "Failed");
}

static int prepare_update(struct registry *g, struct api_request *r, const char *sub, struct json *object,
                          const struct json *old, struct error *err)
{
    json_restore(&r->arena, object, old, "spec");
    if (!strcmp(sub, "approval"))
        split_status(&r->arena, object, old, true);
    bool failed = false;
    json_for_each (condition, json_at(object, "status.conditions"))
        failed = failed || is_failure(condition);
    if (!strcmp(sub, "status") && !failed)
        split_status(&r->arena, object, old, false);
    return 0;
}

/* Approved and denied exclude each other, and neither is taken back. */
static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    if (object_condition(object, "Approved") && object_condition(object, "Denied") && ++bad)
        error_add_cause(err, "FieldValueInvalid", "status.conditions",
                        "Invalid value: \"Approved\": Approved and Denied conditions are mutually exclusive");
    static const char *const kept[] = {"Approved", "Denied", "Failed"};
    for (size_t i = 0; old && i < ARRAY_SIZE(kept); i++) {
        if (!object_condition(old, kept[i]) || object_condition(object, kept[i]))
            continue;
        error_add_cause(err, "FieldValueForbidden", "status.conditions",
                        "Forbidden: updates may not remove a condition of type \"%s\"", kept[i]);
        bad++;
    }
    return bad;
}

static const char *const fields[] = {"spec.signerName", NULL};
const struct strategy strategy_certificate_request = {
    .group = "certificates.k8s.io",
    .plural = "certificatesigningrequests",
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .validate = validate,
    .fields = fields,
};
