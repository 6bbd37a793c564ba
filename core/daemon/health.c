/* SPDX-License-Identifier: Apache-2.0 */
/* The small server beside a daemon's work: /healthz, /livez, /readyz, /metrics, /version. */
#include "core/daemon/health.h"

#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/http-server.h"
#include "core/io/self-signed.h"

struct health_server {
    const struct daemon *daemon;
    void *component;
    struct http_server *server;
    struct tls_settings *self_signed; /* once somebody wanted it; the loop's thread */
    bool asked;
};

static void answer(struct http_request *r, int status, const char *type, struct buffer *text)
{
    struct bytes *body = bytes_take_buffer(text);
    http_respond(r, status, type, NULL, body);
    bytes_unref(body);
}

/* "ok", or the checks one a line with the failing ones' reasons, as upstream's health handlers print them. */
static void answer_health(const struct health_server *h, struct http_request *r)
{
    struct buffer text = BUFFER_INIT;
    bool all = true, verbose = slice_starts(http_request_query(r), "verbose");
    for (const struct daemon_health *check = h->daemon->health; check && check->name; check++) {
        struct buffer why = BUFFER_INIT;
        bool ok = check->ok(h->component, &why);
        buffer_printf(&text, "[%c]%s %s%s%s\n", ok ? '+' : '-', check->name, ok ? "ok" : "failed",
                      why.size ? ": " : "", why.size ? why.data : "");
        buffer_done(&why);
        all = all && ok;
    }
    if (all && !verbose)
        buffer_clear(&text);
    buffer_append_str(&text, all ? verbose ? "healthz check passed\n" : "ok" : "healthz check failed\n");
    answer(r, all ? 200 : 500, "text/plain; charset=utf-8", &text);
}

static void handle(void *context, struct http_request *r)
{
    struct health_server *h = context;
    struct slice path = http_request_path(r);
    struct buffer text = BUFFER_INIT;
    if (slice_is(path, "/healthz") || slice_is(path, "/livez") || slice_is(path, "/readyz")) {
        answer_health(h, r);
    } else if (slice_is(path, "/metrics")) {
        daemon_process_metrics(&text);
        if (h->daemon->metrics)
            h->daemon->metrics(h->component, &text);
        answer(r, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
    } else if (slice_is(path, "/version")) {
        daemon_version_json(&text);
        answer(r, 200, "application/json", &text);
    } else {
        buffer_append_str(&text, "404 page not found\n");
        answer(r, 404, "text/plain; charset=utf-8", &text);
    }
}

/* Upstream's probes come by HTTPS and verify nothing; most daemons are never asked so, and keep the memory.
 */
static struct tls_settings *make_self_signed(void *context)
{
    struct health_server *h = context;
    char host[256] = "localhost";
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_(buffer_done) struct buffer certificate = BUFFER_INIT, key = BUFFER_INIT;
    if (h->asked)
        return h->self_signed;
    h->asked = true;
    gethostname(host, sizeof(host) - 1);
    if (self_signed_make(host, NULL, &certificate, &key, &err) == 0)
        h->self_signed =
            tls_server_new(&(struct tls_server_config){.cert_data = {certificate.data, certificate.size},
                                                       .key_data = {key.data, key.size}},
                           &err);
    if (!h->self_signed)
        log_warning("the health server cannot speak HTTPS: %s", err.message);
    return h->self_signed;
}

int health_server_start(const struct daemon *daemon, void *component, const char *address, uint16_t port,
                        struct tls_settings *tls, struct health_server **ret, struct error *err)
{
    struct health_server *h = new0(struct health_server);
    h->daemon = daemon;
    h->component = component;
    struct http_server_config config = {.name = "health",
                                        .address = address,
                                        .port = port,
                                        .tls = tls,
                                        .tls_on_hello = make_self_signed,
                                        .loops = 1,
                                        .connections_max = 64,
                                        .handler = handle,
                                        .context = h};
    if (http_server_start(&config, &h->server, err) < 0) {
        free(h);
        return -1;
    }
    *ret = h;
    return 0;
}

void health_server_stop(struct health_server *h)
{
    if (!h)
        return;
    http_server_stop(h->server, 100);
    tls_settings_unref(h->self_signed);
    free(h);
}
