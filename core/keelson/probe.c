/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP GET to a daemon of this machine, for `up` and `status`. */
#include "core/base/memory.h"
#include "core/io/http-client.h"
#include "core/keelson/keelson.h"

static struct tls_settings *tls_of(const struct settings *s, struct error *err)
{
    _cleanup_free_ char *ca = settings_path(s, "pki/ca.crt"), *crt = settings_path(s, "pki/admin.crt"),
                        *key = settings_path(s, "pki/admin.key");
    struct tls_client_config config = {.ca_file = ca, .cert_file = crt, .key_file = key};
    return tls_client_new(&config, err);
}

int probe_http(const struct settings *s, bool tls, int port, const char *path, int timeout_ms,
               int *ret_status, struct buffer *body)
{
    struct tls_settings *settings = tls ? tls_of(s, NULL) : NULL;
    *ret_status = 0;
    if (tls && !settings)
        return -1;
    struct loop *loop = loop_new();
    loop_start_thread(loop, "probe");
    struct http_client *client =
        http_client_new(&(struct http_client_config){.loop = loop,
                                                     .host = tls ? s->node_ip : "127.0.0.1",
                                                     .port = (uint16_t)port,
                                                     .tls = settings,
                                                     .http1_only = true,
                                                     .connect_timeout_ms = (unsigned)timeout_ms});
    struct http_client_request request = {.method = "GET", .target = path, .timeout_ms = timeout_ms};
    struct http_client_response response = {0};
    int result = http_client_do(client, &request, &response, NULL);
    if (result == 0) {
        *ret_status = response.status;
        if (body)
            buffer_append(body, response.body.data, response.body.size);
        http_client_response_done(&response);
    }
    http_client_free(client);
    loop_stop(loop);
    loop_free(loop);
    tls_settings_unref(settings);
    return result;
}
