/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The endpoint that a container is given: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or
 * AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS Pod Identity), with the token of
 * AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE or AWS_CONTAINER_AUTHORIZATION_TOKEN. Without TLS only on the
 * machine itself.
 */
#include "plugins/cloud-aws/aws.h"

static bool may_be_asked(const char *url)
{
    static const char *const prefixes[] = {
        "https://",         "http://169.254.170.2/", "http://169.254.170.23/",
        "http://127.0.0.1", "http://localhost",      "http://[fd00:ec2::23]/",
        "http://[::1]"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t size = strlen(prefixes[i]);
        char after = strncmp(url, prefixes[i], size) == 0 ? url[size] : 'x';
        if (strncmp(url, prefixes[i], size) == 0 &&
            (prefixes[i][size - 1] == '/' || after == ':' || after == '/' || !after))
            return true;
    }
    return false;
}

static char *endpoint(void)
{
    const char *relative = setting_or_environment(NULL, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct text t = {0};
    if (!relative)
        return mem_str(setting_or_environment(NULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    text_printf(&t, "http://169.254.170.2%s", relative);
    return t.data;
}

static char *authorization(void)
{
    const char *file = setting_or_environment(NULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    char *token = file ? file_text(file) : NULL;
    return token ? token : mem_str(setting_or_environment(NULL, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
}

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    _cleanup_str_ char *url = endpoint(), *token = authorization();
    if (!url)
        return KEELSON_NOT_FOUND;
    if (!may_be_asked(url))
        return FAIL(call, KEELSON_INVALID, "container credentials: %s is neither https nor on this machine",
                    url);
    const struct cloud_http_header header = {"Authorization", token};
    const struct cloud_http_request request = {.method = "GET",
                                               .url = url,
                                               .headers = &header,
                                               .headers_count = token ? 1 : 0,
                                               .deadline_ns = call->deadline_ns,
                                               .cancel_fd = call->cancel_fd};
    struct cloud_http_answer answer;
    cloud_http_do(aws->metadata, &request, &answer);
    enum keelson_status status;
    if (answer.cause != CLOUD_HTTP_OK)
        status = FAIL(call, KEELSON_UNAVAILABLE, "container credentials: %s", answer.problem);
    else if (answer.status != 200)
        status = FAIL(call, answer.status >= 500 ? KEELSON_UNAVAILABLE : KEELSON_DENIED,
                      "container credentials: %s answered %d", url, answer.status);
    else
        status = keys_of_json(call, "container credentials", answer.body, ret);
    cloud_http_answer_done(&answer);
    return status;
}

const struct credential_source credentials_container = {"a container's endpoint", "EcsContainer", fetch};
