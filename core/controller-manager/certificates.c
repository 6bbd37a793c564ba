/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for certificate signing requests of nodes. */
#include "core/controller-manager/certificates.h"

#include "core/base/clock.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

bool csr_has_condition(const struct json *object, const char *type)
{
    const struct json *condition = object_condition(object, type);
    return condition && !slice_is(json_slice(json_get(condition, "status")), "False");
}

void csr_add_condition(struct arena *arena, struct json *object, const char *type, const char *reason,
                       const char *message)
{
    char now[TIME_TEXT_MAX];
    time_format(clock_realtime_ns(), now);
    struct json *list = json_ensure(arena, object, "status.conditions", JSON_ARRAY);
    struct json *condition = json_append(arena, list, json_new_object(arena));
    json_set_string(arena, condition, "type", type);
    json_set_string(arena, condition, "status", "True");
    json_set_string(arena, condition, "reason", reason);
    json_set_string(arena, condition, "message", message);
    json_set_string(arena, condition, "lastUpdateTime", now);
    json_set_string(arena, condition, "lastTransitionTime", now);
}

int csr_of(struct arena *arena, const struct json *object, struct csr *ret, struct error *err)
{
    struct buffer pem = BUFFER_INIT;
    int rc = base64_decode(&pem, json_slice(json_at(object, "spec.request")), BASE64_STANDARD)
                 ? csr_parse(arena, (struct slice){pem.data, pem.size}, ret, err)
                 : error_set(err, ERR_INVALID, "spec.request is not base64");
    buffer_done(&pem);
    return rc;
}

/* Are the usages all of these, but perhaps key encipherment? */
static bool usages_are(const struct json *usages, const char *main_usage)
{
    bool has_main = false, has_signature = false, other = false;
    json_for_each (usage, usages) {
        struct slice text = json_slice(usage);
        if (slice_is(text, main_usage))
            has_main = true;
        else if (slice_is(text, "digital signature"))
            has_signature = true;
        else if (!slice_is(text, "key encipherment"))
            other = true;
    }
    return has_main && has_signature && !other;
}

static bool is_node(const struct csr *csr, const char **why)
{
    bool nodes = csr->organizations_count == 1 && !strcmp(csr->organizations[0], "system:nodes");
    bool named = !strncmp(csr->common_name, "system:node:", strlen("system:node:"));
    *why = nodes ? "subject common name does not begin with system:node:"
                 : "subject organization is not system:nodes";
    return nodes && named;
}

bool csr_is_kubelet_client(const struct csr *csr, const struct json *usages, const char **why)
{
    if (!is_node(csr, why))
        return false;
    *why = "subject alternative names are not allowed";
    if (csr->dns_names + csr->ip_addresses + csr->emails + csr->uris)
        return false;
    *why = "usages did not match [client auth digital signature] or [client auth digital signature key "
           "encipherment]";
    return usages_are(usages, "client auth");
}

bool csr_is_kubelet_server(const struct csr *csr, const struct json *object, const char **why)
{
    if (!is_node(csr, why))
        return false;
    *why = "subject common name is not the user who asks";
    if (strcmp(csr->common_name, json_string_or(json_at(object, "spec.username"), "")) != 0)
        return false;
    *why = "DNS or IP subjectAltName is required, and none of another kind is allowed";
    if (csr->dns_names + csr->ip_addresses == 0 || csr->emails + csr->uris)
        return false;
    *why = "usages did not match [digital signature server auth] or [digital signature key encipherment "
           "server auth]";
    return usages_are(json_at(object, "spec.usages"), "server auth");
}
