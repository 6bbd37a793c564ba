/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy's servers; see serve.h. */
#include "core/proxy/serve.h"

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/io/http-server.h"

#define DRAIN_MS 100
#define TEXT     "text/plain; charset=utf-8"

struct page {
    const char *path;
    void (*answer)(struct proxy *p, struct http_request *r);
};
struct proxy_server {
    struct proxy *proxy;
    const struct page *pages; /* ends with a row without a path */
    struct http_server *server;
};

static void respond(struct http_request *r, int status, const char *type, struct buffer *text)
{
    static const char *const headers[] = {"x-content-type-options", "nosniff", NULL};
    struct bytes *body = bytes_take_buffer(text);
    http_respond(r, status, type, headers, body);
    bytes_unref(body);
}

static void answer_health(struct proxy *p, struct http_request *r, enum health_kind kind)
{
    struct proxy_health health;
    struct buffer text = BUFFER_INIT;
    char now[TIME_TEXT_MAX], updated[TIME_TEXT_MAX];
    proxy_health(p, &health);
    bool well = health.healthy && (kind == HEALTH_LIVEZ || health.node_eligible);
    int64_t now_ns = clock_realtime_ns();
    time_format_nano(now_ns, now);
    time_format_nano(well ? now_ns : health.last_sync_ns, updated);
    proxy_count_health(p, kind, well);
    buffer_printf(&text, "{\"lastUpdated\": \"%s\",\"currentTime\": \"%s\"", updated, now);
    if (kind == HEALTH_HEALTHZ)
        buffer_printf(&text, ", \"nodeEligible\": %s", health.node_eligible ? "true" : "false");
    buffer_append_char(&text, '}');
    respond(r, well ? 200 : 503, "application/json", &text);
}

static void answer_healthz(struct proxy *p, struct http_request *r)
{
    answer_health(p, r, HEALTH_HEALTHZ);
}

static void answer_livez(struct proxy *p, struct http_request *r)
{
    answer_health(p, r, HEALTH_LIVEZ);
}

static void answer_text(struct http_request *r, const char *text)
{
    struct buffer out = BUFFER_INIT;
    buffer_append_str(&out, text);
    respond(r, 200, TEXT, &out);
}

static void answer_ok(struct proxy *p, struct http_request *r)
{
    answer_text(r, "ok");
}

static void answer_mode(struct proxy *p, struct http_request *r)
{
    answer_text(r, "nftables");
}

static void answer_metrics(struct proxy *p, struct http_request *r)
{
    struct buffer text = BUFFER_INIT;
    daemon_process_metrics(&text);
    proxy_metrics(p, &text);
    respond(r, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
}

static void answer_version(struct proxy *p, struct http_request *r)
{
    struct buffer text = BUFFER_INIT;
    daemon_version_json(&text);
    respond(r, 200, "application/json", &text);
}

static const struct page health_pages[] = {
    {"/healthz", answer_healthz}, {"/livez", answer_livez}, {NULL, NULL}};
static const struct page metrics_pages[] = {{"/metrics", answer_metrics},
                                            {"/healthz", answer_ok},
                                            {"/proxyMode", answer_mode},
                                            {"/version", answer_version},
                                            {NULL, NULL}};

static void handle(void *context, struct http_request *r)
{
    const struct proxy_server *s = context;
    struct buffer text = BUFFER_INIT;
    for (const struct page *page = s->pages; page->path; page++)
        if (slice_is(http_request_path(r), page->path)) {
            page->answer(s->proxy, r);
            return;
        }
    buffer_append_str(&text, "404 page not found\n");
    respond(r, 404, TEXT, &text);
}

static int start(struct proxy *p, const char *name, const char *flag, const char *text,
                 const struct page *pages, struct proxy_server **ret, struct error *err)
{
    const char *colon = strrchr(text ? text : "", ':');
    uint64_t port;
    *ret = NULL;
    if (!text || !*text)
        return 0;
    if (!colon || !parse_u64(slice_of(colon + 1), 65535, &port))
        return error_set(err, ERR_BAD_REQUEST, "--%s: \"%s\" is no address:port", flag, text);
    if (port == 0)
        return 0;
    struct slice address = {text, (size_t)(colon - text)};
    if (slice_starts(address, "[") && slice_ends(address, "]"))
        address = (struct slice){address.data + 1, address.size - 2};
    _cleanup_free_ char *host = xstrndup(address.data, address.size);
    struct proxy_server *s = new0(struct proxy_server);
    s->proxy = p;
    s->pages = pages;
    struct http_server_config config = {.name = name,
                                        .address = host,
                                        .port = (uint16_t)port,
                                        .loops = 1,
                                        .connections_max = 64,
                                        .handler = handle,
                                        .context = s};
    if (http_server_start(&config, &s->server, err) < 0) {
        free(s);
        return -1;
    }
    *ret = s;
    return 0;
}

int proxy_serve_health(struct proxy *p, const char *text, struct proxy_server **ret, struct error *err)
{
    return start(p, "health", "healthz-bind-address", text, health_pages, ret, err);
}

int proxy_serve_metrics(struct proxy *p, const char *text, struct proxy_server **ret, struct error *err)
{
    return start(p, "metrics", "metrics-bind-address", text, metrics_pages, ret, err);
}

void proxy_server_stop(struct proxy_server *s)
{
    if (!s)
        return;
    http_server_stop(s->server, DRAIN_MS);
    free(s);
}
