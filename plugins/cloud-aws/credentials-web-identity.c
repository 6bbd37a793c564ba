/* SPDX-License-Identifier: Apache-2.0 */
/* A role's keys for the token in a file, as a pod has one: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN. The
 * file is read each time: it is renewed. */
#include "plugins/cloud-aws/assume-role.h"

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    const struct settings *s = &aws->settings;
    const char *path = setting_or_environment(s->web_identity_token_file, "AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role = setting_or_environment(s->role_arn, "AWS_ROLE_ARN");
    if (s->web_identity_token_file && !role)
        return FAIL(call, KEELSON_DENIED,
                    "web_identity_token_file needs role_arn in the configuration, or AWS_ROLE_ARN");
    if (!path || !role || (s->profile && !s->web_identity_token_file))
        return KEELSON_NOT_FOUND;
    _cleanup_str_ char *token = file_text(path);
    if (!token || !*token)
        return FAIL(call, KEELSON_DENIED, "%s: no web identity token can be read from it", path);
    return assume_role_with_token(aws, call, role, token, ret);
}

const struct credential_source credentials_web_identity = {"a web identity token", NULL, fetch};
