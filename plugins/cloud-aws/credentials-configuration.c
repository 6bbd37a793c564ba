/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that stand in the instance's configuration. */
#include "plugins/cloud-aws/aws.h"

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    const struct settings *s = &aws->settings;
    if (!s->access_key_id)
        return KEELSON_NOT_FOUND;
    *ret = (struct keys){mem_str(s->access_key_id), mem_str(s->secret_access_key), mem_str(s->session_token),
                         INT64_MAX};
    return KEELSON_OK;
}

const struct credential_source credentials_configuration = {"the configuration", fetch};
