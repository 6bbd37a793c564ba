/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instance metadata service, version 2: a session token is asked for first, with each use (they are
 * rare). Outside of AWS nothing answers on its address, which is found out within a second and then means
 * that there is none; AWS_EC2_METADATA_DISABLED says so beforehand.
 */
#include <strings.h>
#include "plugins/cloud-aws/aws.h"

#define ADDRESS    "http://169.254.169.254"
#define ROLES      "/latest/meta-data/iam/security-credentials/"
#define TIMEOUT_NS INT64_C(2000000000)

static bool is_off(const struct aws *aws)
{
    const char *disabled = setting_or_environment(NULL, "AWS_EC2_METADATA_DISABLED");
    return !aws->settings.use_imds || (disabled && strcasecmp(disabled, "true") == 0);
}

static void ask(struct aws *aws, const struct keelson_call *call, const char *method, const char *path,
                const struct cloud_http_header *header, struct cloud_http_answer *answer)
{
    const char *base = setting_or_environment(aws->settings.imds_url, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
    _cleanup_text_ struct text url = {0};
    int64_t until = pace_clock_ns() + TIMEOUT_NS;
    base = base ? base : ADDRESS;
    text_add(&url, base, strlen(base) - (base[strlen(base) - 1] == '/'));
    text_add_str(&url, path);
    const struct cloud_http_request request = {.method = method,
                                               .url = url.data,
                                               .headers = header,
                                               .headers_count = 1,
                                               .deadline_ns =
                                                   until < call->deadline_ns ? until : call->deadline_ns,
                                               .cancel_fd = call->cancel_fd};
    cloud_http_do(aws->metadata, &request, answer);
}

static enum keelson_status text_of_answer(const struct keelson_call *call, const char *path,
                                          struct cloud_http_answer *answer, char **ret)
{
    enum keelson_status status = KEELSON_OK;
    if (answer->cause == CLOUD_HTTP_UNREACHABLE || answer->cause == CLOUD_HTTP_TIMEOUT)
        status = KEELSON_NOT_FOUND;
    else if (answer->cause != CLOUD_HTTP_OK)
        status = FAIL(call, KEELSON_UNAVAILABLE, "instance metadata: %s", answer->problem);
    else if (answer->status == 404)
        status = KEELSON_NOT_FOUND;
    else if (answer->status != 200)
        status = FAIL(call, answer->status >= 500 ? KEELSON_UNAVAILABLE : KEELSON_DENIED,
                      "instance metadata: %s: answered %d", path, answer->status);
    else
        *ret = mem_strn(answer->body, strcspn(answer->body, "\r"));
    cloud_http_answer_done(answer);
    return status;
}

enum keelson_status imds_get(struct aws *aws, const struct keelson_call *call, const char *path, char **ret)
{
    static const struct cloud_http_header ttl = {"X-aws-ec2-metadata-token-ttl-seconds", "300"};
    struct cloud_http_answer answer;
    _cleanup_str_ char *token = NULL;
    if (is_off(aws))
        return KEELSON_NOT_FOUND;
    ask(aws, call, "PUT", "/latest/api/token", &ttl, &answer);
    enum keelson_status status = text_of_answer(call, "/latest/api/token", &answer, &token);
    if (status != KEELSON_OK)
        return status;
    const struct cloud_http_header header = {"X-aws-ec2-metadata-token", token};
    ask(aws, call, "GET", path, &header, &answer);
    return text_of_answer(call, path, &answer, ret);
}

/* The role of the instance's profile. */
static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    _cleanup_str_ char *role = NULL, *answer = NULL;
    _cleanup_text_ struct text path = {0};
    enum keelson_status status = imds_get(aws, call, ROLES, &role);
    if (status != KEELSON_OK)
        return status;
    text_printf(&path, ROLES "%.*s", (int)strcspn(role, "\n"), role);
    status = imds_get(aws, call, path.data, &answer);
    return status == KEELSON_OK ? keys_of_json(call, "instance metadata", answer, ret) : status;
}

const struct credential_source credentials_imds = {"the instance metadata service", "Ec2InstanceMetadata",
                                                   fetch};
