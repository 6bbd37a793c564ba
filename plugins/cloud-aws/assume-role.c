/* SPDX-License-Identifier: Apache-2.0 */
/* See assume-role.h. */
#include "plugins/cloud-aws/assume-role.h"
#include "plugins/cloud-aws/api.h"

static enum keelson_status take_keys(const struct keelson_call *call, const char *action,
                                     const struct xml *root, struct keys *ret)
{
    char path[80];
    snprintf(path, sizeof(path), "%sResult/Credentials", action);
    const struct xml *c = xml_at(root, path);
    const char *id = xml_text(c, "AccessKeyId"), *secret = xml_text(c, "SecretAccessKey");
    const char *token = xml_text(c, "SessionToken");
    int64_t expires_s = time_of(xml_text(c, "Expiration"));
    if (!*id || !*secret || !*token || expires_s == 0)
        return FAIL(call, KEELSON_UNAVAILABLE, "sts %s: its answer holds no credentials", action);
    *ret = (struct keys){mem_str(id), mem_str(secret), mem_str(token), expires_s};
    return KEELSON_OK;
}

static enum keelson_status assume(struct aws *aws, const struct keelson_call *call, const char *action,
                                  const char *role_arn, const char *external_id, const char *token,
                                  const struct keys *by, struct keys *ret)
{
    _cleanup_text_ struct text params = {0};
    _cleanup_(reply_done) struct reply reply = {0};
    const char *session = setting_or_environment(aws->settings.role_session_name, "AWS_ROLE_SESSION_NAME");
    params_add(&params, role_arn, "RoleArn");
    params_add(&params, session ? session : "keelson", "RoleSessionName");
    if (external_id)
        params_add(&params, external_id, "ExternalId");
    if (token)
        params_add(&params, token, "WebIdentityToken");
    enum keelson_status status =
        api_call_as(aws, call, SERVICE_STS, action, &params, by, API_TRIES_MAX, &reply);
    return status == KEELSON_OK ? take_keys(call, action, reply.root, ret) : status;
}

enum keelson_status assume_role(struct aws *aws, const struct keelson_call *call, const char *role_arn,
                                const char *external_id, const struct keys *by, struct keys *ret)
{
    return assume(aws, call, "AssumeRole", role_arn, external_id, NULL, by, ret);
}

enum keelson_status assume_role_with_token(struct aws *aws, const struct keelson_call *call,
                                           const char *role_arn, const char *token, struct keys *ret)
{
    return assume(aws, call, "AssumeRoleWithWebIdentity", role_arn, NULL, token, NULL, ret);
}
