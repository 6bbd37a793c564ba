/* SPDX-License-Identifier: Apache-2.0 */
/* What the kubelet shows of itself and of its node: pods, usage, metrics, configuration. */
#include "core/base/memory.h"
#include "core/kubelet/server-private.h"
#include "core/kubelet/stats.h"

#define JSON "application/json"
#define TEXT "text/plain; version=0.0.4; charset=utf-8"

static void respond_stats(struct server_call *call, const char *content_type,
                          void (*write)(struct server_call *call, const struct stats *stats,
                                        struct buffer *out))
{
    struct stats stats;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer out = BUFFER_INIT;
    if (stats_collect(call->server->config.runtime, call->server->runtime, &call->arena, &stats, &err) < 0) {
        server_respond_error(call->request, &err);
        return;
    }
    write(call, &stats, &out);
    server_respond_buffer(call->request, content_type, &out);
}

static void write_summary(struct server_call *call, const struct stats *stats, struct buffer *out)
{
    struct stats rated = *stats; /* its containers are the call's own */
    stats_rates_fill(call->server->rates, &rated);
    stats_write_summary(&rated, call->server->config.node_name, call->server->config.cert_dir, out);
}

static void write_resource_metrics(struct server_call *call, const struct stats *stats, struct buffer *out)
{
    stats_write_metrics(stats, out);
}

static void write_cadvisor(struct server_call *call, const struct stats *stats, struct buffer *out)
{
    stats_write_cadvisor(stats, out);
}

static void write_running_pods(struct server_call *call, const struct stats *stats, struct buffer *out)
{
    stats_write_pods(stats, out);
}

void server_run_pods(struct server_call *call)
{
    const struct server_pods *pods = call->server->config.pods;
    struct buffer out = BUFFER_INIT;
    pods->list(pods->context, &out);
    server_respond_buffer(call->request, JSON, &out);
}

void server_run_running_pods(struct server_call *call)
{
    respond_stats(call, JSON, write_running_pods);
}

void server_run_summary(struct server_call *call)
{
    if (strcmp(call->parts[1], "summary") == 0)
        respond_stats(call, JSON, write_summary);
    else
        server_respond_text(call->request, 404, "not found");
}

/* /metrics, /metrics/resource, /metrics/cadvisor */
void server_run_metrics(struct server_call *call)
{
    const struct kubelet_server_config *config = &call->server->config;
    struct buffer out = BUFFER_INIT;
    if (call->parts_count == 2 && strcmp(call->parts[1], "resource") == 0) {
        respond_stats(call, TEXT, write_resource_metrics);
        return;
    }
    if (call->parts_count == 2 && strcmp(call->parts[1], "cadvisor") == 0) {
        respond_stats(call, TEXT, write_cadvisor);
        return;
    }
    if (call->parts_count == 2) {
        server_respond_text(call->request, 404, "not found");
        return;
    }
    http_server_metrics(call->server->http, &out);
    if (config->metrics)
        config->metrics(config->context, &out);
    server_respond_buffer(call->request, TEXT, &out);
}

void server_run_configz(struct server_call *call)
{
    const struct kubelet_server_config *config = &call->server->config;
    struct buffer out = BUFFER_INIT;
    buffer_append_str(&out, "{\"kubeletconfig\":");
    size_t before = out.size;
    if (config->configz)
        config->configz(config->context, &out);
    buffer_append_str(&out, out.size == before ? "{}}" : "}");
    server_respond_buffer(call->request, JSON, &out);
}
