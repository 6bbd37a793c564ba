/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS's error codes mean. The first row that fits counts; a pattern may have a * at one end. */
#include "plugins/cloud-aws/api.h"

#define THROTTLED                                                                                            \
    {                                                                                                        \
        KEELSON_THROTTLED, .again = true, .throttled = true                                                  \
    }
#define UNAVAILABLE                                                                                          \
    {                                                                                                        \
        KEELSON_UNAVAILABLE, .again = true                                                                   \
    }
#define CLOCK                                                                                                \
    {                                                                                                        \
        KEELSON_DENIED, .clock = true                                                                        \
    }
#define CLOCK_OR_KEY                                                                                         \
    {                                                                                                        \
        KEELSON_DENIED, .clock = true, .key = true                                                           \
    }
#define KEY                                                                                                  \
    {                                                                                                        \
        KEELSON_DENIED, .key = true                                                                          \
    }

static const struct {
    const char *pattern;
    struct error_meaning meaning;
} rows[] = {
    {"Throttl*", THROTTLED},
    {"RequestLimitExceeded", THROTTLED},
    {"RequestThrottled*", THROTTLED},
    {"TooManyRequests*", THROTTLED},
    {"PriorRequestNotComplete", THROTTLED},
    {"EC2ThrottledException", THROTTLED},
    {"BandwidthLimitExceeded", THROTTLED},
    {"SlowDown", THROTTLED},
    {"Internal*", UNAVAILABLE},
    {"ServiceUnavailable*", UNAVAILABLE},
    {"Unavailable", UNAVAILABLE},
    {"RequestTimeout*", UNAVAILABLE},
    {"IDPCommunicationError", UNAVAILABLE},
    /* EC2's words for a session that is over and for a key that was deleted, too. */
    {"RequestExpired", CLOCK_OR_KEY},
    {"AuthFailure", CLOCK_OR_KEY},
    {"RequestTimeTooSkewed", CLOCK},
    {"RequestInTheFuture", CLOCK},
    {"SignatureDoesNotMatch", CLOCK},
    {"InvalidSignatureException", CLOCK},
    {"ExpiredToken*", KEY},
    {"InvalidClientTokenId", KEY},
    {"UnrecognizedClient*", KEY},
    {"InvalidAccessKeyId", KEY},
    {"UnauthorizedOperation", {KEELSON_DENIED}},
    {"AccessDenied*", {KEELSON_DENIED}},
    {"NotAuthorized*", {KEELSON_DENIED}},
    {"OptInRequired", {KEELSON_DENIED}},
    {"PendingVerification", {KEELSON_DENIED}},
    {"Blocked", {KEELSON_DENIED}},
    {"IncompleteSignature", {KEELSON_DENIED}},
    {"MissingAuthenticationToken*", {KEELSON_DENIED}},
    {"InvalidIdentityToken", {KEELSON_DENIED}},
    {"IDPRejectedClaim", {KEELSON_DENIED}},
    /* What an annotation names: another try does not find it, either. */
    {"AllocationIdNotFound", {KEELSON_INVALID}},
    {"CertificateNotFound*", {KEELSON_INVALID}},
    {"SSLPolicyNotFound*", {KEELSON_INVALID}},
    {"SubnetNotFound*", {KEELSON_INVALID}},
    {"*NotFound", {KEELSON_NOT_FOUND}},
    {"*NotFoundException", {KEELSON_NOT_FOUND}},
    {"*.Duplicate", {KEELSON_ALREADY_EXISTS}},
    {"Duplicate*", {KEELSON_ALREADY_EXISTS}},
    {"*AlreadyExists", {KEELSON_ALREADY_EXISTS}},
    {"*LimitExceeded", {KEELSON_EXHAUSTED}},
    {"*LimitExceededException", {KEELSON_EXHAUSTED}},
    {"TooMany*", {KEELSON_EXHAUSTED}},
    {"InsufficientFreeAddressesInSubnet", {KEELSON_EXHAUSTED}},
    {"ResourceInUse", {KEELSON_CONFLICT}},
    {"DependencyViolation", {KEELSON_CONFLICT}},
    {"OperationNotPermitted", {KEELSON_CONFLICT}},
    /* A group that was just made, an instance that is not running yet: known there a moment later. */
    {"InvalidSecurityGroup", {KEELSON_CONFLICT}},
    {"InvalidTarget", {KEELSON_CONFLICT}},
    {"IncorrectState", {KEELSON_CONFLICT}},
    {"IncorrectInstanceState", {KEELSON_CONFLICT}},
    {"ResourceAlreadyAssociated", {KEELSON_CONFLICT}},
    {"*.InUse", {KEELSON_CONFLICT}},
    {"UnsupportedOperation", {KEELSON_UNSUPPORTED}},
    {"Unsupported", {KEELSON_UNSUPPORTED}},
    {"ValidationError", {KEELSON_INVALID}},
    {"Missing*", {KEELSON_INVALID}},
    {"Malformed*", {KEELSON_INVALID}},
    {"Unknown*", {KEELSON_INVALID}},
    {"Invalid*", {KEELSON_INVALID}},
};

static bool fits(const char *pattern, const char *code)
{
    size_t size = strlen(pattern), code_size = strlen(code);
    if (pattern[size - 1] == '*')
        return strncmp(code, pattern, size - 1) == 0;
    if (pattern[0] == '*')
        return code_size >= size - 1 && strcmp(code + code_size - (size - 1), pattern + 1) == 0;
    return strcmp(pattern, code) == 0;
}

static struct error_meaning meaning_of_status(int http_status)
{
    if (http_status == 429)
        return (struct error_meaning)THROTTLED;
    if (http_status >= 500)
        return (struct error_meaning)UNAVAILABLE;
    return (struct error_meaning){http_status == 401 || http_status == 403 ? KEELSON_DENIED : KEELSON_FAILED};
}

struct error_meaning error_meaning_of(const char *code, int http_status)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (fits(rows[i].pattern, code))
            return rows[i].meaning;
    return meaning_of_status(http_status);
}
