/* SPDX-License-Identifier: Apache-2.0 */
/* What Google's errors mean. An answer names a reason ("resourceNotReady"), an operation a code
 * ("RESOURCE_NOT_READY"); they are compared without case and underscores. */
#include <ctype.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"

#define IN_TWO_GROUPS    "instanceInMultipleLoadBalancedIgs"
#define WRONG_SUBNETWORK "wrongSubnetwork"

static const struct row {
    const char *reason;
    enum keelson_status status;
    const char *advice; /* what to do, where Google's words don't say; NULL: they do */
} reasons[] = {
    {IN_TWO_GROUPS, KEELSON_CONFLICT,
     "take the instance out of the other group, or that group out of its backend service"},
    {WRONG_SUBNETWORK, KEELSON_CONFLICT},
    {"notFound", KEELSON_NOT_FOUND},
    {"resourceNotFound", KEELSON_NOT_FOUND},
    {"memberNotFound", KEELSON_NOT_FOUND},
    {"alreadyExists", KEELSON_ALREADY_EXISTS},
    {"duplicate", KEELSON_ALREADY_EXISTS},
    {"resourceAlreadyExists", KEELSON_ALREADY_EXISTS},
    {"memberAlreadyExists", KEELSON_ALREADY_EXISTS},
    {"resourceInUseByAnotherResource", KEELSON_CONFLICT},
    {"conditionNotMet", KEELSON_CONFLICT},
    {"resourceNotReady", KEELSON_PENDING},
    {"resourceOperationRateExceeded", KEELSON_THROTTLED},
    {"rateLimitExceeded", KEELSON_THROTTLED},
    {"userRateLimitExceeded", KEELSON_THROTTLED},
    {"concurrentOperationsQuotaExceeded", KEELSON_THROTTLED},
    {"quotaExceeded", KEELSON_EXHAUSTED},
    {"limitExceeded", KEELSON_EXHAUSTED},
    {"ipSpaceExhausted", KEELSON_EXHAUSTED},
    {"zoneResourcePoolExhausted", KEELSON_EXHAUSTED},
    {"authError", KEELSON_DENIED},
    {"required", KEELSON_INVALID},
    {"invalid", KEELSON_INVALID},
    {"badRequest", KEELSON_INVALID},
    {"parseError", KEELSON_INVALID},
    {"forbidden", KEELSON_DENIED},
    {"insufficientPermissions", KEELSON_DENIED},
    {"permissionsError", KEELSON_DENIED},
    {"accessNotConfigured", KEELSON_DENIED},
    {"backendError", KEELSON_UNAVAILABLE},
    {"internalError", KEELSON_UNAVAILABLE},
};

static bool same_word(const char *a, const char *b)
{
    for (;;) {
        a += strspn(a, "_");
        b += strspn(b, "_");
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
        a++, b++;
    }
}

static const struct row *row_of(const char *reason)
{
    for (size_t i = 0; reason && i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (same_word(reasons[i].reason, reason))
            return &reasons[i];
    return NULL;
}

const char *api_advice(const char *reason)
{
    const struct row *row = row_of(reason);
    return row ? row->advice : NULL;
}

void api_read_refusal(const char *reason, const char *message, struct api_refusal *ret)
{
    const char *link = message ? strstr(message, "projects/") : NULL;
    size_t length = link ? strcspn(link, "'\" ,;") : 0;
    ret->wrong_subnetwork = reason && same_word(WRONG_SUBNETWORK, reason);
    if (!reason || !same_word(IN_TWO_GROUPS, reason) || length == 0 || length >= sizeof(ret->instance) ||
        !memmem(link, length, "/instances/", strlen("/instances/")))
        return;
    memcpy(ret->instance, link, length);
    ret->instance[length] = '\0';
}

enum keelson_status api_status(const char *reason, int http_status)
{
    const struct row *row = row_of(reason);
    if (row)
        return row->status;
    switch (http_status) {
    case 400:
        return KEELSON_INVALID;
    case 401:
    case 403:
        return KEELSON_DENIED;
    case 404:
        return KEELSON_NOT_FOUND;
    case 409:
    case 412:
        return KEELSON_CONFLICT;
    case 429:
        return KEELSON_THROTTLED;
    default:
        return http_status >= 500 ? KEELSON_UNAVAILABLE : KEELSON_FAILED;
    }
}
