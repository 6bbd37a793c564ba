/* SPDX-License-Identifier: Apache-2.0 */
/* Which state a list shows: resourceVersion, resourceVersionMatch, limit and continue (API concepts,
 * "Semantics for get and list"). */
#include "core/apiserver/continue.h"
#include "core/apiserver/list.h"
#include "core/apiserver/read.h"

static int forbid(const char *field, const char *why, struct error *err)
{
    error_add_cause(err, "FieldValueForbidden", field, "Forbidden: %s", why);
    return error_set_invalid(err, "meta.k8s.io", "ListOptions", "");
}

static int check_match(const struct api_request *r, const char *match, struct error *err)
{
    bool version = r->resource_version && *r->resource_version, exact = !strcmp(match, "Exact");
    if (!*match)
        return 0;
    if (!exact && strcmp(match, "NotOlderThan") != 0) {
        error_add_cause(err, "FieldValueNotSupported", "resourceVersionMatch",
                        "Unsupported value: \"%s\": supported values: \"Exact\", \"NotOlderThan\"", match);
        return error_set_invalid(err, "meta.k8s.io", "ListOptions", "");
    }
    if (!version)
        return forbid("resourceVersionMatch",
                      "resourceVersionMatch is forbidden unless resourceVersion is provided", err);
    if (r->continue_ && *r->continue_)
        return forbid("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided",
                      err);
    if (exact && !strcmp(r->resource_version, "0"))
        return forbid("resourceVersionMatch",
                      "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"", err);
    return 0;
}

static int plan_continued(struct api_request *r, struct list_plan *ret, struct error *err)
{
    struct continue_token token;
    if (r->resource_version && *r->resource_version && strcmp(r->resource_version, "0") != 0)
        return error_set(err, ERR_BAD_REQUEST,
                         "specifying resource version is not allowed when using continue");
    if (continue_decode(&r->arena, r->continue_, &token, err) < 0)
        return -1;
    ret->continued = true;
    ret->start = token.start;
    ret->freshness = token.revision < 0 ? LIST_RECENT : LIST_EXACT;
    ret->revision = token.revision < 0 ? 0 : (uint64_t)token.revision;
    return 0;
}

int list_plan(struct api_request *r, struct list_plan *ret, struct error *err)
{
    const char *match = r->resource_version_match ? r->resource_version_match : "";
    *ret = (struct list_plan){.freshness = LIST_RECENT};
    if (r->send_initial_events)
        return forbid("sendInitialEvents", "sendInitialEvents is forbidden for list", err);
    if (r->limit < 0) {
        error_add_cause(err, "FieldValueInvalid", "limit",
                        "Invalid value: %lld: must be greater than or equal to 0", (long long)r->limit);
        return error_set_invalid(err, "meta.k8s.io", "ListOptions", "");
    }
    if (check_match(r, match, err) < 0)
        return -1;
    if (r->continue_ && *r->continue_)
        return plan_continued(r, ret, err);
    if (read_revision(r->resource_version, &ret->revision, err) < 0)
        return -1;
    if (ret->revision && (!strcmp(match, "Exact") || (!*match && r->limit > 0)))
        ret->freshness = LIST_EXACT;
    return 0;
}
