/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stand in the instance's configuration, or those of the role that they are to assume. */
#include "plugins/cloud-aws/assume-role.h"

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    const struct settings *s = &aws->settings;
    if (!s->access_key_id)
        return KEELSON_NOT_FOUND;
    struct keys keys = {mem_str(s->access_key_id), mem_str(s->secret_access_key), mem_str(s->session_token),
                        INT64_MAX};
    if (!s->role_arn) {
        *ret = keys;
        return KEELSON_OK;
    }
    enum keelson_status status = assume_role(aws, call, s->role_arn, NULL, &keys, ret);
    keys_done(&keys);
    return status;
}

const struct credential_source credentials_configuration = {"the configuration", NULL, fetch};
