/* SPDX-License-Identifier: Apache-2.0 */
/* An access token in a file that somebody else keeps fresh (gcloud, a sidecar, a test). It is read again
 * every minute, and when Google refuses it. */
#include <string.h>

#include "plugins/cloud-gcp/credential.h"

#define READ_AGAIN_S 60

static enum keelson_status fetch(struct gcp *g, const struct keelson_call *call, json_object *file,
                                 struct access_token *ret)
{
    _cleanup_text_ char *text = NULL;
    TRY(credential_read_file(g, call, g->settings.token_file, &text));
    text[strcspn(text, "\r\n")] = '\0';
    if (!access_token_is_good(text))
        return g->host->fail(call, KEELSON_DENIED, "%s: its first line is no access token",
                             g->settings.token_file);
    *ret = (struct access_token){text, READ_AGAIN_S};
    text = NULL;
    return KEELSON_OK;
}

const struct credential_source credential_token_file = {"token file", fetch};
