/* SPDX-License-Identifier: Apache-2.0 */
/*
 * httpGet. Redirects are followed within the host that was asked; one that leads elsewhere ends the probe
 * with a warning, since what another host answers says nothing of this container.
 */
#include "core/base/memory.h"
#include "core/kubelet/handler-private.h"
#include "core/kubelet/probe-url.h"

#define REDIRECTS_MAX 10
#define HEADERS_MAX   64 /* names and values */

struct asking {
    struct kubelet *k;
    const struct handler_input *in;
    const char *headers[HEADERS_MAX];
    struct arena arena;
    struct probe_url url;
};

static void set_headers(struct asking *a, const struct json *list)
{
    size_t count = 0;
    bool agent = false, accept = false;
    json_for_each (h, list) {
        const char *name = json_string_or(json_get(h, "name"), "");
        agent = agent || strcasecmp(name, "user-agent") == 0;
        accept = accept || strcasecmp(name, "accept") == 0;
        if (count + 2 > HEADERS_MAX - 5)
            break;
        a->headers[count++] = name;
        a->headers[count++] = json_string_or(json_get(h, "value"), "");
    }
    if (!agent) {
        a->headers[count++] = "user-agent";
        a->headers[count++] = a->in->hook ? "kube-lifecycle/1.36" : "kube-probe/1.36";
    }
    if (!accept) {
        a->headers[count++] = "accept";
        a->headers[count++] = "*/*";
    }
}

/* One request. -1: there was no answer. */
static int ask(struct asking *a, struct http_client_response *ret, struct error *err)
{
    struct tls_settings *tls = NULL;
    int64_t timeout_ms = a->in->timeout_ms ? a->in->timeout_ms : HANDLER_TIMEOUT_MS;
    if (a->url.https && !(tls = tls_client_new(&(struct tls_client_config){.insecure = true}, err)))
        return -1;
    struct http_client_config config = {.loop = a->k->loop,
                                        .host = a->url.host,
                                        .port = a->url.port,
                                        .tls = tls,
                                        .http1_only = true,
                                        .connections_max = 1,
                                        .connect_timeout_ms = (unsigned)a->in->timeout_ms};
    struct http_client_request request = {.method = "GET",
                                          .target = a->url.target,
                                          .headers = a->headers,
                                          .timeout_ms = timeout_ms,
                                          .response_bytes_max = 1 << 20};
    struct http_client *client = http_client_new(&config);
    int rc = http_client_do(client, &request, ret, err);
    http_client_free(client);
    tls_settings_unref(tls);
    return rc;
}

static bool is_redirect(int status)
{
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* True when another place of the same host is to be asked. */
static bool follow(struct asking *a, const struct http_client_response *response)
{
    struct probe_url next;
    struct slice location = http_header_find(response->headers, response->headers_count, "location");
    if (!is_redirect(response->status) || !location.size ||
        !probe_url_follow(&a->arena, &a->url, location, &next) || strcasecmp(next.host, a->url.host) != 0)
        return false;
    a->url = next;
    return true;
}

static enum handler_result judge(const struct asking *a, const struct http_client_response *response,
                                 struct buffer *output)
{
    size_t size = MIN(response->body.size, (size_t)HANDLER_BODY_BYTES_MAX);
    if (a->in->hook)
        return HANDLER_OK; /* that it was asked is all that matters */
    if (response->status < 200 || response->status >= 400) {
        buffer_printf(output, "HTTP probe failed with statuscode: %d", response->status);
        return HANDLER_FAILED;
    }
    if (response->status >= 300)
        buffer_append_str(output, "Probe terminated redirects, Response body: ");
    if (size)
        buffer_append(output, response->body.data, size);
    return response->status >= 300 ? HANDLER_WARNING : HANDLER_OK;
}

static enum handler_result ask_and_follow(struct asking *a, struct buffer *output)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    for (unsigned i = 0; i <= REDIRECTS_MAX; i++) {
        struct http_client_response response = {0};
        if (ask(a, &response, &err) < 0) {
            buffer_printf(output, "Get \"%s://%s:%u%s\": %s", a->url.https ? "https" : "http", a->url.host,
                          a->url.port, a->url.target, err.message);
            return HANDLER_FAILED;
        }
        bool again = follow(a, &response);
        enum handler_result result = again ? HANDLER_OK : judge(a, &response, output);
        http_client_response_done(&response);
        if (!again)
            return result;
    }
    buffer_printf(output, "stopped after %d redirects", REDIRECTS_MAX);
    return HANDLER_FAILED;
}

enum handler_result handler_http(struct kubelet *k, const struct handler_input *in, const struct json *action,
                                 struct buffer *output)
{
    const char *path = json_string_or(json_get(action, "path"), "/");
    struct asking a = {.k = k, .in = in};
    a.url = (struct probe_url){
        .https = strcasecmp(json_string_or(json_get(action, "scheme"), "HTTP"), "HTTPS") == 0,
        .host = handler_host(in, action),
        .port = handler_port(json_get(action, "port"), in->container),
        .target = arena_printf(&a.arena, "%s%s", path[0] == '/' ? "" : "/", path)};
    enum handler_result result = HANDLER_FAILED;
    set_headers(&a, json_get(action, "httpHeaders"));
    if (a.url.port)
        result = ask_and_follow(&a, output);
    else
        buffer_append_str(output, "unable to find the port");
    arena_done(&a.arena);
    return result;
}
