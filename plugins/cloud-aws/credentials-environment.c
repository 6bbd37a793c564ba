/* SPDX-License-Identifier: Apache-2.0 */
/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. */
#include "plugins/cloud-aws/aws.h"

static enum keelson_status fetch(struct aws *aws, const struct keelson_call *call, struct keys *ret)
{
    const char *id = setting_or_environment(NULL, "AWS_ACCESS_KEY_ID");
    const char *secret = setting_or_environment(NULL, "AWS_SECRET_ACCESS_KEY");
    if (!id || !secret)
        return KEELSON_NOT_FOUND;
    *ret = (struct keys){mem_str(id), mem_str(secret),
                         mem_str(setting_or_environment(NULL, "AWS_SESSION_TOKEN")), INT64_MAX};
    return KEELSON_OK;
}

const struct credential_source credentials_environment = {"the environment", "Environment", fetch};
