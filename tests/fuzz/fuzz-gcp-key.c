/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials files: read up to the request for a token, which a host without a network refuses. */
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "plugins/cloud-gcp/credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum keelson_status fail(const struct keelson_call *call, enum keelson_status status, const char *fmt,
                                ...) __attribute__((format(printf, 3, 4)));
static enum keelson_status fail(const struct keelson_call *call, enum keelson_status status, const char *fmt,
                                ...)
{
    return status;
}

static void retry_after(const struct keelson_call *call, uint32_t milliseconds)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keelson_host host = {.size = sizeof(host), .fail = fail, .retry_after = retry_after};
    static struct gcp g = {
        .host = &host, .cluster = "kubernetes", .settings = {.project = "p", .request_timeout_seconds = 1}};
    const struct keelson_call call = {.size = sizeof(call), .cancel_fd = -1, .deadline_ns = 1};
    const struct credential_source *const sources[] = {&credential_service_account, &credential_federation};
    _cleanup_document_ json_object *file = document_parse((const char *)data, size);
    if (!g.http)
        g.http = g.metadata_http =
            cloud_http_new(&(struct cloud_http_config){.user_agent = "fuzz", .connect_timeout_ms = 1});
    json_object *source = document_object(file, "credential_source");
    if (!file || document_text(source, "file")) /* no files of this machine */
        return 0;
    for (size_t i = 0; i < 2; i++) {
        struct access_token token = {0};
        if (sources[i]->fetch(&g, &call, file, &token) == KEELSON_OK)
            free_text(&token.text);
    }
    return 0;
}
