/* SPDX-License-Identifier: Apache-2.0 */
/* The token of the machine's own service account, from the metadata server: for daemons that run on an
 * instance of the project. */
#include <stdio.h>

#include "plugins/cloud-gcp/credential.h"

static enum keelson_status fetch(struct gcp *g, const struct keelson_call *call, json_object *file,
                                 struct access_token *ret)
{
    static const struct cloud_http_header flavor = {"Metadata-Flavor", "Google"};
    char url[512];
    snprintf(url, sizeof(url), "%.*s/computeMetadata/v1/instance/service-accounts/default/token",
             settings_base_size(g->settings.metadata_endpoint), g->settings.metadata_endpoint);
    struct said said;
    enum keelson_status status = ask(
        g, call,
        &(struct ask){
            .http = g->metadata_http, .method = "GET", .url = url, .headers = &flavor, .headers_count = 1},
        &said);
    if (status == KEELSON_OK)
        status = access_token_of(g, call, &said, "the metadata server", ret);
    said_done(&said);
    return status;
}

const struct credential_source credential_metadata = {"metadata server", fetch};
