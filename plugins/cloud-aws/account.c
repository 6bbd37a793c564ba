/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose keys they are, by STS, which tells everybody about himself. That an instance is listed no more says
 * that it is gone only to its own account: keys of another one are not told of it, either.
 */
#include "plugins/cloud-aws/api.h"

#define AGAIN_NS INT64_C(300000000000) /* where STS cannot be reached, that is so for long */

static enum keelson_status ask(struct aws *aws, const struct keelson_call *call, const struct keys *keys,
                               char ret[16])
{
    _cleanup_(reply_done) struct reply reply = {0};
    enum keelson_status status =
        api_call_as(aws, call, SERVICE_STS, "GetCallerIdentity", NULL, keys, 1, &reply);
    snprintf(ret, 16, "%s", xml_text(reply.root, "GetCallerIdentityResult/Account"));
    pthread_mutex_lock(&aws->lock);
    if (status == KEELSON_OK && *ret) {
        free(aws->account);
        free(aws->account_key);
        aws->account = mem_str(ret);
        aws->account_key = mem_str(keys->access_key_id);
    } else {
        aws->account_asked_ns = pace_clock_ns();
    }
    pthread_mutex_unlock(&aws->lock);
    return status;
}

/* False: STS is to be asked. */
static bool known(struct aws *aws, const struct keys *keys, char ret[16])
{
    pthread_mutex_lock(&aws->lock);
    bool same = aws->account_key && strcmp(aws->account_key, keys->access_key_id) == 0;
    bool late = aws->account_asked_ns && pace_clock_ns() - aws->account_asked_ns < AGAIN_NS;
    snprintf(ret, 16, "%s", same ? aws->account : "");
    pthread_mutex_unlock(&aws->lock);
    return same || late;
}

enum keelson_status account_get(struct aws *aws, const struct keelson_call *call, char ret[16])
{
    struct keys keys = {0};
    const char *wanted = aws->settings.account;
    enum keelson_status status = credentials_get(aws, call, &keys);
    if (status != KEELSON_OK)
        return status;
    if (!known(aws, &keys, ret))
        (void)ask(aws, call, &keys, ret); /* without an answer it stays unknown */
    keys_done(&keys);
    if (wanted && *ret && strcmp(wanted, ret) != 0)
        return FAIL(call, KEELSON_DENIED,
                    "the credentials are of account %s, not of %s, which `account` names", ret, wanted);
    return KEELSON_OK;
}
