/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics: the counters of all parts, one after another. On a worker, as a busy server has megabytes of
 * them. */
#include "core/apiserver/metrics.h"
#include "core/apiserver/paths.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/watch.h"
#include "core/plugin/host.h"

static void write_in_flight(struct server *s, struct buffer *out)
{
    buffer_printf(out,
                  "# HELP apiserver_current_inflight_requests Requests that wait or work on workers.\n"
                  "# TYPE apiserver_current_inflight_requests gauge\n"
                  "apiserver_current_inflight_requests{request_kind=\"mutating\"} %u\n"
                  "apiserver_current_inflight_requests{request_kind=\"readOnly\"} %u\n",
                  atomic_load(&s->in_flight_write), atomic_load(&s->in_flight_read));
}

static void write_objects(const struct caches *all, struct buffer *out)
{
    buffer_append_str(out, "# HELP apiserver_storage_objects Stored objects by resource.\n"
                           "# TYPE apiserver_storage_objects gauge\n");
    for (size_t i = 0; i < caches_count(all); i++) {
        struct cache *c = caches_at(all, i);
        uint64_t revision;
        struct tree *root = cache_snapshot(c, &revision);
        buffer_printf(out, "apiserver_storage_objects{resource=\"%s%s%s\"} %zu\n", c->resource->plural,
                      *c->resource->group ? "." : "", c->resource->group, tree_count(root));
        tree_unref(root);
    }
}

static void work(struct api_request *r)
{
    struct buffer out = BUFFER_INIT;
    struct server *s = r->server;
    metrics_write(s->metrics, &out);
    watches_metrics(s->watches, &out);
    write_in_flight(s, &out);
    write_objects(s->registry->caches, &out);
    http_server_metrics(s->http, &out);
    if (s->plugins)
        plugin_host_metrics(s->plugins, &out);
    daemon_process_metrics(&out);
    respond_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", &out);
}

void metrics_handle(struct api_request *r, const char *rest)
{
    server_work(r, work, false);
}
